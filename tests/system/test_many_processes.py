"""Two web servers, four workers and two schedulers on one database and one Valkey: one budget, one truth."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from chaos.load import login
from tests.system.place import Place
from tests.system.whole import Tandem
from webapp.budget import BudgetState
from webapp.extensions import db
from webapp.services import audit, context
from webapp.services.authorizing import organization_key
from webapp.services.runs import Progress
from webapp.store import processes
from webapp.store.customers import Customer

CUSTOMERS = 60
EDITED = 4
"""How many customers are edited in each portal."""

KINDS = {("worker", "--queue", "bulk"), ("worker", "--queue", "push"), ("schedule",)}


@dataclass(frozen=True, slots=True)
class Busy:
    """What two portals connected to one organization did at once, half of it by each web server."""

    tandem: Tandem
    places: tuple[Place, Place]
    connections: tuple[uuid.UUID, uuid.UUID]
    ends: tuple[Progress, Progress]
    edits: Mapping[str, str]
    second_web: str


@pytest.fixture(scope="module")
def busy(running_tandem: Tandem) -> Iterator[Busy]:
    """Both import everybody from an organization that may be asked one thing at a time, and edit some."""
    tandem = running_tandem
    tandem.begin(seed=3, customers=CUSTOMERS, contacts_per_customer=1.5)
    with tandem.doubled() as second_web:
        tandem.until(lambda: _all_run(tandem), what="all processes to do their rounds")
        _permit_one_at_a_time(tandem)
        places = Place.new(tandem), Place.new(tandem)
        first, second = (place.begin_to_connect() for place in places)
        for place, connection in zip(places, (first, second), strict=True):
            place.await_mirror(connection)
        runs = places[0].start(first, "clone"), places[1].start(second, "clone")
        ends = places[0].await_end(runs[0]), places[1].await_end(runs[1])
        edits = _edit_at_once(places, (tandem.url, second_web))
        tandem.until(lambda: _told(tandem, edits), what="every edit to be there")
        for place, connection in zip(places, (first, second), strict=True):
            place.refresh(connection)
        yield Busy(tandem, places, (first, second), ends, edits, second_web)
    tandem.practice.settings(latency_ms=0, concurrency=10)
    tandem.wipe_valkey()


def test_two_of_each_kind_run(busy: Busy):
    assert {kind: len(busy.tandem.processes(*kind)) for kind in KINDS} == dict.fromkeys(KINDS, 2)


def test_all_processes_share_one_budget_of_the_organization(busy: Busy):
    refused = [call for call in busy.tandem.practice.log() if call["status"] not in (200, 201)]
    assert refused == []


def test_each_item_is_carried_out_once(busy: Busy):
    there = Counter(each["name"] for each in busy.tandem.practice.customers().values())
    for place, end in zip(busy.places, busy.ends, strict=True):
        assert {name: count for name, count in end.counts.items() if count and name != "contacts"} == {
            "created": CUSTOMERS
        }
        assert place.names() == there


def test_each_edit_is_written_once_and_both_portals_come_to_hold_it(busy: Busy):
    assert len(busy.tandem.practice.writes()) == len(busy.edits)
    busy.tandem.until(lambda: _hold(busy.places[0], busy.edits), what="the edits of the second portal")
    busy.tandem.until(lambda: _hold(busy.places[1], busy.edits), what="the edits of the first portal")


def test_both_web_servers_tell_the_same_to_whoever_logged_in_at_one(busy: Busy):
    place = busy.places[0]
    visitor, address = login(place), f"/p/{place.key}/client-users/"
    first, second = visitor.open(address), visitor.open(busy.second_web + address)
    names = [label for label, _ in first.links]
    assert set(place.names()) & set(names)
    assert (second.status, [label for label, _ in second.links]) == (200, names)


def test_the_audit_of_both_portals_is_unbroken(busy: Busy):
    with busy.tandem.app.app_context():
        assert [audit.verify(place.portal_id) for place in busy.places] == [None, None]


def _all_run(tandem: Tandem) -> bool:
    running = [tandem.processes(*kind) for kind in KINDS]
    with tandem.app.app_context():
        seen = {each.pid for each in processes.seen()}
    return all(len(each) == 2 for each in running) and {each.pid for two in running for each in two} <= seen


def _permit_one_at_a_time(tandem: Tandem) -> None:
    """Have the organization refuse more than one call at once, and the budget permit no more."""
    tandem.practice.settings(latency_ms=60, concurrency=1)
    tandem.wipe_valkey()
    organization_id = tandem.practice.token()["organization_id"]
    with tandem.app.app_context():
        key = organization_key(context.registry().get("books"), organization_id)
        context.budget().seed(key, BudgetState(calls_at_once=1))
        # It learns by the minute that more goes: on a slow machine that must not happen meanwhile.
        context.valkey().hset(f"tandem:budget:{{{key}}}:state", "minute_at", time.time() + 3600)


def _edit_at_once(places: tuple[Place, Place], webs: tuple[str, str]) -> dict[str, str]:
    """Edit customers in both portals at once, each by both web servers; return what is to be there."""
    with ThreadPoolExecutor(2) as people:
        edited = people.map(_edit, places, (webs, webs[::-1]), (0, EDITED))
        return {name: website for each in edited for name, website in each.items()}


def _edit(place: Place, webs: tuple[str, str], skipped: int) -> dict[str, str]:
    visitor, edited = login(place), {}
    for number, (our_id, name) in enumerate(_some(place, skipped)):
        web, website = webs[number % 2], f"https://{place.key}-{number}.example"
        form = visitor.open(f"{web}/p/{place.key}/customers/{our_id}/edit")
        saved = visitor.press(form, "Save", website=website)
        assert "is saved." in saved, saved.words
        edited[name] = website
    return edited


def _some(place: Place, skipped: int) -> list[tuple[uuid.UUID, str]]:
    with place.tandem.app.app_context():
        own = select(Customer.id, Customer.name).where(Customer.portal_id == place.portal_id)
        found = db.session.execute(own.order_by(Customer.name).offset(skipped).limit(EDITED))
        return [(row.id, row.name) for row in found]


def _told(tandem: Tandem, edits: Mapping[str, str]) -> bool:
    there = {each["name"]: each["website"] for each in tandem.practice.customers().values()}
    return edits.items() <= there.items()


def _hold(place: Place, edits: Mapping[str, str]) -> bool:
    with place.tandem.app.app_context():
        held = select(Customer.name, Customer.website).where(Customer.portal_id == place.portal_id)
        return edits.items() <= dict(map(tuple, db.session.execute(held))).items()
