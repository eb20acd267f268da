"""How often an import goes to the database and back for each customer: what a distant database makes slow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.import_world import ImportWorld
from tests.mirror_world import MemoryProvider, portal_app
from webapp.extensions import db
from webapp.sdk import ContactData

PROVIDER = MemoryProvider()
FEW, MANY = 10, 60
MOST = 1
"""A commit of many customers costs five, and what is read for a batch of them a few more."""

WAITED_FOR = re.compile(r"^\S+ \S+\tF\t\d+\t(?:Query|Sync)\b", re.MULTILINE)


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url, redis_url):
    with portal_app(module_database_url, redis_url, PROVIDER.provider()) as made:
        yield made


@pytest.fixture
def world():
    yield ImportWorld.new(PROVIDER)
    db.session.rollback()


def round_trips(world, trace: Path, customers: int) -> int:
    """Import so many new customers with two people each; count the messages that an answer is waited for."""
    people = [ContactData(first_name=name, email=f"{name}@arc.example") for name in ("anna", "bo")]
    ids = [world.there(f"Arc {customers} {number}", *people) for number in range(customers)]
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


def test_a_customer_costs_less_than_a_journey_to_the_database(world, tmp_path):
    few, many = (round_trips(world, tmp_path / str(number), number) for number in (FEW, MANY))
    assert (many - few) / (MANY - FEW) < MOST
