"""Merging two customers of the portal: what would come of it, and what does."""

from __future__ import annotations

import uuid

import pytest

from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import bin, merge_choices, merging, signals, ticks
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.store import conflicts
from webapp.store.columns import new_id
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory
from webapp.store.intents import Intent
from webapp.store.links import Link

ANNA = ContactData(first_name="Anna", last_name="Lind", email="anna@arc.example", phone="1")
ANNA_TOO = ContactData(first_name="A.", last_name="Lind", email="ANNA@arc.example", phone="2", mobile="3")
BO = ContactData(first_name="Bo", email="bo@arc.example")
CY = ContactData(first_name="Cy", email="cy@arc.example")


@pytest.fixture
def two(world):
    """Arc with Anna and Bo; Arc GmbH with the same Anna, and Cy."""
    one = world.here("Arc", ANNA, BO, website="https://arc.example")
    other = world.here("Arc GmbH", ANNA_TOO, CY, website="https://arc.example/de", company_name="Arc GmbH")
    return world, one, other


@pytest.fixture
def half_linked(world):
    """Arc came from the provider with Anna and Bo; Arc GmbH with Anna and Cy is only here."""
    theirs = world.there("Arc", ANNA, BO)
    world.mirror()
    world.carry_out(world.confirmed([theirs]))
    linked = world.customers()[0].id
    return world, linked, world.here("Arc GmbH", ANNA_TOO, CY)


def plan(world, one, other, **choices):
    return merge_choices.plan(world.portal_id, one, other, choices)


def merge(world, one, other, seen="", **choices):
    seen = seen or plan(world, one, other).seen
    choices = {name.replace("__", "."): side for name, side in choices.items()}
    return merging.merge(world.portal_id, one, other, choices, seen, world.place.user_id)


def links(world):
    return {(link.kind, link.our_id) for link in world.links()}


def told(world, action):
    return [(each.field, each.old, each.new, each.lost) for each in world.history() if each.action == action]


def row(world, customer_id):
    db.session.rollback()
    return db.session.get(Customer, (world.portal_id, customer_id), populate_existing=True)


def test_both_are_shown_field_by_field(two):
    shown = plan(*two)
    kinds = {each.field: (each.kind, each.keep) for each in shown.fields}
    assert kinds == {
        "name": ("differs", "one"),
        "company_name": ("filled", "other"),
        "website": ("differs", "one"),
        "billing_address": ("equal", "one"),
        "active": ("equal", "one"),
    }
    [anna] = shown.people
    assert anna.why == "same e-mail"
    assert {each.field: each.kind for each in anna.fields if each.kind != "equal"} == {
        "first_name": "differs",
        "email": "differs",
        "phone": "differs",
        "mobile": "filled",
    }
    assert [each.data.first_name for each in shown.moved] == ["Cy"]
    assert [each.data.first_name for each in shown.lone] == ["Bo"]
    assert shown.refused == ""


def test_the_survivor_holds_what_was_chosen_and_what_only_the_other_knew(two):
    world, one, other = two
    anna = plan(world, one, other).people[0].one.id
    done = merge(world, one, other, customer__website="other", **{f"{anna}__phone": "other"})
    assert (done.customer_id, done.name, done.other) == (one, "Arc", "Arc GmbH")
    kept = row(world, one)
    assert (kept.name, kept.company_name, kept.website) == ("Arc", "Arc GmbH", "https://arc.example/de")
    people = {each.first_name: each for each in world.people(one)}
    assert sorted(people) == ["Anna", "Bo", "Cy"]
    assert (people["Anna"].phone, people["Anna"].mobile, people["Anna"].primary) == ("2", "3", True)
    assert not people["Cy"].primary
    assert "cy@arc.example" in kept.search


def test_the_history_tells_which_values_gave_way(two):
    world, one, other = two
    merge(world, one, other, customer__website="other")
    assert ("website", "https://arc.example", "https://arc.example/de", True) in told(world, "changed")
    assert ("company_name", None, "Arc GmbH", False) in told(world, "changed")
    assert ("name", "Arc GmbH", "Arc", True) in told(world, "merged")
    assert ("", "Arc GmbH", "Arc", False) in told(world, "merged")
    assert told(world, "moved") == [("", "Arc GmbH", "Cy", False)]
    assert told(world, "deleted") == [("", "Arc GmbH", "Arc", False)]


def test_the_other_lies_in_the_bin_and_its_address_leads_on(two):
    world, one, other = two
    merge(world, one, other)
    [lying] = bin.page(world.portal_id).rows
    assert (lying.name, lying.people, lying.merged_into, lying.survivor) == ("Arc GmbH", 1, one, "Arc")
    assert merging.survivor(world.portal_id, other) == one
    assert merging.survivor(world.portal_id, one) is None
    third = world.here("Arc again")
    merge(world, third, one)
    assert merging.survivor(world.portal_id, other) == third


def test_restored_the_other_is_a_customer_of_its_own_again(two):
    world, one, other = two
    merge(world, one, other)
    bin.restore(world.portal_id, [f"customer:{other}"], world.place.user_id)
    back = row(world, other)
    assert (back.deleted_at, back.merged_into, back.website) == (None, None, "https://arc.example/de")
    assert [each.first_name for each in world.people(other)] == ["A."]
    assert merging.survivor(world.portal_id, other) is None
    assert len(world.people(one)) == 3


def test_a_survivor_that_has_nobody_takes_the_primary_contact_over(world):
    one, other = world.here("Arc"), world.here("Arc GmbH", ANNA, BO)
    merge(world, one, other)
    assert [(each.first_name, each.primary) for each in world.people(one)] == [("Anna", True), ("Bo", False)]


