"""Work on the same customers at the same time: real transactions in real threads, and no update lost."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.import_world import ImportWorld
from tests.mirror_world import MAIN, SECOND, MemoryProvider, portal_app, until_done
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import audit, connections, customers, imports, leases, reviews, runs
from webapp.services.look import look
from webapp.store import intents
from webapp.store.columns import new_id
from webapp.store.connections import connection_by_id
from webapp.store.directory import PortalDirectory
from webapp.store.due import pause_runs
from webapp.store.runs import Selection
from webapp.sync.ledger import Intent
from webapp.walls import across_portals

ANNA = ContactData(first_name="Anna", email="anna@arc.example")
BO = ContactData(first_name="Bo", email="bo@arc.example")
PROVIDER = MemoryProvider(organizations=[MAIN, SECOND])
MANY = 12
WAITS = """
    SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url: str, redis_url: str) -> Iterator[Flask]:
    with portal_app(module_database_url, redis_url, PROVIDER.provider()) as made:
        yield made


@pytest.fixture
def world() -> Iterator[ImportWorld]:
    yield ImportWorld.new(PROVIDER)
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


def second_connection(world: ImportWorld) -> uuid.UUID:
    """Connect the portal to another organization, which tells of the same customers."""
    made = world.place.connect(organization_id=SECOND.id)
    until_done(lambda: look(made, interactive=False))
    return made


def carried_out(run_id: uuid.UUID, connection_id: uuid.UUID) -> Callable[[], object]:
    """Return what carries a run out in a thread."""

    def work() -> object:
        lease = leases.take(connection_id)
        assert lease is not None
        with lease:
            return until_done(lambda: runs.carry_out_slice(run_id, lease, until=lambda: False))

    return work


def states(*run_ids: uuid.UUID) -> Counter[str]:
    """Count what became of the items of runs."""
    db.session.rollback()
    return Counter(
        item.state
        for run_id in run_ids
        for item in db.session.scalars(select(runs.store.RunItem).where(runs.store.RunItem.run_id == run_id))
    )


def test_two_connections_that_bring_a_new_name_at_once_make_one_customer_of_it(
    app: Flask, world: ImportWorld
) -> None:
    ids = [world.there(f"Arc {number}", ANNA, BO) for number in range(MANY)]
    world.mirror()
    other = second_connection(world)
    selection = Selection(ids=frozenset(ids))
    queued = [
        (imports.start(world.portal_id, each, None, selection, "skip").id, each)
        for each in (world.connection_id, other)
    ]
    together(app, *(carried_out(*each) for each in queued))
    assert states(*(run_id for run_id, _ in queued)) == {"done": MANY, "changed": MANY}
    assert [each.name for each in world.customers()] == sorted(f"Arc {number}" for number in range(MANY))


def test_two_imports_of_the_same_customers_at_once_bring_each_once(app: Flask, world: ImportWorld) -> None:
    ids = [world.there(f"Arc {number}", ANNA) for number in range(MANY)]
    world.mirror()
    queued = [world.confirmed(ids).id for _ in range(2)]
    connection_id = world.connection_id
    together(app, *(lambda: until_done(lambda: look(connection_id, interactive=False)) for _ in range(4)))
    until_done(lambda: look(connection_id, interactive=False))
    assert states(*queued) == {"done": MANY, "skipped": MANY}
    assert len(world.customers()) == MANY
    assert len(world.links()) == 2 * MANY


def test_loses_no_edit_that_is_made_while_its_customer_is_merged(app: Flask, world: ImportWorld) -> None:
    ids = [world.there(f"Arc {number}", ANNA, website="") for number in range(MANY)]
    ours = [world.here(f"Arc {number}", BO, website="https://seen.example") for number in range(MANY)]
    world.mirror()
    run_id, connection_id, portal_id = world.confirmed(ids, "merge").id, world.connection_id, world.portal_id
    kept: list[uuid.UUID] = []

    def edit() -> None:
        for our_id in ours:
            PortalDirectory(portal_id).update_customer(str(our_id), {"company_name": f"Edited {our_id}"})
            db.session.commit()
            kept.append(our_id)

    together(app, carried_out(run_id, connection_id), edit)
    found = {each.id: each.company_name for each in world.customers()}
    assert {our_id: found[our_id] for our_id in kept} == {our_id: f"Edited {our_id}" for our_id in ours}
    assert states(run_id).keys() <= {"done", "changed"}
    assert states(run_id).total() == MANY


