"""How long an edit takes to the other side: idle, while everything is imported, by poll, by webhook."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle

import psycopg
import requests

from bench.figures import Measured
from bench.ground import Ground, Site, connected_site, finish, ground, sandbox
from bench.timing import percentile
from tests.system.practice import Practice
from webapp.demo.run import portal as processes_of_portal
from webapp.services import editing, holding, imports, webhooks
from webapp.services.typed import Form
from webapp.store.runs import Query, Selection
from webapp.supervisor import Supervisor
from webapp.walls import inside

LINKED = 20
EDITS = 20
POLLED = 3
POLL_SECONDS = 10
PATIENCE = 120.0
LOOKS_EVERY = 0.05

_LINKED_CUSTOMERS = """
    SELECT our_id, their_id, name FROM link JOIN customer ON id = our_id WHERE link.kind = 'customer'
"""


def measure(size: int) -> Iterator[Measured]:
    """Link a few customers of a tenth of the size, edit them on both sides, then while all are imported."""
    with (
        sandbox(size // 10, 1) as practice,
        ground(sandbox_url=practice.url) as place,
        Supervisor(place.folder, say=lambda line: None) as supervisor,
    ):
        travel = _linked(place, practice)
        for process in processes_of_portal(place.environment):
            supervisor.start(process)
        there = [travel.outwards() for _ in range(EDITS)]
        yield Measured("travelling.there", round(percentile(there, 0.95), 2))
        travel.poll_every(POLL_SECONDS)
        here = [travel.inwards() for _ in range(POLLED)]
        yield Measured("travelling.here", round(max(here) - POLL_SECONDS, 2))
        travel.poll_every(3600)
        with travel.webhook():
            yield Measured("travelling.webhook", round(max(travel.inwards() for _ in range(POLLED)), 2))
        travel.begin_import()
        there = [travel.outwards() for _ in range(EDITS)]
        yield Measured("travelling.there-meanwhile", round(percentile(there, 0.95), 2))
        yield Measured("travelling.imported-meanwhile", travel.imported())


@dataclass(slots=True)
class Travel:
    """Edits that go from one side to the other, each of another customer than the one before."""

    place: Ground
    practice: Practice
    there: Site
    pairs: Iterator[tuple[uuid.UUID, str, str]]
    number: int = 0

    def outwards(self) -> float:
        """Edit a customer here as a person does, and tell how long it takes to be there."""
        our_id, their_id, name = next(self.pairs)
        website = self._website()
        with self.place.app.app_context(), inside(self.there.portal_id):
            with holding.held(self.there.portal_id, our_id, self.there.user_id) as record:
                seen, version = {"website": record.fields["website"]}, record.row.version
            form = Form(version=version, seen=seen, typed={"website": website})
            editing.edit_customer(self.there.portal_id, our_id, self.there.user_id, form)
        return _until(lambda: self._is_there(name, their_id, website))

    def inwards(self) -> float:
        """Edit a customer there by hand, and tell how long it takes to be here."""
        our_id, their_id, _ = next(self.pairs)
        website = self._website()
        self.practice.edit("update_contact", contact_id=their_id, fields={"website": website})
        with self.place.fill() as reading:
            query = "SELECT website = %s FROM customer WHERE id = %s"
            return _until(lambda: reading.execute(query, [website, our_id]).fetchone() == (True,))

    def poll_every(self, seconds: int) -> None:
        """Have changes read so often; no page offers so short a time."""
        with self.place.fill() as filling:
            filling.execute("UPDATE connection SET poll_seconds = %s, next_look_at = now()", [seconds])

    @contextmanager
    def webhook(self) -> Iterator[None]:
        """Have the practice Zoho tell of its changes meanwhile."""
        portal_id, connection_id = self.there.portal_id, self.there.connection_id
        with self.place.app.app_context(), inside(portal_id):
            webhooks.make(portal_id, connection_id, user_id=None)
            shown = webhooks.view(portal_id, connection_id)
        self._tell({"url": shown.address, "secret": shown.secret})
        yield
        self._tell({})

    def begin_import(self) -> None:
        """Let everyone be imported."""
        with self.place.app.app_context(), inside(self.there.portal_id):
            _start(self.there, Selection(queries=(Query(inactive=True),)))

    def imported(self) -> int:
        """Tell how many were imported so far."""
        with self.place.fill() as reading:
            return _count(reading, "SELECT count(*) FROM link WHERE kind = 'customer'") - LINKED

    def _is_there(self, name: str, their_id: str, website: str) -> bool:
        found = requests.get(f"{self.practice.url}/_sandbox/state", params={"search": name}, timeout=30)
        contacts = found.json()["organizations"][0]["contacts"]
        return any(each["id"] == their_id and each["website"] == website for each in contacts)

    def _website(self) -> str:
        self.number += 1
        return f"https://edit-{self.number:04}.example"

    def _tell(self, webhook: dict[str, str]) -> None:
        answer = requests.post(f"{self.practice.url}/_sandbox/webhook", json=webhook, timeout=30)
        answer.raise_for_status()


def _linked(place: Ground, practice: Practice) -> Travel:
    """Read everything, and import a few."""
    with place.app.app_context():
        there = connected_site(practice)
        finish(there.connection_id)
        with inside(there.portal_id):
            _start(there, Selection(ids=frozenset(list(practice.customers())[:LINKED])))
        finish(there.connection_id)
    with place.fill() as reading:
        pairs = reading.execute(_LINKED_CUSTOMERS).fetchall()
    return Travel(place, practice, there, cycle(pairs))


def _start(there: Site, selection: Selection) -> None:
    imports.start(there.portal_id, there.connection_id, there.user_id, selection, "clone")


def _count(reading: psycopg.Connection, query: str) -> int:
    (number,) = reading.execute(query).fetchone() or (0,)
    return int(number)


def _until(done: Callable[[], bool]) -> float:
    began = time.perf_counter()
    while not done():
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError(f"An edit did not arrive within {PATIENCE:.0f} seconds")
        time.sleep(LOOKS_EVERY)
    return time.perf_counter() - began
