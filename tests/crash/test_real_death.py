"""A process that really dies in the middle of an import over HTTP: no handler runs, and nothing is twice."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update

from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.state import State
from tests.crash.points import Moment, Points, moment_of
from tests.mirror_world import BOOKS, Place, portal_app, until_done
from tests.system.practice import Practice
from webapp.extensions import db
from webapp.outside import Wire
from webapp.outside.wire import Request
from webapp.sdk import Answer, ContactData, CustomerData
from webapp.services import audit, imports
from webapp.services.look import look
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.customers import Contact
from webapp.store.directory import PortalDirectory
from webapp.store.runs import Query, Run, Selection

DEAD = 77
DEATHS = (0.2, 0.45, 0.7, 0.9)
"""How far through its points a process comes before it dies."""

PEOPLE = ["Anna", "Bo", "Cy", "Di"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(State(Sample(customers=0))) as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url: str, redis_url: str, sandbox: SandboxServer) -> Iterator[Flask]:
    with portal_app(module_database_url, redis_url, BOOKS, sandbox_url=sandbox.url) as made:
        yield made


def work(connection_id: uuid.UUID) -> None:
    until_done(lambda: look(connection_id, interactive=False, seconds=600))


def queued(sandbox: SandboxServer) -> tuple[Place, uuid.UUID]:
    """Queue a merge that writes outside and a customer that is new, in a portal of its own."""
    practice = Practice(sandbox.url)
    practice.reset(customers=0)
    practice.create("Arc", {"first_name": "Anna", "email": "anna@arc.example"}, website="")
    practice.create("Bee", {"first_name": "Cy", "email": "cy@bee.example"})
    place = Place.new()
    directory = PortalDirectory(place.portal_id)
    ours = directory.create_customer(CustomerData(name="Arc", website="https://arc.example", currency="EUR"))
    for name in ("Bo", "Di"):
        directory.create_contact(ours.id, ContactData(first_name=name, email=f"{name.lower()}@arc.example"))
    directory.flush()
    db.session.commit()
    connection_id = place.connect_sandbox(sandbox)
    work(connection_id)
    imports.start(place.portal_id, connection_id, None, Selection(queries=(Query(inactive=True),)), "merge")
    return place, connection_id


def watched(points: Points, connection_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work, coming to a point around every commit and every exchange over HTTP."""
    exchange = Wire.exchange

    def exchanged(wire: Wire, request: Request) -> Answer:
        points.reach("before a call")
        answer = exchange(wire, request)
        points.reach("after a call")
        return answer

    with monkeypatch.context() as patch, points.watching_commits(db.engine):
        patch.setattr(Wire, "exchange", exchanged)
        work(connection_id)


def die_in_a_process(at: Moment, connection_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> int:
    """Work in a process of its own that ends at a point without a word; return its exit code."""
    db.session.remove()
    db.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            watched(Points(at, die=lambda: os._exit(DEAD)), connection_id, monkeypatch)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_nothing_is_twice_and_nothing_lost_when_a_process_dies(
    sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, whole = queued(sandbox)
    points = Points()
    watched(points, whole, monkeypatch)
    for share in DEATHS:
        place, connection_id = queued(sandbox)
        at = moment_of(points.names, int(share * len(points.names)))
        assert die_in_a_process(at, connection_id, monkeypatch) == DEAD
        ran_out = update(Connection).where(Connection.id == connection_id, Connection.lease_until > now())
        db.session.execute(ran_out.values(lease_until=now()))
        db.session.commit()
        work(connection_id)
        run = db.session.scalars(select(Run).where(Run.connection_id == connection_id)).one()
        assert (run.state, run.counts["merged"], run.counts["created"]) == ("done", 1, 1), share
        people = select(Contact.first_name).where(Contact.portal_id == place.portal_id)
        assert sorted(db.session.scalars(people)) == PEOPLE
        there = Practice(sandbox.url).customers().values()
        assert sorted(each["first_name"] for customer in there for each in customer["persons"]) == PEOPLE
        assert sorted(each["website"] for each in there) == ["", "https://arc.example"]
        assert audit.verify(place.portal_id) is None
