"""How quickly customers come in, durable commits of a few each, against an ORM session for each customer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from bench import crowd
from bench.figures import Measured
from bench.ground import Site, ground, site
from bench.timing import statements
from webapp.extensions import db
from webapp.services import imports, leases, runs
from webapp.store.columns import new_id
from webapp.store.customers import Contact, Customer
from webapp.store.history import HistoryEntry
from webapp.store.links import Link
from webapp.store.runs import Query, Selection
from webapp.sync.normal import name_key, sort_key
from webapp.walls import inside

MOST = 5_000
PEERS = 500


def measure(size: int) -> Iterator[Measured]:
    """Import a filled mirror in one go, then write the same kinds of rows through the ORM."""
    customers = min(size, MOST)
    with ground() as place, place.app.app_context():
        there = site()
        with place.fill() as filling:
            crowd.fill_mirror(filling, there.portal_id, there.connection_id, customers)
        with inside(there.portal_id):
            with statements(db.engine) as seen:
                pace = customers / _import(there)
            yield Measured("applying.ours", round(pace))
            yield Measured("applying.statements", round(len(seen.texts) / customers, 2))
            yield Measured("applying.orm", round(PEERS / _by_orm(there)))


def _import(there: Site) -> float:
    everyone = Selection(queries=(Query(inactive=True),))
    run_id = imports.start(there.portal_id, there.connection_id, None, everyone, "clone").id
    lease = leases.take(there.connection_id)
    assert lease is not None
    with lease:
        began = time.perf_counter()
        runs.carry_out_slice(run_id, lease, until=lambda: False)
        took = time.perf_counter() - began
        db.session.rollback()
    return took


def _by_orm(there: Site) -> float:
    """Do as a plain application would: objects, relationships, and a commit for each customer."""
    began = time.perf_counter()
    for number in range(PEERS):
        with Session(db.engine) as session:
            for row in _rows(there, number):
                session.add(row)
                session.flush()
            session.commit()
    return time.perf_counter() - began


def _rows(there: Site, number: int) -> Iterator[Customer | Contact | Link | HistoryEntry]:
    at = datetime.now(UTC)
    portal, customer = {"portal_id": there.portal_id}, new_id()
    name = f"Peer {number}"
    keys = {"name_key": name_key(name), "sort_key": sort_key(name), "search": name_key(name)}
    yield Customer(**portal, id=customer, name=name, **keys, created_at=at, updated_at=at)
    records = [("customer", customer)]
    for person in range(2 + number % 2):
        records.append(("contact", new_id()))
        given = {"first_name": "Ada", "last_name": str(person), "email": f"{number}.{person}@peer.example"}
        yield Contact(**portal, id=records[-1][1], customer_id=customer, primary=person == 0, **given)
    for kind, record in records:
        pair = {"kind": kind, "our_id": record, "their_id": f"peer-{record}"}
        yield Link(**portal, connection_id=there.connection_id, **pair, agreed_ours={}, agreed_theirs={})
        told = {"kind": kind, "record_id": record, "customer_id": customer, "action": "created"}
        yield HistoryEntry(**portal, id=new_id(), **told)
