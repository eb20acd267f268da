"""How many calls the main job costs, by the sandbox's own log: reading an organization and importing it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.figures import Measured
from bench.goals import most_calls
from bench.ground import connected_site, finish, ground, sandbox
from webapp.services import imports
from webapp.store.runs import Query, Selection
from webapp.walls import inside

PEOPLE = 2.5


def measure(size: int) -> Iterator[Measured]:
    """Carry the main job out on a tenth of the size; the whole of it is measured while pages are read."""
    customers = size // 10
    with sandbox(customers, PEOPLE) as practice, ground(sandbox_url=practice.url) as place:
        with place.app.app_context():
            site = connected_site(practice)
            began = time.perf_counter()
            finish(site.connection_id)
            yield Measured("reading.small", round(customers / (time.perf_counter() - began)))
            with inside(site.portal_id):
                everyone = Selection(queries=(Query(inactive=True),))
                imports.start(site.portal_id, site.connection_id, None, everyone, "clone")
            finish(site.connection_id)
        yield Measured("calls.small", len(practice.calls()), most_calls(customers, round(customers * PEOPLE)))