def test_the_survivor_keeps_its_link(half_linked):
    world, linked, alone = half_linked
    before = links(world)
    merge(world, linked, alone)
    assert links(world) == before


def test_the_survivor_takes_the_link_over_with_its_contacts(half_linked):
    world, linked, alone = half_linked
    anna, cy = world.people(alone)
    bo = world.people(linked)[1]
    if anna.first_name == "Cy":
        anna, cy = cy, anna
    their_ids = sorted(link.their_id for link in world.links())
    merge(world, alone, linked)
    assert links(world) == {("customer", alone), ("contact", anna.id), ("contact", bo.id)}
    assert sorted(link.their_id for link in world.links()) == their_ids
    link = next(each for each in world.links() if each.kind == "customer")
    assert (link.looked_ours, link.edited_here, link.agreed_ours["name"]) == ("", True, "Arc")
    assert link.due_at is not None
    assert row(world, alone).linked
    assert not row(world, linked).linked


def test_a_deletion_that_has_yet_to_travel_goes_along_with_the_link(half_linked):
    world, linked, alone = half_linked
    bo = world.people(linked)[1].id
    PortalDirectory(world.portal_id).delete_contact(str(linked), str(bo))
    db.session.commit()
    merge(world, alone, linked)
    assert ("contact", bo) in links(world)
    binned = {lying.name: lying for lying in bin.page(world.portal_id).rows}
    assert binned["Bo"].customer_id == alone
    assert binned["Bo"].awaited
    assert not binned["Arc"].awaited


def test_what_is_linked_is_looked_at_again(half_linked):
    world, linked, alone = half_linked
    heard = []

    def hear(app, *, connection_id, interactive):
        heard.append((connection_id, interactive))

    with signals.due.connected_to(hear):
        merge(world, alone, linked)
    assert heard == [(world.connection_id, True)]


def test_both_linked_to_one_connection_is_refused_with_the_remedy(world):
    theirs = [world.there("Arc", ANNA), world.there("Arc GmbH", CY)]
    world.mirror()
    world.carry_out(world.confirmed(theirs))
    one, other = (each.id for each in world.customers())
    shown = plan(world, one, other)
    assert "Merge them in Ledgerly first" in shown.refused
    with pytest.raises(Refused, match="Merge them in Ledgerly first"):
        merge(world, one, other)
    assert len(world.customers()) == 2


def test_different_connections_give_the_survivor_both(half_linked):
    world, linked, alone = half_linked
    second = new_id()
    db.session.execute(
        db.text(
            "INSERT INTO connection SELECT (jsonb_populate_record(c, jsonb_build_object('id', "
            "CAST(:id AS text), 'organization_id', '9', 'organization_key', '9'))).* "
            "FROM connection c WHERE id = :of"
        ),
        {"id": str(second), "of": world.connection_id},
    )
    db.session.add(
        Link(portal_id=world.portal_id, connection_id=second, kind="customer", our_id=alone, their_id="x")
    )
    db.session.commit()
    merge(world, linked, alone)
    mine = {link.connection_id for link in world.links() if link.kind == "customer"}
    assert mine == {world.connection_id, second}
    assert {link.our_id for link in world.links() if link.kind == "customer"} == {linked}


@pytest.mark.parametrize("state", ["open", "held"])
def test_what_may_be_on_its_way_is_waited_for(half_linked, state):
    world, linked, alone = half_linked
    their_id = next(link.their_id for link in world.links() if link.kind == "customer")
    db.session.add(
        Intent(
            portal_id=world.portal_id,
            connection_id=world.connection_id,
            kind="contact",
            our_id=new_id(),
            their_customer_id=their_id,
            state=state,
        )
    )
    db.session.commit()
    with pytest.raises(Refused, match="Try again in a moment"):
        merge(world, alone, linked)


def test_a_change_in_between_is_looked_at_first(two):
    world, one, other = two
    seen = plan(world, one, other).seen
    PortalDirectory(world.portal_id).update_contact(
        str(other), str(world.people(other)[0].id), {"phone": "9"}
    )
    db.session.commit()
    with pytest.raises(Conflict, match="look again"):
        merge(world, one, other, seen=seen)
    assert len(world.customers()) == 2


def test_conflicts_of_the_one_that_goes_are_found_anew(half_linked):
    world, linked, alone = half_linked
    waiting = {
        "portal_id": world.portal_id,
        "connection_id": world.connection_id,
        "kind": "customer",
        "field": "name",
    }
    db.session.add(conflicts.Conflict(**waiting, our_id=linked, customer_id=linked))
    db.session.commit()
    merge(world, alone, linked)
    assert db.session.query(conflicts.Conflict).filter_by(portal_id=world.portal_id).count() == 0


def test_nobody_merges_what_is_not_two_customers_here(two, new_world):
    world, one, other = two
    foreign = new_world().here("Arc")
    with pytest.raises(Refused, match="itself"):
        plan(world, one, one)
    for stranger in (foreign, uuid.uuid4()):
        with pytest.raises(NotFound):
            plan(world, one, stranger)
        with pytest.raises(NotFound):
            merge(world, one, stranger, seen="x")
    PortalDirectory(world.portal_id).delete_customer(str(other))
    db.session.commit()
    with pytest.raises(NotFound):
        plan(world, one, other)


def test_of_two_that_are_ticked_the_linked_one_stays(half_linked):
    world, linked, alone = half_linked
    both = ticks.tick(world.portal_id, ticks.Ticks(), [str(linked), str(alone)])
    assert merge_choices.two_ticked(world.portal_id, both) == (linked, alone)
    with pytest.raises(Refused, match="exactly two"):
        merge_choices.two_ticked(world.portal_id, ticks.Ticks(ids=frozenset([linked])))
