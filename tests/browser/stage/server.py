"""The portal's pages behind a real address, served by threads of this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from plugins.books import hooks as books
from plugins.invoice import hooks as invoice
from tests.ledger import KEYED
from tests.plugged import hooked
from tests.web.pages import pages_app
from webapp.hooks import Hooks
from webapp.providers import Broken, Registry
from webapp.sdk import Veto, Writing, hookimpl

UNREACHABLE = "postgresql://nobody@127.0.0.1:1/nothing"
BROKEN = Broken(
    name="abacus",
    distribution="tandem-abacus",
    version="0.9.2",
    reason="it was written for version 2 of the SDK, this portal has 1: update the portal",
)


class Guard:
    """A plugin that lets nothing of a customer travel."""

    @hookimpl
    def tandem_before_write(self, writing: Writing) -> Veto:
        """Refuse."""
        return Veto(reason="The bookkeeping has closed this customer: open it again there first.")


HOUSES: dict[str, dict[str, Any]] = {
    "": {},
    "read only": {"TANDEM_READ_ONLY": "on"},
    "no database": {"database_url": UNREACHABLE},
    "no plugin": {"registry": Registry([])},
    "a broken plugin": {"registry": Registry([], [BROKEN])},
    "keys alone": {"registry": Registry([KEYED])},
    "a guard": {
        "registry": Registry(
            [books.tandem_provider(), invoice.tandem_provider()],
            hooks=Hooks([hooked("ledger_guard", Guard())]),
        )
    },
}
"""Installations that answer otherwise than most, each with what is other in it."""

MAIL = {"TANDEM_MAIL_URL": "smtp://127.0.0.1:1", "TANDEM_MAIL_FROM": "Tandem <tandem@example.com>"}
"""Mails leave, so pages that send them show all they have; no worker is there to hand them in."""


class Quiet(WSGIRequestHandler):
    """Answers without a line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Street:
    """The pages of all houses on one database, each served from when somebody first asks for it."""

    def __init__(self, database_url: str, redis_url: str, running: ExitStack) -> None:
        self._asked = {"database_url": database_url, "redis_url": redis_url, **MAIL}
        self._running = running
        self._addresses: dict[str, str] = {}

    def address(self, house: str) -> str:
        """Give the address of a house."""
        if house not in self._addresses:
            app = self._running.enter_context(pages_app(**{**self._asked, **HOUSES[house]}))
            self._addresses[house] = self._running.enter_context(served(app))
        return self._addresses[house]


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application, and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