def test_a_double_click_on_import_queues_it_once(app: Flask, world: ImportWorld) -> None:
    ids = [world.there(f"Arc {number}", ANNA) for number in range(3)]
    world.mirror()
    run, user_id = world.reviewed(ids), world.place.user_id
    portal_id, run_id = run.portal_id, run.id

    def click() -> object:
        return reviews.confirm(runs.run(portal_id, run_id), user_id).number

    assert together(app, click, click, click) == [1, 1, 1]


def test_two_reviews_confirmed_at_once_get_numbers_of_their_own(app: Flask, world: ImportWorld) -> None:
    first, second = (world.there(f"Arc {number}", ANNA) for number in range(2))
    world.mirror()
    user_id, portal_id = world.place.user_id, world.portal_id
    queued = [world.reviewed([first]).id]
    queued.append(reviews.review_of(portal_id, world.connection_id, user_id, frozenset([second])).id)

    def confirming(run_id: uuid.UUID) -> Callable[[], object]:
        return lambda: reviews.confirm(runs.run(portal_id, run_id), user_id).number

    assert sorted(together(app, *(confirming(run_id) for run_id in queued))) == [1, 2]  # type: ignore[type-var]


def test_unlinking_and_importing_at_once_leave_no_half(app: Flask, world: ImportWorld) -> None:
    ids = [world.there(f"Arc {number}", ANNA, BO) for number in range(MANY)]
    world.mirror()
    first = world.confirmed(ids[: MANY // 2])
    world.carry_out(first)
    portal_id, user_id, connection_id = world.portal_id, world.place.user_id, world.connection_id
    run_id = world.confirmed(ids[MANY // 2 :]).id
    ours = [each.id for each in world.customers()]

    def unlink() -> None:
        for our_id in ours:
            customers.unlink(portal_id, our_id, connection_id, user_id)

    together(app, carried_out(run_id, connection_id), unlink)
    assert states(run_id) == {"done": MANY - MANY // 2}
    by_kind = Counter(link.kind for link in world.links())
    assert by_kind == {"customer": MANY - MANY // 2, "contact": 2 * (MANY - MANY // 2)}


def test_a_connection_can_be_ended_while_its_import_writes(app: Flask, world: ImportWorld) -> None:
    portal_id, connection_id = world.portal_id, world.connection_id
    intent = Intent(our_id=str(new_id()), their_customer_id="1", data=ANNA, existing=())
    intents.add(portal_id, connection_id, intent, told=[], actor="", auditor="", fence=1, run_id=None)

    def end() -> None:
        with app.app_context(), across_portals():
            connections.disconnect(portal_id, connection_id, user_id=None)

    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(end)
        try:
            # Whoever writes asks for the audit next, which whoever ends the connection holds.
            ended.result(timeout=5)
        finally:
            db.session.rollback()


def test_a_run_that_begins_waits_for_its_connection_before_it_locks_anything(
    app: Flask, world: ImportWorld
) -> None:
    theirs = world.there("Arc", ANNA)
    world.mirror()
    run_id, connection_id = world.confirmed([theirs]).id, world.connection_id
    lease = leases.take(connection_id)
    assert lease is not None

    def begin() -> None:
        with app.app_context(), across_portals():
            runs.carry_out_slice(run_id, lease, until=lambda: True)

    connection_by_id(connection_id, lock=True)
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(begin)
        try:
            until_done(lambda: not somebody_waits(), most=20_000)
            db.session.execute(text("SET LOCAL lock_timeout = '2s'"))
            pause_runs(connection_id, "It waits.")
        finally:
            db.session.rollback()
        begun.result(timeout=5)


def somebody_waits() -> bool:
    """Tell whether a statement waits for a lock."""
    asked = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('tuple', 'transactionid')")
    with db.engine.connect() as side:
        return bool(side.scalar(asked))


def test_a_confirmation_waits_for_the_audit_before_it_locks_its_run(app: Flask, world: ImportWorld) -> None:
    arc = world.there("Arc", ANNA)
    world.mirror()
    portal_id, run_id, user_id = world.portal_id, world.reviewed([arc]).id, world.place.user_id

    def confirm() -> str:
        with app.app_context(), across_portals():
            return reviews.confirm(runs.run(portal_id, run_id), user_id).state

    db.session.commit()
    with ThreadPoolExecutor(1) as pool:
        audit.hold(portal_id)
        confirmed = pool.submit(confirm)
        try:
            while not db.session.scalar(text(WAITS)):
                assert not confirmed.done()
            taken = select(runs.store.Run.id).where(runs.store.Run.id == run_id)
            # Whoever cancels or ends something holds the audit and locks runs next.
            assert db.session.scalar(taken.with_for_update(nowait=True)) == run_id
        finally:
            db.session.rollback()
        assert confirmed.result() == "queued"
