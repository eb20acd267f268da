"""The drift report: what differs between both sides, and why, and nothing that is as agreed."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select, text, update

from tests.portal_world import World
from tests.queries import queries
from webapp.extensions import db
from webapp.providers import Registry
from webapp.sdk import CONTACT_FIELDS, CUSTOMER_FIELDS
from webapp.services import drift
from webapp.services.errors import NotFound
from webapp.store.columns import new_id, now
from webapp.store.conflicts import Conflict
from webapp.store.connections import Connection
from webapp.store.customers import Contact, Customer
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.problems import Problem

ANNA = {"first_name": "Anna", "last_name": "Ek", "email": "anna@arc.example", "phone": "555 0101"}
BO = {"first_name": "Bo", "last_name": "Ek", "email": "bo@arc.example"}
BLANK = {"salutation": "", "mobile": "", "designation": "", "department": "", "phone": ""}


@pytest.fixture
def world(place):
    return World(place.portal_id, place.user_id, place.connect())


def agreed(row, names):
    return {name: getattr(row, name) for name in names if getattr(row, name) is not None}


def in_step(world, name, *people):
    """Put a customer with its people on both sides, linked and agreed on; return its ids."""
    people = [{**BLANK, **each} for each in people]
    their_id = world.there(new_id().hex, name, *people)
    our_id = world.here(name, *people, company_name="", website="")
    ours = db.session.get_one(Customer, (world.portal_id, our_id))
    theirs = db.session.get_one(MirrorCustomer, (world.portal_id, world.connection_id, their_id))
    add_link(world, "customer", ours, theirs, CUSTOMER_FIELDS)
    here = db.session.scalars(select(Contact).where(Contact.customer_id == our_id).order_by(Contact.id)).all()
    there = select(MirrorContact).where(MirrorContact.their_customer_id == their_id)
    others = {each.email: each for each in db.session.scalars(there)}
    for each in here:
        add_link(world, "contact", each, others[each.email], CONTACT_FIELDS)
    db.session.commit()
    return our_id, their_id


def add_link(world, kind, ours, theirs, names):
    db.session.add(
        Link(
            portal_id=world.portal_id,
            connection_id=world.connection_id,
            kind=kind,
            our_id=ours.id,
            their_id=theirs.their_id,
            agreed_ours=agreed(ours, names),
            agreed_theirs=agreed(theirs, names),
        )
    )


def found(world):
    db.session.rollback()
    return list(drift.differences(world.portal_id, world.connection_id))


def told(world):
    return [(each.record, each.field, each.reason) for each in found(world)]


def change(model, where, **values):
    db.session.execute(update(model).where(where).values(**values))
    db.session.commit()


def nothing_is_due(world):
    change(Link, Link.portal_id == world.portal_id, due_at=None, edited_here=False)


def test_what_is_in_step_is_not_told(world):
    in_step(world, "Arc", ANNA, BO)
    assert found(world) == []


def test_a_field_that_waits_for_its_turn_says_both_values_and_what_was_agreed(world):
    our_id, _ = in_step(world, "Arc", ANNA)
    change(Customer, Customer.id == our_id, name="Arc Ltd", version=2)
    (each,) = found(world)
    assert (each.customer_id, each.field, each.reason) == (our_id, "name", "due")
    assert (each.ours, each.theirs, each.agreed_ours, each.agreed_theirs) == ("Arc Ltd", "Arc", "Arc", "Arc")


def test_a_change_that_nobody_knows_of_is_not_explained(world):
    _our_id, their_id = in_step(world, "Arc", ANNA)
    change(MirrorContact, MirrorContact.their_customer_id == their_id, phone="555 0999")
    nothing_is_due(world)
    assert told(world) == [("Anna Ek", "phone", "unexplained")]


def test_a_conflict_explains_its_field_alone(world):
    our_id, their_id = in_step(world, "Arc")
    change(Customer, Customer.id == our_id, name="Arc A", website="https://a.example")
    change(MirrorCustomer, MirrorCustomer.their_id == their_id, name="Arc B")
    nothing_is_due(world)
    waiting = {"kind": "customer", "our_id": our_id, "field": "name", "customer_id": our_id}
    db.session.add(Conflict(portal_id=world.portal_id, connection_id=world.connection_id, **waiting))
    db.session.commit()
    assert told(world) == [("", "name", "conflict"), ("", "website", "unexplained")]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("failed", "failed"),
        ("held", "failed"),
        ("cannot be deleted there", "decide"),
        ("gone there", "decide"),
    ],
)
def test_a_problem_explains_its_customer_in_its_own_words(world, question, reason):
    our_id, _ = in_step(world, "Arc", ANNA)
    change(Contact, Contact.customer_id == our_id, phone="555 0999")
    nothing_is_due(world)
    about = {
        "kind": "customer",
        "our_id": our_id,
        "customer_id": our_id,
        "reason": "The name is taken there.",
    }
    db.session.add(
        Problem(portal_id=world.portal_id, connection_id=world.connection_id, question=question, **about)
    )
    db.session.commit()
    (each,) = found(world)
    assert (each.record, each.field, each.reason) == ("Anna Ek", "phone", reason)
    assert each.note == "The name is taken there."


def test_what_the_brake_holds_says_so(world):
    our_id, their_id = in_step(world, "Arc")
    change(MirrorCustomer, MirrorCustomer.their_id == their_id, gone_at=now())
    change(Link, Link.our_id == our_id, brake="held")
    (each,) = found(world)
    assert (each.field, each.reason) == ("", "held")


@pytest.mark.parametrize(
    ("here", "there", "note"),
    [(True, False, "It is in the bin here."), (False, True, "It is gone there.")],
)
def test_a_customer_that_is_on_one_side_alone_is_one_difference(world, here, there, note):
    our_id, their_id = in_step(world, "Arc", ANNA, BO)
    change(Customer, Customer.id == our_id, deleted_at=now() if here else None)
    change(MirrorCustomer, MirrorCustomer.their_id == their_id, gone_at=now() if there else None)
    nothing_is_due(world)
    (each,) = found(world)
    assert (each.field, each.reason, each.ours) == ("", "unexplained", "Arc")


def test_a_customer_that_is_gone_on_both_sides_does_not_differ(world):
    our_id, their_id = in_step(world, "Arc", ANNA)
    change(Customer, Customer.id == our_id, deleted_at=now())
    change(MirrorCustomer, MirrorCustomer.their_id == their_id, gone_at=now())
    assert found(world) == []


def test_what_one_side_cannot_hold_is_in_step_and_called_a_mapping(world):
    our_id, _their_id = in_step(world, "Arc", ANNA)
    change(Contact, Contact.customer_id == our_id, phone="+49 555 0101")
    change(
        Link,
        Link.kind == "contact",
        agreed_ours={**ANNA, **BLANK, "phone": "+49 555 0101", "primary": True},
    )
    nothing_is_due(world)
    assert told(world) == [("Anna Ek", "phone", "mapping")]
    assert drift.make(world.portal_id, world.connection_id, user_id=None).drift == 0


def test_what_is_unknown_on_a_side_is_no_difference(world):
    our_id, _ = in_step(world, "Arc")
    address = {"street": "Elm 1", "city": "Oslo"}
    change(Customer, Customer.id == our_id, billing_address=address)
    change(MirrorCustomer, MirrorCustomer.name == "Arc", billing_address=None)
    change(
        Link, Link.our_id == our_id, agreed_ours={"name": "Arc", "billing_address": address, "active": True}
    )
    nothing_is_due(world)
    assert found(world) == []


def test_active_says_so_where_the_provider_knows_no_inactive_ones(world, there, mirror_app):
    our_id, _ = in_step(world, "Arc")
    provider = there.provider()
    plain = replace(provider, capabilities=replace(provider.capabilities, inactive=False))
    change(Customer, Customer.id == our_id, active=False, version=2)
    assert told(world) == [("", "active", "due")]
    mirror_app.extensions["tandem_providers"] = Registry([plain])
    assert told(world) == [("", "active", "inactive")]


def test_people_on_one_side_alone_are_told_with_where_they_are(world):
    _our_id, their_id = in_step(world, "Arc", ANNA, BO)
    change(
        MirrorContact, MirrorContact.their_customer_id == their_id, email="new@arc.example", first_name="Ny"
    )
    db.session.execute(text("DELETE FROM link WHERE kind = 'contact'"))
    nothing_is_due(world)
    reasons = sorted((each.ours or "", each.theirs or "", each.reason) for each in found(world))
    assert reasons == [
        ("", "Ny Ek", "only there"),
        ("", "Ny Ek", "only there"),
        ("Anna Ek", "", "only here"),
        ("Bo Ek", "", "only here"),
    ]


def test_two_that_look_like_one_person_are_called_twins(world):
    in_step(world, "Arc", ANNA)
    db.session.execute(text("DELETE FROM link WHERE kind = 'contact'"))
    nothing_is_due(world)
    (each,) = found(world)
    assert (each.reason, each.ours, each.theirs) == ("twins", "Anna Ek", "Anna Ek")


def test_who_is_primary_differs_once(world):
    _our_id, their_id = in_step(world, "Arc", ANNA, BO)
    flip = text('UPDATE mirror_contact SET "primary" = NOT "primary" WHERE their_customer_id = :id')
    db.session.execute(flip, {"id": their_id})
    db.session.commit()
    nothing_is_due(world)
    assert told(world) == [("Anna Ek", "primary", "unexplained")]


def test_who_is_primary_here_is_in_step_where_nobody_ever_was_there(world):
    our_id, their_id = in_step(world, "Arc", ANNA)
    linked = text("UPDATE link SET agreed_theirs = agreed_theirs - 'primary' WHERE kind = 'contact'")
    db.session.execute(linked)
    nobody = text('UPDATE mirror_contact SET "primary" = false WHERE their_customer_id = :id')
    db.session.execute(nobody, {"id": their_id})
    change(Contact, Contact.customer_id == our_id, primary=True)
    nothing_is_due(world)
    assert told(world) == [("Anna Ek", "primary", "mapping")]


def nobody_else_leads(world, their_id):
    """Let nobody be primary there for now."""
    flip = text('UPDATE mirror_contact SET "primary" = false WHERE their_customer_id = :id')
    db.session.execute(flip, {"id": their_id})


def test_a_primary_there_who_is_of_another_customer_here_is_to_be_decided(world):
    _, their_id = in_step(world, "Arc", ANNA)
    in_step(world, "Bee", BO)
    nobody_else_leads(world, their_id)
    change(MirrorContact, MirrorContact.email == BO["email"], their_customer_id=their_id, primary=True)
    nothing_is_due(world)
    (each,) = [each for each in found(world) if each.field == "primary"]
    assert (each.record, each.reason) == ("Anna Ek", "decide")
    assert "belongs to another customer here" in each.note


def test_a_primary_there_who_may_be_one_that_was_sent_waits_with_it(world):
    our_id, their_id = in_step(world, "Arc", ANNA, BO)
    nobody_else_leads(world, their_id)
    bo = db.session.scalar(select(Contact.id).where(Contact.email == BO["email"]))
    db.session.execute(text("DELETE FROM link WHERE our_id = :id"), {"id": bo})
    change(MirrorContact, MirrorContact.email == BO["email"], primary=True)
    nothing_is_due(world)
    about = {"kind": "contact", "our_id": bo, "customer_id": our_id, "reason": "It may have arrived."}
    db.session.add(
        Problem(portal_id=world.portal_id, connection_id=world.connection_id, question="held", **about)
    )
    db.session.commit()
    (each,) = [each for each in found(world) if each.field == "primary"]
    assert (each.record, each.reason, each.note) == ("Anna Ek", "failed", "It may have arrived.")


def test_customers_that_are_not_linked_are_nobodys_business(world):
    world.there("9", "Alone there", ANNA)
    world.here("Alone here", BO)
    assert found(world) == []


def test_a_report_is_kept_until_the_next_one(world, place):
    our_id, _ = in_step(world, "Arc", ANNA)
    assert drift.report(world.portal_id, world.connection_id) is None
    change(Customer, Customer.id == our_id, name="Arc Ltd", version=2)
    made = drift.make(world.portal_id, world.connection_id, user_id=place.user_id)
    assert (made.customers, made.counts, made.drift, made.unexplained) == (1, {"due": 1}, 1, 0)
    (item,) = drift.items(world.portal_id, world.connection_id).items
    assert item == found(world)[0]
    change(Customer, Customer.id == our_id, name="Arc")
    again = drift.make(world.portal_id, world.connection_id, user_id=place.user_id)
    assert (again.counts, again.made_by) == ({}, "Ada")
    assert drift.items(world.portal_id, world.connection_id).total == 0


def test_a_report_is_searched_filtered_and_turned_page_by_page(world):
    for number in range(drift.PAGE_SIZE + 5):
        our_id, _ = in_step(world, f"Møller {number:03}")
        change(Customer, Customer.id == our_id, website="https://new.example", version=2)
    drift.make(world.portal_id, world.connection_id, user_id=None)
    mine = world.portal_id, world.connection_id
    assert drift.items(*mine).total == drift.PAGE_SIZE + 5
    assert len(drift.items(*mine, number=2).items) == 5
    assert drift.items(*mine, number=99).number == 2
    assert [each.customer for each in drift.items(*mine, q="MOLLER 007").items] == []
    assert [each.customer for each in drift.items(*mine, q="møller 007").items] == ["Møller 007"]
    assert drift.items(*mine, reason="conflict").total == 0


def test_all_customers_are_compared_whatever_the_stretches(world, monkeypatch):
    monkeypatch.setattr(drift, "CUSTOMERS_AT_ONCE", 2)
    for number in range(5):
        our_id, _ = in_step(world, f"Arc {number}")
        change(Customer, Customer.id == our_id, website="https://new.example", version=2)
    made = drift.make(world.portal_id, world.connection_id, user_id=None)
    assert (made.customers, made.counts) == (5, {"due": 5})


def test_comparing_asks_the_same_few_questions_for_any_number_in_step(world):
    for number in range(3):
        in_step(world, f"Arc {number}", ANNA)
    with queries(db.engine) as few:
        found(world)
    for number in range(30):
        in_step(world, f"Bee {number}", ANNA, BO)
    with queries(db.engine) as many:
        found(world)
    assert abs(len(many) - len(few)) <= 1


def test_another_portals_connection_is_not_there(world):
    with pytest.raises(NotFound):
        drift.differences(uuid.uuid4(), world.connection_id)
    assert db.session.get(Connection, (world.portal_id, world.connection_id)) is not None
