"""What people decide of what waits for them."""

from __future__ import annotations

from tests.sync.engine import MachineSides
from tests.sync.house import House
from webapp.sync.decided import relinked, settled_primary
from webapp.sync.link import Side, settled
from webapp.sync.merge import Rule
from webapp.sync.recover import adopted_link
from webapp.sync.steps import Conflict, OpenItem, OurCustomer

SIDES: tuple[Side, Side] = ("ours", "theirs")
RULES: tuple[Rule, ...] = ("ask", "portal", "provider")


def release(house: House, a: int, b: int, c: int) -> None:
    """Somebody has looked, and lets go what the brake holds."""
    house.release()


def change_rule(house: House, a: int, b: int, c: int) -> None:
    """Somebody says how conflicts are decided from now on."""
    house.rule = RULES[a % 3]
    house.tables.looked.clear()


def decide(house: House, a: int, b: int, c: int) -> None:
    """Somebody decides the conflicts and open items there are."""
    for our_id in list(house.tables.customers()):
        for conflict in house.tables.conflicts.pop(our_id, ()):
            _settle(house, our_id, conflict, SIDES[a % 2])
        for item in house.tables.open_items.get(our_id, ()):
            _answer(house, our_id, item, b)


def compare(house: House, a: int, b: int, c: int) -> None:
    """Somebody compares both sides after an unclear create, and says what became of it."""
    for our_id, found in list(house.tables.held.items()):
        intent = house.tables.intents.pop(our_id)
        del house.tables.held[our_id]
        contacts = [row for detail in house.customers("theirs") for row in detail.contacts]
        for row in contacts:
            if row.id in found and row.data.department == intent.data.department:
                house.tables.keep((adopted_link(intent, row),))
    house.tables.looked.clear()


def _settle(house: House, our_id: str, conflict: Conflict, winner: Side) -> None:
    tables = house.tables
    tables.looked.pop(our_id, None)
    if conflict.field == "primary":
        links = _ours(house, our_id).contact_links
        ours, theirs = str(conflict.ours), str(conflict.theirs)
        tables.keep(settled_primary(links, winner, ours=ours, theirs=theirs))
    else:
        link = tables.links[conflict.ref.kind, conflict.ref.our_id or ""]
        tables.keep((settled(link, conflict.field, winner, ours=conflict.ours, theirs=conflict.theirs),))
    house.witness.decided(conflict)


def _answer(house: House, our_id: str, item: OpenItem, choice: int) -> None:
    ours = _ours(house, our_id)
    free = [row for row in item.survivors if row not in house.tables.customers().values()]
    survivor = house.read("theirs", free[0]) if free else None
    if choice % 2 and our_id in house.ours.binned():
        with house.behind("ours") as directory:
            directory.restore_customer(our_id)
        return
    links = relinked(ours, survivor) if survivor else ()
    _unlink(house, ours)
    house.tables.keep(links)
    house.tables.looked.clear()
    house.witness.forget(our_id)


def _unlink(house: House, ours: OurCustomer) -> None:
    tables, their_id = house.tables, ours.link.their_id if ours.link else ""
    tables.end((*([ours.link] if ours.link else []), *ours.contact_links))
    for our_id, intent in list(tables.intents.items()):
        if intent.their_customer_id == their_id:
            del tables.intents[our_id]
            tables.held.pop(our_id, None)
    for key, sent in list(tables.sent.items()):
        if sent.customer_id == their_id:
            house.witness.given_up.append(sent.their_id)
            del tables.sent[key]


def _ours(house: House, our_id: str) -> OurCustomer:
    ours = MachineSides(house.engine()).ours(our_id)
    assert ours is not None
    return ours
