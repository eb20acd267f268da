"""Bulk actions: what they would do, what they do, and how they are taken back."""

from __future__ import annotations

import pytest

from tests.queries import queries
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import audit, bulk, signals, ticks
from webapp.services.errors import Conflict, Invalid, Refused
from webapp.services.ticks import Ticks
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory

ANNA = ContactData(first_name="Anna", email="anna@arc.example")
BO = ContactData(first_name="Bo", email="bo@arc.example")


@pytest.fixture
def linked(world):
    """Arc with two people came from the provider; Bee is only here, and inactive."""
    theirs = world.there("Arc", ANNA, BO)
    world.here("Bee", ANNA, active=False)
    world.mirror()
    world.carry_out(world.confirmed([theirs]))
    return world


@pytest.fixture
def rung():
    """Collect the connections that are said to have work."""
    heard = []

    def hear(app, *, connection_id, interactive):
        heard.append((connection_id, interactive))

    with signals.due.connected_to(hear):
        yield heard


def everyone(world):
    ticked = ticks.tick_all(world.portal_id, Ticks(), ticks.query_of("", ""))
    return ticks.tick_all(world.portal_id, ticked, ticks.query_of("", "inactive"))


def carry_out(world, act, expected=2):
    return bulk.carry_out(world.portal_id, everyone(world), act, expected, world.place.user_id)


def undo(world, done):
    return bulk.undo(world.portal_id, done.act, done.at, world.place.user_id)


def told(world, action):
    return sorted((entry.field, entry.old, entry.new) for entry in world.history() if entry.action == action)


def rows(world):
    """Read every customer anew: its name, whether it is active, whether it is in the bin."""
    db.session.rollback()
    db.session.expire_all()
    query = db.select(Customer).where(Customer.portal_id == world.portal_id).order_by(Customer.name)
    return [(each.name, each.active, each.deleted_at is not None) for each in db.session.scalars(query)]


def test_a_delete_says_how_many_go_and_where_it_reaches(linked):
    seen = bulk.prospect(linked.portal_id, everyone(linked), "delete")
    assert (seen.customers, seen.contacts, seen.names) == (2, 3, ("Arc", "Bee"))
    [there] = seen.reach
    assert (there.label, there.customers, there.contacts, there.connected) == ("Ledgerly", 1, 2, True)
    assert there.braked == ()


def test_a_mark_says_how_many_it_changes(linked):
    assert bulk.prospect(linked.portal_id, everyone(linked), "inactive").changing == 1
    assert bulk.prospect(linked.portal_id, everyone(linked), "active").changing == 1


def test_a_delete_of_much_says_that_it_will_be_asked_about_again(world):
    theirs = [world.there(f"Arc {number}") for number in range(12)]
    world.mirror()
    world.carry_out(world.confirmed(theirs))
    [there] = bulk.prospect(world.portal_id, everyone(world), "delete").reach
    assert there.braked == ("customer",)
    assert bulk.prospect(world.portal_id, everyone(world), "inactive").reach[0].braked == ()


def test_a_provider_that_is_not_connected_follows_later(linked):
    db.session.get_one(Connection, (linked.portal_id, linked.connection_id)).state = "attention"
    db.session.commit()
    assert not bulk.prospect(linked.portal_id, everyone(linked), "delete").reach[0].connected


def test_nothing_is_done_to_nobody(world):
    with pytest.raises(Refused, match="Nobody is selected"):
        bulk.prospect(world.portal_id, Ticks(), "delete")
    with pytest.raises(Invalid):
        bulk.prospect(world.portal_id, Ticks(), "explode")


def test_deletes_with_history_and_marks_what_is_linked_due(linked, rung):
    link = next(each for each in linked.links() if each.kind == "customer")
    link.due_at, link.edited_here = None, False
    db.session.commit()
    done = carry_out(linked, "delete")
    assert (done.customers, done.contacts) == (2, 3)
    assert rows(linked) == [("Arc", True, True), ("Bee", False, True)]
    assert told(linked, "deleted") == [("", "Arc", None), ("", "Bee", None)]
    db.session.refresh(link)
    assert link.due_at is not None
    assert link.edited_here
    assert rung == [(linked.connection_id, True)]
    assert audit.newest(linked.portal_id, 1)[0].action == "customers.delete"


def test_a_delete_is_taken_back_with_the_contacts_that_went_along(linked, rung):
    arc = linked.customers()[0].id
    before = [person.id for person in linked.people(arc)]
    PortalDirectory(linked.portal_id).delete_contact(str(arc), str(before[1]))
    db.session.commit()
    back = undo(linked, carry_out(linked, "delete"))
    assert (back.customers, back.contacts) == (2, 2)
    assert rows(linked) == [("Arc", True, False), ("Bee", False, False)]
    assert [person.id for person in linked.people(arc)] == before[:1]
    assert len(linked.links()) == 3
    assert told(linked, "restored") == [("", None, "Arc"), ("", None, "Bee")]


def test_marks_only_those_that_were_not_so(linked):
    version = linked.customers()[1].version
    done = carry_out(linked, "inactive")
    assert done.customers == 1
    assert told(linked, "changed") == [("active", "yes", "no")]
    assert linked.customers()[1].version == version
    assert undo(linked, done).customers == 1
    assert rows(linked) == [("Arc", True, False), ("Bee", False, False)]


def test_what_was_edited_since_stays_as_it_is(linked):
    done = carry_out(linked, "inactive")
    arc = linked.customers()[0]
    PortalDirectory(linked.portal_id).update_customer(str(arc.id), {"website": "https://arc.example"})
    db.session.commit()
    assert undo(linked, done).customers == 0
    assert rows(linked)[0] == ("Arc", False, False)


def test_what_was_deleted_before_stays_in_the_bin(linked):
    bee = linked.customers()[1].id
    PortalDirectory(linked.portal_id).delete_customer(str(bee))
    db.session.commit()
    undo(linked, carry_out(linked, "delete", expected=1))
    assert rows(linked) == [("Arc", True, False), ("Bee", False, True)]


def test_nothing_is_done_when_there_are_more_than_was_said(linked):
    linked.here("Cove")
    with pytest.raises(Conflict, match="Nothing was done"):
        carry_out(linked, "delete", expected=2)
    assert not any(binned for _, _, binned in rows(linked))


def test_so_many_are_not_changed_at_once(linked, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 1)
    assert bulk.prospect(linked.portal_id, everyone(linked), "delete").too_many
    with pytest.raises(Refused, match="At most 1 customers"):
        carry_out(linked, "delete", expected=2)
    assert not any(binned for _, _, binned in rows(linked))


def test_another_portals_customers_are_never_among_them(linked, new_world):
    portal_id, user_id = linked.portal_id, linked.place.user_id
    other = new_world()
    other.here("Arc")
    at = now()
    ids = [each.id for each in other.customers()]
    with pytest.raises(Conflict):
        bulk.carry_out(portal_id, Ticks(ids=frozenset(ids)), "delete", 1, user_id)
    assert bulk.undo(portal_id, "delete", at, user_id).customers == 0
    assert [name for name, _, _ in rows(other)] == ["Arc"]


def test_many_cost_as_many_statements_as_few(world):
    costs = []
    for number in (2, 40):
        for at in range(number):
            world.here(f"Arc {number} {at}", ANNA)
        ticked = ticks.tick_all(world.portal_id, Ticks(), ticks.query_of(f"Arc {number}", ""))
        with queries(db.engine) as asked:
            bulk.carry_out(world.portal_id, ticked, "delete", number, world.place.user_id)
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 12, costs
