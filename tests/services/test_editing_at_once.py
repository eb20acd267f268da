"""People who edit one customer at the same time as a sync writes it: no deadlock, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import text

from tests.import_world import ImportWorld
from tests.mirror_world import MemoryProvider, portal_app
from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.services import deleting, editing
from webapp.services.holding import contact_fields, customer_fields
from webapp.services.look import look
from webapp.services.sync import request
from webapp.services.typed import Form, Moved
from webapp.store.customers import Contact, Customer
from webapp.walls import across_portals

PROVIDER = MemoryProvider()
TIMES = 8
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url: str, redis_url: str) -> Iterator[Flask]:
    with portal_app(module_database_url, redis_url, PROVIDER.provider()) as made:
        yield made


@pytest.fixture
def synced() -> Iterator[SyncWorld]:
    yield SyncWorld(ImportWorld.new(PROVIDER))
    db.session.rollback()


def together(app: Flask, *works: Callable[[], object]) -> list[object]:
    """Do several things at once, each in a session of its own; return what came of each."""
    barrier = Barrier(len(works))

    def do(work: Callable[[], object]) -> object:
        with app.app_context(), across_portals():
            barrier.wait()
            return work()

    db.session.commit()
    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(do, works))


def deadlocks() -> int:
    db.session.rollback()
    db.session.execute(text("SELECT pg_stat_clear_snapshot()"))
    return db.session.scalar(text(DEADLOCKS)) or 0


def test_two_people_who_save_at_once_see_each_other(app, synced):
    [(arc, _)] = synced.linked("Arc")
    row = synced.here(arc)
    values, version, portal_id, user_id = (
        customer_fields(row),
        row.version,
        row.portal_id,
        synced.imports.place.user_id,
    )

    def save(name: str) -> Callable[[], object]:
        def work() -> object:
            form = Form(version=version, seen=values, typed={"name": name})
            try:
                return editing.edit_customer(portal_id, arc, user_id, form)
            except Moved as moved:
                return moved.clashes[0].now

        return work

    came = together(app, save("Mine"), save("Theirs"))
    name = synced.here(arc).name
    assert [each for each in came if isinstance(each, str)] == [name]


def test_edits_and_deletions_beside_a_sync_wait_for_each_other_and_all_arrive(app, synced):
    [(arc, their_id)] = synced.linked("Arc")
    bo = synced.person(arc, "Bo").id
    portal_id, user_id, connection_id = synced.portal_id, synced.imports.place.user_id, synced.connection_id
    before = deadlocks()

    def edit_customer() -> None:
        for number in range(TIMES):
            row = db.session.get_one(Customer, (portal_id, arc), populate_existing=True)
            form = Form(
                version=row.version, seen=customer_fields(row), typed={"company_name": f"Arc {number}"}
            )
            db.session.rollback()
            editing.edit_customer(portal_id, arc, user_id, form)

    def edit_contact() -> None:
        for number in range(TIMES):
            row = db.session.get_one(Contact, (portal_id, bo), populate_existing=True)
            form = Form(
                version=row.version, seen=contact_fields(row), typed={"designation": f"Chef {number}"}
            )
            db.session.rollback()
            editing.edit_contact(portal_id, arc, bo, user_id, form)

    def come_and_go() -> None:
        for number in range(TIMES):
            made = editing.add_contact(portal_id, arc, user_id, {"first_name": f"Cy {number}"}).contact_id
            editing.make_primary(portal_id, arc, made, user_id)
            version = db.session.get_one(Contact, (portal_id, made), populate_existing=True).version
            db.session.rollback()
            deleting.delete_contact(portal_id, arc, made, user_id, version=version)

    def sync() -> None:
        for _ in range(TIMES):
            look(connection_id, interactive=True)
            db.session.rollback()

    together(app, edit_customer, edit_contact, come_and_go, sync)
    # What was edited all the while is put off for a minute, unless somebody asks.
    request(portal_id, connection_id)
    synced.look()
    assert deadlocks() == before
    assert synced.there(their_id).customer.data.company_name == f"Arc {TIMES - 1}"
    assert synced.person_there(their_id, "Bo").data.designation == f"Chef {TIMES - 1}"
    assert synced.first_names(arc) == synced.first_names_there(their_id) == ["Anna", "Bo"]
    assert (synced.conflicts(), synced.problems(), synced.due()) == ([], [], [])
