"""Projects as services keep them: their fields, members and customers, one of them primary."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from flask import Flask

from tests.portal_world import World, portal_app
from webapp.extensions import db
from webapp.services import audit, bin, deleting, project_customers, project_members, projects
from webapp.services.checks import Faults
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.services.typed import Form, Moved
from webapp.store.columns import new_id
from webapp.store.portals import PROFILES, Membership, Profile, User
from webapp.store.projects import Project, ProjectCustomer
from webapp.walls import inside


@pytest.fixture(scope="module")
def app(module_database_url: str) -> Iterator[Flask]:
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture
def world(app: Flask) -> World:
    made = World.new()
    profile = Profile(
        portal_id=made.portal_id, id=new_id(), name="Manager", permissions=list(PROFILES["Manager"])
    )
    db.session.add(profile)
    db.session.flush()
    db.session.add(Membership(portal_id=made.portal_id, user_id=made.user_id, profile_id=profile.id))
    db.session.commit()
    return made


def project_of(world: World, name: str = "Hafenblick relaunch", **typed: str) -> uuid.UUID:
    return projects.add(world.portal_id, world.user_id, {"name": name, "currency": "EUR", **typed}).id


def primaries(world: World, project_id: uuid.UUID) -> list[uuid.UUID]:
    db.session.rollback()
    query = db.select(ProjectCustomer.customer_id).where(
        ProjectCustomer.project_id == project_id, ProjectCustomer.primary
    )
    return list(db.session.scalars(query))


def form_for(project: Project, **typed: str) -> Form:
    seen = projects.fields_of(project)
    return Form(version=project.version, seen=seen, typed={**seen, **typed})


def test_whoever_adds_a_project_works_on_it(world):
    made = project_of(world)
    assert [each.user_id for each in project_members.members(world.portal_id, made)] == [world.user_id]
    assert audit.newest(world.portal_id, 1)[0].action == "project.added"


def test_a_project_without_a_key_gets_one_by_its_name_and_no_two_the_same(world):
    keys = [db.session.get_one(Project, (world.portal_id, project_of(world))).key for _ in range(3)]
    assert keys == ["HAF", "HAF2", "HAF3"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "a" * 201}, "name"),
        ({"key": "1A"}, "key"),
        ({"currency": "EURO"}, "currency"),
        ({"status": "soon"}, "status"),
        ({"starts_on": "2026-13-01"}, "starts_on"),
        ({"starts_on": "2026-05-02", "ends_on": "2026-05-01"}, "ends_on"),
        ({"description": "\x00"}, "description"),
    ],
)
def test_a_value_that_cannot_be_taken_is_told_by_its_field(world, typed, field):
    with pytest.raises(Faults) as told:
        project_of(world, **{"name": "Hafenblick", **typed})
    assert set(told.value.faults) == {field}


def test_a_key_is_there_once_in_a_portal(world):
    project_of(world, key="HB")
    with pytest.raises(Faults, match="HB"):
        project_of(world, key="hb")


def test_an_edit_writes_what_was_changed_and_keeps_what_others_did_meanwhile(world):
    made = db.session.get_one(Project, (world.portal_id, project_of(world)))
    stale = form_for(made, description="Two\nlines")
    projects.edit(world.portal_id, made.id, world.user_id, form_for(made, ends_on="2026-06-30"))
    meanwhile = projects.edit(world.portal_id, made.id, world.user_id, stale)
    kept = db.session.get_one(Project, (world.portal_id, made.id))
    assert (kept.description, kept.ends_on, meanwhile) == ("Two\nlines", date(2026, 6, 30), ("ends_on",))


def test_two_who_change_the_same_field_differently_have_to_look(world):
    made = db.session.get_one(Project, (world.portal_id, project_of(world)))
    stale = form_for(made, name="Mine")
    projects.edit(world.portal_id, made.id, world.user_id, form_for(made, name="Theirs"))
    with pytest.raises(Moved) as told:
        projects.edit(world.portal_id, made.id, world.user_id, stale)
    assert [(each.field, each.now) for each in told.value.clashes] == [("name", "Theirs")]


def test_the_currency_stays_once_there_is_a_customer(world):
    made = db.session.get_one(Project, (world.portal_id, project_of(world)))
    projects.edit(world.portal_id, made.id, world.user_id, form_for(made, currency="USD"))
    projects.edit(world.portal_id, made.id, world.user_id, form_for(made, currency="EUR"))
    project_customers.add(world.portal_id, made.id, [world.here("Arc")], world.user_id)
    with pytest.raises(Faults, match="EUR"):
        projects.edit(world.portal_id, made.id, world.user_id, form_for(made, currency="USD"))


def test_deleting_leaves_the_customers_and_is_refused_after_a_change(world):
    made = project_of(world)
    customer = world.here("Arc")
    project_customers.add(world.portal_id, made, [customer], world.user_id)
    version = projects.reach(world.portal_id, made).version
    projects.set_status(world.portal_id, made, world.user_id, "completed")
    with pytest.raises(Conflict):
        projects.delete(world.portal_id, made, world.user_id, version=version)
    projects.delete(world.portal_id, made, world.user_id, version=version + 1)
    assert [each.id for each in world.customers()] == [customer]
    with pytest.raises(NotFound):
        projects.project(world.portal_id, made)


def test_the_first_customer_is_primary_and_another_can_be_made_it(world):
    made = project_of(world)
    arc, bay = world.here("Arc"), world.here("Bay")
    project_customers.add(world.portal_id, made, [arc], world.user_id)
    project_customers.add(world.portal_id, made, [bay], world.user_id)
    assert primaries(world, made) == [arc]
    project_customers.make_primary(world.portal_id, made, bay, world.user_id)
    assert primaries(world, made) == [bay]


def test_taking_the_primary_customer_off_makes_the_eldest_left_primary(world):
    made = project_of(world)
    arc, bay, cove = (world.here(name) for name in ("Arc", "Bay", "Cove"))
    for each in (arc, bay, cove):
        project_customers.add(world.portal_id, made, [each], world.user_id)
    assert project_customers.take_off(world.portal_id, made, arc, world.user_id) == bay
    assert primaries(world, made) == [bay]
    assert project_customers.take_off(world.portal_id, made, cove, world.user_id) is None
    assert project_customers.take_off(world.portal_id, made, bay, world.user_id) is None
    assert primaries(world, made) == []


def test_a_primary_customer_in_the_bin_gives_way_and_comes_back_as_another(world):
    made = project_of(world)
    arc, bay = world.here("Arc"), world.here("Bay")
    project_customers.add(world.portal_id, made, [arc], world.user_id)
    project_customers.add(world.portal_id, made, [bay], world.user_id)
    deleting.delete_customer(world.portal_id, arc, world.user_id, version=1)
    assert primaries(world, made) == [bay]
    assert [row.customer.id for row in project_customers.page(world.portal_id, made).rows] == [bay]
    deleting.restore_customer(world.portal_id, arc, world.user_id)
    assert primaries(world, made) == [bay]
    assert project_customers.page(world.portal_id, made).total == 2


def test_the_only_customer_comes_back_from_the_bin_as_primary(world):
    made = project_of(world)
    arc = world.here("Arc")
    project_customers.add(world.portal_id, made, [arc], world.user_id)
    deleting.delete_customer(world.portal_id, arc, world.user_id, version=1)
    assert project_customers.page(world.portal_id, made).total == 0
    deleting.restore_customer(world.portal_id, arc, world.user_id)
    assert [row.primary for row in project_customers.page(world.portal_id, made).rows] == [True]


def test_one_added_while_the_only_customer_is_in_the_bin_becomes_primary(world):
    made = project_of(world)
    arc, bay = world.here("Arc"), world.here("Bay")
    project_customers.add(world.portal_id, made, [arc], world.user_id)
    deleting.delete_customer(world.portal_id, arc, world.user_id, version=1)
    project_customers.add(world.portal_id, made, [bay], world.user_id)
    assert primaries(world, made) == [bay]
    bin.erase(world.portal_id, [f"customer:{arc}"], world.user_id)
    assert primaries(world, made) == [bay]


def test_another_currency_is_refused_and_none_becomes_the_portals(world):
    made = project_of(world)
    here = world.here("Arc")
    db.session.get_one(type(world.customers()[0]), (world.portal_id, here)).currency = ""
    other = world.here("Bay")
    db.session.get_one(type(world.customers()[0]), (world.portal_id, other)).currency = "USD"
    db.session.commit()
    offered = {
        each.name: (each.why, each.note)
        for each in project_customers.candidates(world.portal_id, made, "EUR")
    }
    assert offered["Bay"][0] == "Billed in USD, and this project is in EUR."
    assert "EUR" in offered["Arc"][1]
    with pytest.raises(Refused, match=r"USD.*EUR"):
        project_customers.add(world.portal_id, made, [other], world.user_id)
    project_customers.add(world.portal_id, made, [here], world.user_id)
    assert {each.name: each.currency for each in world.customers()} == {"Arc": "EUR", "Bay": "USD"}


def test_a_project_that_is_over_takes_nobody(world):
    made = project_of(world, status="completed")
    with pytest.raises(Refused, match="reopen"):
        project_customers.add(world.portal_id, made, [world.here("Arc")], world.user_id)


def test_there_is_exactly_one_primary_customer_however_many_add_and_remove_at_once(app, world):
    made = project_of(world)
    customers = [world.here(f"Customer {number}") for number in range(8)]
    portal_id, user_id = world.portal_id, world.user_id
    begin = threading.Barrier(4)

    def act(mine: list[uuid.UUID]) -> None:
        with app.app_context(), inside(portal_id):
            begin.wait()
            for _ in range(4):
                project_customers.add(portal_id, made, mine, user_id)
                project_customers.make_primary(portal_id, made, mine[1], user_id)
                project_customers.take_off(portal_id, made, mine[0], user_id)
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, [customers[at : at + 2] for at in range(0, 8, 2)]))
    assert len(primaries(world, made)) == 1
    assert project_customers.page(portal_id, made).total == 4


def test_members_are_added_once_and_only_from_the_portal(world):
    made = project_of(world)
    stranger = User(id=new_id(), email=f"{new_id()}@else.example", name="Else", fs_uniquifier=new_id().hex)
    db.session.add(stranger)
    db.session.commit()
    assert project_members.add(world.portal_id, made, [stranger.id, world.user_id], world.user_id) == 0
    project_members.take_off(world.portal_id, made, world.user_id, world.user_id)
    assert project_members.members(world.portal_id, made) == []
    assert [each.user_id for each in project_members.others(world.portal_id, made, "ada")] == [world.user_id]
