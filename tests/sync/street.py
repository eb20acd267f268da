"""Two houses in one street: a portal with two connections, and customers that are linked at both providers.

What a pass of one house does in the portal is to the other house what people do there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

from tests.sync import deeds
from tests.sync.house import House
from tests.sync.provider import keeps_here
from tests.sync.rules import RULES
from tests.sync.tables import MachineLedger
from tests.sync.witness import CUSTOMER
from webapp.sdk import CustomerData, CustomerDetail
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.apply import apply
from webapp.sync.plan import plan_import
from webapp.sync.steps import OurCustomer

RULES_OF_TWO = {name: act for name, act in RULES.items() if act is not deeds.add_on_both}
"""The rules of the machine, but for one: whom two sides add as one person, a third may tell apart."""

ROUNDS = 5
"""So often each house reads everything before both must be at rest: what one is told goes on to the other."""


class Street:
    """A portal with two connections."""

    def __init__(self) -> None:
        self.portal = MemoryDirectory(prefix="our-", keeps=keeps_here, keeps_unknown=True)
        numbers = count(1)
        self.houses = House(self.portal, numbers), House(self.portal, numbers)
        self._dropped = self.houses[0].witness.dropped
        self.houses[1].witness.dropped = self._dropped
        self.houses[0].tables.commit_edit()
        self.meet(0, 0)
        self.meet(1, 0)

    def happen(self, which: int, name: str, a: int, b: int, c: int) -> None:
        """Let a rule of the machine happen in one of the houses."""
        if name == deeds.activate.__name__ and self._comes_back(which, a, b):
            return
        with self._beside(which) as house:
            RULES_OF_TWO[name](house, a, b, c)

    def meet(self, which: int, a: int) -> None:
        """Somebody imports a customer of a house from the other provider as well."""
        here = self.houses[which].customer("ours", a)
        if here is None or here.customer.id in self.houses[1 - which].tables.customers():
            return
        with self._beside(1 - which) as house:
            their_id = _copied(house, here)
            ledger = MachineLedger(house.tables, house.engine().fence, their_id)
            with house.theirs.behind():
                ours = OurCustomer(customer=here.customer, contacts=here.contacts)
                plan = plan_import(house.theirs.customer(their_id), ours, "merge")
                apply(plan, house.ours, house.theirs, ledger)
            house.witness.agree()

    def settle(self) -> None:
        """Let it come to rest, and check that both houses are."""
        for _ in range(ROUNDS):
            for which in range(2):
                with self._beside(which) as house:
                    house.theirs.tick()
                    house.read_and_rest()
        for house in self.houses:
            house.check_rest()

    def in_both(self) -> set[str]:
        """Return the customers that are linked at both providers."""
        one, other = (house.tables.customers().keys() for house in self.houses)
        return one & other

    def _comes_back(self, which: int, a: int, b: int) -> bool:
        """Tell whether marking a customer writes back what it was when the other house last agreed on it.

        There are but two values, so the other provider may have left that one meanwhile: by comparing, nobody
        can tell who came last.
        """
        house, side = self.houses[which], deeds.SIDES[a % 2]
        detail = house.customer(side, b)
        pairs = {their_id: our_id for our_id, their_id in house.tables.customers().items()}
        record_id = detail.customer.id if detail else ""
        our_id = record_id if side == "ours" else pairs.get(record_id, "")
        link = self.houses[1 - which].tables.links.get((CUSTOMER, our_id))
        return bool(link and detail and link.agreed_ours.get("active") is not detail.customer.data.active)

    @contextmanager
    def _beside(self, which: int) -> Iterator[House]:
        """Let something happen in one house; the other one keeps it, and knows who went."""
        other = self.houses[1 - which]
        other.witness.take_down()
        before = other.witness.here()
        yield self.houses[which]
        other.tables.commit_edit()
        other.witness.take_down()
        for our_id, tag in before.keys() - other.witness.here().keys():
            self._dropped.add(f"{CUSTOMER} {our_id}" if tag == CUSTOMER else tag)


def play(street: Street, seed: int, steps: int = 40) -> None:
    """Let a history of chance happen in both houses, and come to rest."""
    chance = random.Random(seed)
    names = [*RULES_OF_TWO, "meet"]
    for _ in range(steps):
        name, which, a = chance.choice(names), chance.randrange(2), chance.randrange(8)
        if name == "meet":
            street.meet(which, a)
        else:
            street.happen(which, name, a, chance.randrange(8), chance.randrange(8))
    street.settle()


def _copied(house: House, here: CustomerDetail) -> str:
    """Let a customer be at a provider as it is here, but for people whom nothing tells apart there."""
    known = here.customer.data
    with house.theirs.behind():
        names = CustomerData(name=known.name, company_name=known.company_name)
        data = replace(names, website=known.website, active=known.active)
        their_id = house.theirs.create_customer(data).id
        for contact in sorted(here.contacts, key=lambda row: not row.data.primary):
            if contact.data.email:
                house.theirs.create_contact(their_id, replace(contact.data, primary=None))
    return their_id
