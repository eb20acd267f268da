"""A person's browser, in this process: fetches a page and tells how long that took, all and the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from bench.ground import Ground, Site
from bench.timing import seconds_of, statements
from tests.web.people import browser_of
from webapp.extensions import db

OK = 200


@dataclass(frozen=True, slots=True)
class Visit:
    """What one answer took."""

    seconds: float
    database: float
    queries: int
    text: str


class Visitor:
    """The owner of a portal, logged in."""

    def __init__(self, place: Ground, there: Site) -> None:
        self._client = browser_of(place.app, there.user_id)
        self._root = f"/p/{there.key}"
        with place.app.app_context():
            self._engine: Engine = db.engine

    def get(self, address: str, *, fragment: bool = False) -> Visit:
        """Fetch a page of the portal, or the fragment of it that a search brings."""
        return self._visit("GET", address, fragment=fragment)

    def post(self, address: str, **form: Any) -> Visit:
        """Send a form, as htmx does."""
        return self._visit("POST", address, fragment=True, data=form)

    def drain(self, address: str) -> int:
        """Take a file as it comes and keep nothing of it; tell how many bytes it had."""
        answer = self._client.get(self._root + address)
        if answer.status_code != OK:
            raise RuntimeError(f"GET {address} was answered with {answer.status}")
        return sum(len(piece) for piece in answer.iter_encoded())

    def _visit(self, method: str, address: str, *, fragment: bool, **options: Any) -> Visit:
        headers = {"HX-Request": "true"} if fragment else {}
        answers: list[Any] = []

        def ask() -> None:
            answers.append(self._client.open(self._root + address, method=method, headers=headers, **options))

        with statements(self._engine) as seen:
            took = seconds_of(ask)
        if answers[0].status_code != OK:
            raise RuntimeError(f"{method} {address} was answered with {answers[0].status}")
        return Visit(took, seen.seconds, len(seen.texts), answers[0].text)
