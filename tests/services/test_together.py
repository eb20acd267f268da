"""New customers carried out together: few commits, and each still fails, waits or is cancelled by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from tests.import_world import ImportWorld
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import imports, leases, runs
from webapp.services.leases import LeaseLost
from webapp.services.together import RECORDS
from webapp.store.connections import Connection
from webapp.store.customers import MAX_LENGTHS
from webapp.store.runs import Run, Selection

ANNA = ContactData(first_name="Anna", email="anna@arc.example")
BO = ContactData(first_name="Bo", email="bo@arc.example")
TOO_LONG = ContactData(last_name="x" * (MAX_LENGTHS["contact"]["last_name"] + 1))
FEW, MANY = 5, 30
WAITED_FOR = re.compile(r"^\S+ \S+\tF\t\d+\t(?:Query|Sync)\b", re.MULTILINE)
NAMES = [f"Arc {number}" for number in range(4)]


def outcomes(world: ImportWorld, run: Run) -> list[tuple[str, str]]:
    return [(item.name, item.state) for item in world.items(run)]


def names(world: ImportWorld) -> list[str]:
    return [customer.name for customer in world.customers()]


def queued(world: ImportWorld, *people: ContactData, customers: int = len(NAMES)) -> Run:
    ids = [world.there(f"Arc {number}", *people) for number in range(customers)]
    world.mirror()
    return world.confirmed(ids)


def round_trips(world: ImportWorld, trace: Path, customers: int) -> int:
    """Import so many customers with two people each; count the messages that an answer is waited for."""
    ids = [world.there(f"Arc {customers} {number}", ANNA, BO) for number in range(customers)]
    world.mirror()
    run = world.confirmed(ids)
    db.session.commit()
    db.engine.dispose()
    with trace.open("w") as written:

        def follow(connection, record):
            connection.pgconn.trace(written.fileno())

        event.listen(db.engine, "connect", follow)
        try:
            world.carry_out(run)
            db.session.rollback()
            db.engine.dispose()
        finally:
            event.remove(db.engine, "connect", follow)
    assert {item.state for item in world.items(run)} == {"done"}
    return len(WAITED_FOR.findall(trace.read_text()))


@contextmanager
def inserts() -> Iterator[list[int]]:
    """Note, of each statement that inserts customers, how many those are."""
    seen: list[int] = []

    def note(connection, cursor, statement, parameters, *_):
        if 'INSERT INTO "customer"' in statement:
            seen.append(parameters[0].count('"name_key"'))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_commit_takes_customers_until_their_records_are_enough(world):
    crowd = [ContactData(first_name=f"P{number}") for number in range(RECORDS)]
    ids = [world.there(f"A few {number}", ANNA) for number in range(3)]
    ids += [world.there("Many", *crowd), world.there("One", BO), world.there("Two", BO)]
    world.mirror()
    run = world.confirmed(ids)
    with inserts() as seen:
        world.carry_out(run)
    assert seen == [4, 2]
    assert {state for _, state in outcomes(world, run)} == {"done"}
    assert [item.contacts for item in world.items(run)] == [1, 1, 1, RECORDS, 1, 1]


def test_a_customer_costs_less_than_a_journey_to_the_database(world, tmp_path):
    few, many = (round_trips(world, tmp_path / str(number), number) for number in (FEW, MANY))
    assert (many - few) / (MANY - FEW) < 1


def test_each_gets_its_people_its_links_and_its_history(world):
    run = queued(world, ANNA, BO)
    with inserts() as seen:
        world.carry_out(run)
    assert seen == [len(NAMES)]
    made = {customer.id: customer for customer in world.customers()}
    assert {item.our_id: item.name for item in world.items(run)} == {id: row.name for id, row in made.items()}
    for customer_id in made:
        people = world.people(customer_id)
        assert [(person.first_name, person.primary) for person in people] == [("Anna", True), ("Bo", False)]
        told = [entry.record_id for entry in world.history() if entry.customer_id == customer_id]
        assert set(told) == {customer_id, *(person.id for person in people)}
    theirs = {link.our_id: link.their_id for link in world.links() if link.kind == "customer"}
    assert theirs == {item.our_id: item.their_id for item in world.items(run)}
    assert len(world.links()) == 3 * len(NAMES)


def test_one_that_cannot_be_kept_fails_and_the_others_come(world):
    ids = [world.there("Arc"), world.there("Bee", TOO_LONG), world.there("Cay")]
    world.mirror()
    run = world.confirmed(ids)
    world.carry_out(run)
    assert outcomes(world, run) == [("Arc", "done"), ("Bee", "failed"), ("Cay", "done")]
    assert "shorten it" in world.items(run)[1].reason
    assert names(world) == ["Arc", "Cay"]


def test_one_that_the_database_refuses_fails_and_the_others_come(world):
    run = queued(world)

    def refuse(connection, cursor, statement, parameters, *_):
        if 'INSERT INTO "customer"' in statement and NAMES[1] in parameters[0]:
            raise DBAPIError(statement, {}, ValueError("refused"))

    event.listen(db.engine, "before_cursor_execute", refuse)
    try:
        world.carry_out(run)
    finally:
        event.remove(db.engine, "before_cursor_execute", refuse)
    states = ["failed" if name == NAMES[1] else "done" for name in NAMES]
    assert outcomes(world, run) == list(zip(NAMES, states, strict=True))
    assert names(world) == [name for name in NAMES if name != NAMES[1]]


def test_one_whose_name_comes_while_they_wait_changed_and_the_others_come(world):
    run = queued(world)
    asked = iter(range(100))

    def until():
        if next(asked) == 3:
            world.here(NAMES[0])
        return False

    world.carry_out(run, until=until)
    states = ["changed", "done", "done", "done"]
    assert outcomes(world, run) == list(zip(NAMES, states, strict=True))
    assert names(world) == NAMES


def test_of_two_with_a_name_that_is_new_the_first_comes(world):
    ids = [world.there("Arc", ANNA), world.there("Bee"), world.there("ARC", BO)]
    world.mirror()
    selection = Selection(ids=frozenset(ids))
    run = imports.start(world.portal_id, world.connection_id, None, selection, "clone")
    for item in world.items(run):
        item.action = "create"
    db.session.commit()
    world.carry_out(run)
    done = [item.name for item in world.items(run) if item.state == "done"]
    assert len(done) == 2 and names(world) == sorted(done)
    assert [item.state for item in world.items(run)].count("changed") == 1


def test_those_that_wait_when_the_run_is_cancelled_are_not_begun(world):
    run = queued(world)
    portal_id, user_id, run_id = world.portal_id, world.place.user_id, run.id
    asked = iter(range(100))

    def until():
        if next(asked) == 3:
            runs.cancel(runs.run(portal_id, run_id), user_id)
        return False

    world.carry_out(run, until=until)
    assert outcomes(world, run) == [(name, "cancelled") for name in NAMES]
    assert (names(world), world.links()) == ([], [])


def test_those_that_wait_when_it_is_to_stop_are_written(world):
    run = queued(world)
    asked = iter([False, False, False, True])
    assert world.carry_out(run, until=lambda: next(asked)) is True
    assert names(world) == NAMES[:2]
    assert [state for _, state in outcomes(world, run)] == ["done", "done", "pending", "pending"]


def test_those_that_wait_when_the_lease_is_lost_are_not_written(world):
    run = queued(world)
    with leases.take(world.connection_id, interactive=False) as lease:
        asked = iter(range(100))

        def until():
            if next(asked) == 3:
                mine = db.update(Connection).where(Connection.id == world.connection_id)
                db.session.execute(mine.values(fence=Connection.fence + 1))
                db.session.commit()
            return False

        with pytest.raises(LeaseLost):
            runs.carry_out_slice(run.id, lease, until=until)
    db.session.rollback()
    assert outcomes(world, run) == [(name, "pending") for name in NAMES]
    assert (names(world), world.links()) == ([], [])


def test_one_to_be_merged_is_carried_out_after_those_before_it(world):
    ids = [world.there(name, ANNA) for name in ("Arc", "Bee", "Cay", "Day")]
    bee = world.here("Bee", BO)
    world.mirror()
    run = world.confirmed(ids, "merge")
    with inserts() as seen:
        world.carry_out(run)
    assert seen == [1, 2]
    ended = [item.finished_at for item in world.items(run)]
    assert ended == sorted(ended)
    assert {state for _, state in outcomes(world, run)} == {"done"}
    assert [person.first_name for person in world.people(bee)] == ["Anna", "Bo"]
