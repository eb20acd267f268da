"""Passes with real tables and the sandbox, and what goes wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from flask import current_app
from sqlalchemy import select, update

from tests.crash.points import Crash, Points
from tests.mirror_world import set_connection
from tests.services import real_deeds
from tests.services.real_house import RealHouse
from webapp.extensions import db
from webapp.outside.wire import Request, Wire
from webapp.sdk import Answer
from webapp.services.leases import Lease
from webapp.store.columns import now
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.walls import across_portals, inside

CONTACTS = "/books/v3/contacts"
DEATHS = (
    ("before a commit", 20),
    ("after a commit", 20),
    ("before POST", 2),
    ("after POST", 2),
    ("after PUT", 2),
    ("after DELETE", 2),
    ("after GET", 6),
)
"""Moments at which a process dies, each with how often it may have come before."""

Happens = Callable[[str], None]


def poll(house: RealHouse) -> None:
    """A poll and a pass."""
    with house.watched():
        house.poll()


def census(house: RealHouse) -> None:
    """A census and a pass; every other time a list leaves somebody out."""
    if house.chance.random() < 0.5:
        _fault(house, method="GET", path=f"{CONTACTS}(/contactpersons)?$", short=1)
    with house.watched():
        house.census()
    house.server.state.faults.clear()


def tick(house: RealHouse) -> None:
    """Time passes."""
    house.wake()


def lag(house: RealHouse) -> None:
    """A list told of a customer as it was before."""
    mine = MirrorCustomer.connection_id == house.connection_id
    rows = list(db.session.scalars(select(MirrorCustomer).where(mine, MirrorCustomer.gone_at.is_(None))))
    if rows:
        row = house.chance.choice(rows)
        row.version = row.detail_version = "2020-01-01T00:00:00+0000"
        row.company_name = "As it was before"
        db.session.commit()


def shift(house: RealHouse) -> None:
    """A list missed a person, since others were deleted while it was read."""
    mine = MirrorContact.connection_id == house.connection_id
    rows = list(db.session.scalars(select(MirrorContact).where(mine)))
    if rows:
        row = house.chance.choice(rows)
        owner = MirrorCustomer.their_id == row.their_customer_id
        whose = update(MirrorCustomer).where(MirrorCustomer.connection_id == house.connection_id, owner)
        db.session.delete(row)
        db.session.execute(whose.values(contacts_digest="shifted"))
        db.session.commit()


def lose_answer(house: RealHouse) -> None:
    """A write arrives, and its answer does not."""
    method = house.chance.choice(("POST", "PUT", "DELETE"))
    skip = house.chance.randrange(2)
    _fault(house, method=method, path=CONTACTS, after_effect=True, cut="before", skip=skip)
    poll(house)
    house.server.state.faults.clear()
    house.wake()


def refuse(house: RealHouse) -> None:
    """The provider refuses a write, or has its troubles."""
    answers = ({"status": 400, "code": 1001}, {"status": 500, "code": 1000}, {"status": 429, "code": 44})
    method = house.chance.choice(("POST", "PUT", "DELETE"))
    _fault(house, method=method, path=CONTACTS, message="Not this one.", **house.chance.choice(answers))
    poll(house)
    house.server.state.faults.clear()
    house.wake()


def crash(house: RealHouse) -> None:
    """A pass dies at an outside call or a commit; another worker takes up what is due."""
    moment, most = house.chance.choice(DEATHS)
    points = Points((moment, house.chance.randrange(most)))
    with house.watched():
        with points.watching_commits(db.engine), outside_calls(points.reach), suppress(Crash):
            house.poll()
        db.session.remove()
        db.engine.dispose()
        set_connection(house.connection_id, lease_until=now())
        house.wake()
        house.work()


def overtake(house: RealHouse) -> None:
    """Another worker takes over from one that then goes on, and must not do anything any more."""
    left, took = house.chance.randrange(6), []

    def asked(moment: str) -> None:
        nonlocal left
        left -= 1
        if left == -1 and not db.session().in_transaction():
            with _elsewhere(house):
                set_connection(house.connection_id, lease_until=now())
                house.work()
            took.append(_writes(house))

    with house.watched(), lease_asked(asked):
        house.poll()
        assert took in ([], [_writes(house)]), "a worker went on with an old fence"
    house.work()


def race(house: RealHouse) -> None:
    """Somebody edits while a pass is at work."""
    left = house.chance.randrange(4)

    def called(moment: str) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            with _elsewhere(house):
                house.witness.check()
                deeds = real_deeds.edit, real_deeds.edit_customer, real_deeds.drop, real_deeds.add
                house.chance.choice(deeds)(house)
                house.witness.begin()

    with house.watched(), outside_calls(called):
        house.poll()


@contextmanager
def outside_calls(happens: Happens) -> Iterator[None]:
    """Let something happen before and after each call to the provider."""
    exchange = Wire.exchange

    def told(wire: Wire, request: Request) -> Answer:
        happens(f"before {request.method}")
        answer = exchange(wire, request)
        happens(f"after {request.method}")
        return answer

    Wire.exchange = told  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Wire.exchange = exchange  # type: ignore[method-assign]


@contextmanager
def lease_asked(happens: Happens) -> Iterator[None]:
    """Let something happen right before a worker asks whether it still may."""
    check = Lease.check

    def told(lease: Lease) -> None:
        happens("allowed")
        check(lease)

    Lease.check = told  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Lease.check = check  # type: ignore[method-assign]


@contextmanager
def _elsewhere(house: RealHouse) -> Iterator[None]:
    """Be in another process: its session is its own."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.app_context(), across_portals(), inside(house.place.portal_id):
        yield


def _fault(house: RealHouse, **fault: object) -> None:
    house.server.state.faults.add(fault)


def _writes(house: RealHouse) -> int:
    return sum(call["method"] != "GET" for call in house.server.state.calls.since())
