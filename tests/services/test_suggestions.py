"""Suggestions from the database: who is found, who is left out, and what finding them costs."""

from __future__ import annotations

import pytest

from tests.portal_world import World, portal_app
from tests.queries import queries
from webapp.extensions import db
from webapp.sdk import CustomerData
from webapp.services import marking, picker, reviews
from webapp.services.suggestions import suggest
from webapp.store.directory import PortalDirectory
from webapp.sync import alike

ANNA = {"first_name": "Anna", "email": "anna@arc.example", "phone": "+49 30 5550199"}


@pytest.fixture(scope="module")
def module_database_url(own_database_url):
    """A database without traces of other modules in its statistics."""
    return own_database_url


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture
def world():
    yield World.new()
    db.session.rollback()


def asked(world, name="", email="", phone=""):
    return suggest(world.portal_id, world.connection_id, {"1": alike.traits([name], [email], [phone])}).get(
        "1", ()
    )


def test_finds_by_name_by_domain_and_by_phone(world):
    ours = world.here("Brückner Logistik GmbH", ANNA)
    assert [each.our_id for each in asked(world, "BRUECKNER Logistics AG")] == [ours]
    assert [each.why for each in asked(world, "Else", "bo@ARC.example")] == ["E-mail at arc.example"]
    assert [each.why for each in asked(world, "Else", phone="030 5550199")] == ["The same phone"]
    assert asked(world, "Else", "bo@gmail.com") == ()


def test_who_is_edited_or_deleted_is_found_as_it_is_now(world):
    ours = world.here("Brückner Logistik GmbH", ANNA)
    directory = PortalDirectory(world.portal_id)
    directory.update_customer(str(ours), {"name": "Sørensen Møbler"})
    db.session.commit()
    assert asked(world, "Brueckner Logistics") == ()
    assert [each.our_id for each in asked(world, "Soerensen Moebler ApS")] == [ours]
    PortalDirectory(world.portal_id).delete_customer(str(ours))
    db.session.commit()
    assert asked(world, "Soerensen Moebler ApS") == ()


def test_a_domain_that_many_have_tells_of_none_of_them(world):
    for name in ("Alpha", "Beta", "Gamma", "Delta"):
        world.here(name, {"first_name": name, "email": f"{name.lower()}@landlord.example"})
    assert asked(world, "Else", "x@landlord.example") == ()


def test_another_portal_and_linked_ones_are_not_suggested(world):
    other = World.new()
    other.here("Brückner GmbH", ANNA)
    world.link("9", world.here("Brückner Logistik GmbH", ANNA))
    assert asked(world, "Brückner Logistik AG", "anna@arc.example") == ()


def test_the_picker_hints_and_never_ticks_by_itself(world):
    world.here("Brückner Logistik GmbH", ANNA)
    world.there("1", "BRUECKNER Logistics", {"first_name": "Bo", "email": "bo@arc.example"})
    run = picker.draft(world.portal_id, world.connection_id, world.user_id)
    [row] = picker.page(run).rows
    assert (row.state, row.selected, row.similar.name) == ("new", False, "Brückner Logistik GmbH")
    picker.tick(run, ["1"])
    assert picker.never_import(run, world.user_id) == 1
    found = picker.page(run)
    assert [(each.state, each.selectable) for each in found.rows] == [("never", False)]
    assert (found.counts.never.value, found.counts.new.value, found.selection.customers) == (1, 0, 0)
    assert marking.take_back(world.portal_id, world.connection_id, "1", None, world.user_id)
    assert [each.state for each in picker.page(run).rows] == ["new"]


def test_a_page_of_suggestions_is_one_query_that_reads_by_keys(world):
    directory = PortalDirectory(world.portal_id)
    for number in range(300):
        directory.create_customer(customer(f"Firma {number:03} Bau"))
    directory.flush()
    db.session.commit()
    db.session.execute(db.text("ANALYZE customer"))
    traits = {str(at): alike.traits([f"Firma {at:03} Bau AG"], [], []) for at in range(50)}
    with queries(db.engine) as seen:
        found = suggest(world.portal_id, world.connection_id, traits)
    assert len(found) == 50
    assert len([each for each in seen if "customers_alike" in each]) == 1
    assert len(seen) <= 2
    assert "ix_customer_alike" in explained(world, traits)


def test_what_is_kept_apart_is_suggested_no_more(world):
    ours = world.here("Brückner Logistik GmbH", ANNA)
    world.there("1", "BRUECKNER Logistics")
    run = picker.draft(world.portal_id, world.connection_id, world.user_id)
    picker.tick(run, ["1"])
    review = reviews.open_review(run)
    marking.keep_apart(review, 1, ours, world.user_id)
    assert asked(world, "BRUECKNER Logistics") == ()


def customer(name):
    return CustomerData(name=name, currency="EUR")


def explained(world, traits):
    """The plan by which the function finds them, whatever keys come."""
    for setting in ("enable_seqscan = off", "enable_indexscan = off", "plan_cache_mode = force_generic_plan"):
        db.session.execute(db.text(f"SET LOCAL {setting}"))
    db.session.execute(
        db.text(
            "PREPARE found (uuid, bigint[]) AS SELECT id FROM searched_customer WHERE alike && $2 "
            "AND (portal_id = $1) IS TRUE AND (deleted_at IS NULL) IS TRUE LIMIT 100"
        )
    )
    keys = ",".join(map(str, alike.keys(traits["0"])))
    plan = db.session.execute(db.text(f"EXPLAIN EXECUTE found ('{world.portal_id}', '{{{keys}}}')"))
    return "\n".join(row[0] for row in plan)
