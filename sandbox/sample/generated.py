"""Makes any number of sample contacts of a seed, after the curated ones, quickly and always alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from sandbox.register import fold
from sandbox.sample.awkward import awkward_name, awkward_person, near_duplicate
from sandbox.sample.drafts import Draft
from sandbox.sample.words import POOLS, Pool, Word

VENDOR_EVERY = 20
INACTIVE_SHARE = 0.04
OTHER_CURRENCIES = ("USD", "GBP", "CHF", "DKK", "SEK", "PLN", "JPY", "AED", "INR")
BASE_CURRENCY_SHARE = 0.8
AWKWARD_EVERY = 97
NEAR_DUPLICATE_EVERY = 31
SETTLING = 12


def generate(
    curated: Sequence[Draft], customers: int, mean_persons: float, seed: int, base_currency: str
) -> Iterator[Draft]:
    """Yield so many customers, and one vendor for every 20 of them.

    The customers have `mean_persons` persons each on the average, exactly so from a few dozen customers on.
    """
    maker = _Maker(Random(seed), base_currency)
    persons = 0
    for number in range(customers):
        if number < len(curated):
            draft = maker.take(curated[number])
        else:
            due = round(mean_persons * (number + 1)) - persons
            draft = maker.customer(number, due, may_vary=mean_persons >= 1 and number < customers - SETTLING)
        persons += len(draft.persons)
        yield draft
        if number % VENDOR_EVERY == VENDOR_EVERY - 1:
            yield maker.vendor()


class _Maker:
    """Makes one draft after the other; remembers the names, which are unique."""

    def __init__(self, random: Random, base_currency: str) -> None:
        self._random = random
        self._chance = random.random
        self._base_currency = base_currency
        self._taken: set[str] = set()
        self._latest: Draft | None = None

    def take(self, draft: Draft) -> Draft:
        """Take a curated draft as it is."""
        self._taken.add(fold(draft.fields["name"]))
        return draft

    def customer(self, number: int, due: int, *, may_vary: bool) -> Draft:
        """Make a customer with about as many persons as are due."""
        persons = max(0, due + self._variation() if may_vary else due)
        pool = self._pick(POOLS)
        last, trade = self._pick(pool.last_names), self._pick(pool.trades)
        name = self._name(pool, last, trade)
        shared: Draft | None = None
        if number % AWKWARD_EVERY == 0:
            name = awkward_name(name, number // AWKWARD_EVERY)
        elif number % NEAR_DUPLICATE_EVERY == 0 and self._latest is not None:
            name, shared = near_duplicate(self._latest.fields["name"], number), self._latest
        draft = self._draft(pool, self._unique(name, pool), f"{last.latin}-{trade.latin}", persons)
        if shared and shared.persons and draft.persons:
            draft.persons[0].update(email=shared.persons[0]["email"], phone=shared.persons[0]["phone"])
        if number % AWKWARD_EVERY == 1 and draft.persons:
            draft.persons[-1].update(awkward_person(number // AWKWARD_EVERY))
        if name.startswith("="):
            draft.fields["status"] = "inactive"
        self._latest = draft
        return draft

    def vendor(self) -> Draft:
        """Make a vendor with at most one person."""
        pool = self._pick(POOLS)
        last, trade = self._pick(pool.last_names), self._pick(pool.trades)
        name = self._unique(self._name(pool, last, trade), pool)
        draft = self._draft(pool, name, f"{last.latin}-{trade.latin}", int(self._chance() * 2))
        draft.fields.update(contact_type="vendor", outstanding_receivable_amount=0.0)
        return draft

    def _variation(self) -> int:
        return (-3, -2, -1, -1, 0, 0, 0, 1, 1, 2)[int(self._chance() * 10)]

    def _pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self._chance() * len(choices))]

    def _name(self, pool: Pool, last: Word, trade: Word) -> str:
        form, kind = self._pick(pool.forms), self._chance()
        if pool.family_first:
            return f"{form}{last.text}{trade.text}"
        if kind < 0.4:
            return f"{last.text} {trade.text} {form}"
        if kind < 0.7:
            return f"{last.text} & {self._pick(pool.last_names).text} {trade.text} {form}"
        return f"{trade.text} {self._pick(pool.towns).text} {form}"

    def _unique(self, name: str, pool: Pool) -> str:
        given, number = name, 1
        while fold(name) in self._taken:
            number += 1
            name = (
                f"{given[:180]} {self._pick(pool.towns).text}" if number == 2 else f"{given[:180]} {number}"
            )
            if number > 3:
                name = f"{given[:180]} {len(self._taken)}"
        self._taken.add(fold(name))
        return name

    def _draft(self, pool: Pool, name: str, domain: str, persons: int) -> Draft:
        chance = self._chance
        owes = round(chance() * 9000, 2) if chance() < 0.2 else 0.0
        fields: dict[str, Any] = {
            "name": name,
            "company_name": name if chance() < 0.5 else "",
            "currency_code": self._base_currency
            if chance() < BASE_CURRENCY_SHARE
            else self._other_currency(),
            "status": "inactive" if chance() < INACTIVE_SHARE else "active",
            "website": f"https://{domain}.example" if chance() < 0.6 else "",
            "has_transaction": owes > 0 or chance() < 0.2,
            "outstanding_receivable_amount": owes,
            "is_overdue": owes > 6000,
            "billing_address": self._address(pool) if chance() < 0.7 else None,
        }
        people = [self._person(pool, domain) for _ in range(persons)]
        return Draft(fields, people, chance() if chance() < 0.4 else 0.0)

    def _other_currency(self) -> str:
        currency = self._pick(OTHER_CURRENCIES)
        return "EUR" if currency == self._base_currency else str(currency)

    def _address(self, pool: Pool) -> dict[str, str]:
        number, code = int(self._chance() * 120) + 1, int(self._chance() * 90_000) + 10_000
        return {
            "address": f"{pool.street} {number}",
            "city": self._pick(pool.towns).text,
            "zip": str(code),
            "country": pool.country,
        }

    def _person(self, pool: Pool, domain: str) -> dict[str, str]:
        first, last, kind = self._pick(pool.first_names), self._pick(pool.last_names), self._chance()
        email = f"{first.latin}.{last.latin}@{domain}.example"
        if kind < 0.12:
            email = ""
        elif kind < 0.2:
            email = f"info@{domain}.example"
        elif kind < 0.3:
            email = f"{first.latin[0]}{last.latin}@{domain}.example".title()
        person = {
            "first_name": first.text,
            "last_name": last.text,
            "email": email,
            "phone": self._phone(pool, 0.8),
        }
        if kind > 0.6:
            person["mobile"] = self._phone(pool, 0.5)
        if kind > 0.35:
            person["designation"] = self._pick(pool.jobs)
        return person

    def _phone(self, pool: Pool, share: float) -> str:
        if self._chance() >= share:
            return ""
        text: str = self._pick(pool.phones)
        digits = str(int(self._chance() * 9_000_000) + 1_000_000)
        for digit in digits:
            text = text.replace("#", digit, 1)
        return text
