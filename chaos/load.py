"""Who uses a portal while it is being broken: readers of its pages, and an editor of its customers."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread

import requests
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from tests.system.pages import Visitor
from tests.system.place import PASSWORD, Place
from webapp.extensions import db
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory
from webapp.walls import inside

READ_EVERY = 0.3
EDIT_EVERY = 0.4
PAGES = ("client-users/", "client-users/?q=aal", "runs/", "connections/", "client-users/?filter=linked")

EDITED = "https://edited-"
"""How the websites begin that people write here while it storms."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One page that was asked for: when, how it went, and how long it took; no status is no answer."""

    at: float
    status: int | None
    seconds: float


@dataclass
class Load:
    """Readers and, unless others edit, an editor at work, as a context.

    ``edits`` holds, by customer, every website that may be there at the end: the last one that was kept, and
    those of which it is not known.
    """

    place: Place
    readers: int
    seed: int
    editor: bool = True
    readings: list[Reading] = field(default_factory=list)
    edits: dict[uuid.UUID, set[str]] = field(default_factory=dict)
    _over: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def __enter__(self) -> Load:
        for number in range(self.readers):
            self._start(self._read, number)
        if self.readers and self.editor:
            self._start(self._edit, self.readers)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def failed_outside(self, troubles: Sequence[tuple[float, float]]) -> list[Reading]:
        """List readings that failed though nothing was broken just then."""
        return [
            each
            for each in self.readings
            if (each.status is None or each.status >= 500)
            and not any(began <= each.at + each.seconds and each.at <= ended for began, ended in troubles)
        ]

    def _start(self, work: Callable[[random.Random], None], number: int) -> None:
        thread = Thread(target=work, args=(random.Random(f"{self.seed} {number}"),), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _read(self, chance: random.Random) -> None:
        visitor: Visitor | None = None
        while not self._over.wait(READ_EVERY):
            began = time.monotonic()
            status = None
            with suppress(requests.RequestException, AssertionError):
                visitor = visitor or login(self.place)
                status = visitor.open(f"/p/{self.place.key}/{chance.choice(PAGES)}").status
            self.readings.append(Reading(began, status, time.monotonic() - began))

    def _edit(self, chance: random.Random) -> None:
        number = 0
        while not self._over.wait(EDIT_EVERY):
            number += 1
            website = f"{EDITED}{number}.example"
            with self.place.tandem.app.app_context(), inside(self.place.portal_id):
                try:
                    self._change(chance, website)
                except SQLAlchemyError:
                    db.session.rollback()

    def _change(self, chance: random.Random, website: str) -> None:
        """Change a customer nobody is merging with: a bystander, or one that the import has made."""
        made = select(Customer.id).where(
            Customer.portal_id == self.place.portal_id, Customer.website.not_like("https://here-%")
        )
        ids = list(db.session.scalars(made.order_by(Customer.id.desc()).limit(50)))
        if not ids:
            return
        chosen = chance.choice(ids)
        PortalDirectory(self.place.portal_id).update_customer(str(chosen), {"website": website})
        # Until its commit has answered, either may be there.
        self.edits.setdefault(chosen, set()).add(website)
        db.session.commit()
        self.edits[chosen] = {website}


def login(place: Place) -> Visitor:
    """Return the owner of a portal, logged in."""
    visitor = Visitor(place.tandem.url)
    page = visitor.open(f"/p/{place.key}/")
    visitor.press(page, "Log in", email=place.email, password=PASSWORD)
    return visitor
