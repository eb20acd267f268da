"""How often a token is asked for when 50 calls at once find theirs expired."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

import requests

from bench.figures import Measured
from bench.ground import Ground, Site, connected_site, finish, ground, sandbox
from webapp.extensions import db
from webapp.services.accounts import open_directory
from webapp.store.connections import connection_by_id
from webapp.walls import inside

CALLERS = 50


def measure(size: int) -> Iterator[Measured]:
    """Let every token expire, then call from many processes at once, as workers do."""
    with sandbox(100, concurrency=0) as practice, ground(sandbox_url=practice.url) as place:
        with place.app.app_context():
            site = connected_site(practice)
            finish(site.connection_id)
        requests.post(f"{practice.url}/_sandbox/expire-all", timeout=30).raise_for_status()
        practice.clear_log()
        forking = get_context("fork")
        together = forking.Barrier(CALLERS)
        callers = [forking.Process(target=_call, args=(place, site, together)) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        if failed := sum(caller.exitcode != 0 for caller in callers):
            raise RuntimeError(f"{failed} of {CALLERS} callers got no answer")
        yield Measured("tokens.calls", sum("/oauth/" in call for call in practice.calls()))


def _call(place: Ground, site: Site, together: Barrier) -> None:
    with place.app.app_context(), inside(site.portal_id):
        db.engine.dispose(close=False)
        connection = connection_by_id(site.connection_id, portal_id=site.portal_id)
        assert connection is not None
        directory = open_directory(connection, interactive=True)
        db.session.rollback()
        together.wait()
        directory.changed(None)
