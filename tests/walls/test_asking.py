"""Whatever is asked of another portal, and wherever: nothing of it is read, and nothing in it changes.

`make soak` asks 5,000 times.
"""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.portal_world import PROVIDER
from tests.soaking import seeds
from tests.walls.asking import ask_around, fields
from tests.walls.places import digest_of, furnished
from tests.web.pages import pages_app
from webapp.extensions import db
from webapp.providers import Registry
from webapp.store.policies import walled_tables

REQUESTS = 600
PLANTED = 200
UNWALLED = 12
"""So many rounds of every address are asked at most until one request both goes through and writes."""
SEED = 20_251
FILLED = (
    *("customer", "contact", "link", "run_item", "notice", "user", "conflict", "problem", "webhook"),
    *("project", "invitation", "profile", "client_user"),
)
"""Tables of which a portal must hold something, else nothing in them could be told or changed."""
_OF_PORTAL = re.compile(r'(?:"?\w+"?\.)?\bportal_id = %\(\w+\)s(?:::UUID)?', re.IGNORECASE)


@pytest.fixture(scope="module")
def app(module_database_url, redis_url):
    with pages_app(module_database_url, redis_url, registry=Registry([PROVIDER])) as made:
        made.extensions["tandem_redis"].flushdb()
        yield made


@pytest.fixture
def places(app):
    """Two portals: who asks, and whose data it is."""
    return [furnished(app, f"p{secrets.token_hex(4)}", f"q{secrets.token_hex(6)}") for _ in range(2)]


@contextmanager
def no_query_asks_for_a_portal(app):
    """Take the condition on the portal out of every query: the fault that walls are there for."""
    taken = []

    def forget(connection, cursor, statement, parameters, context, executemany):
        forgotten = _OF_PORTAL.sub("true", statement)
        taken.append(forgotten != statement)
        return forgotten, parameters

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", forget, retval=True)
    try:
        yield taken
    finally:
        event.remove(engine, "before_cursor_execute", forget)


@contextmanager
def no_row_level_security(owner):
    """Take the wall inside the database down."""
    names = [table.name for table in walled_tables()]
    for name in names:
        owner.execute(f'ALTER TABLE "{name}" DISABLE ROW LEVEL SECURITY')
    try:
        yield
    finally:
        for name in names:
            owner.execute(f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY')


@pytest.mark.soak
@pytest.mark.parametrize("seed", seeds(1, soak=9))
def test_nothing_of_another_portal_is_read_and_nothing_in_it_changes(
    app, places, as_owner, module_database_url, seed
):
    own, other = places
    with as_owner(module_database_url) as owner:
        before = digest_of(owner, other)
        assert all(before[name] for name in FILLED)
        found = ask_around(app, own, other, seed=seed, requests=REQUESTS)
        assert found.leaks == []
        assert found.faults == []
        assert digest_of(owner, other) == before
    # What is asked well is answered: else nothing was tried.
    assert found.answered == set(own.askers)
    assert found.statuses[200] > found.reads / 10
    assert found.statuses[404] > REQUESTS / 10
    assert len(found.endpoints) == len({rule.endpoint for rule in app.url_map.iter_rules()}) - 2


def test_a_query_that_forgets_the_portal_tells_and_changes_nothing(
    app, places, as_owner, module_database_url
):
    own, other = places
    with as_owner(module_database_url) as owner:
        before = digest_of(owner, other)
        with no_query_asks_for_a_portal(app) as taken:
            found = ask_around(app, own, other, seed=SEED, requests=PLANTED)
        assert sum(taken) > PLANTED / 2
        assert found.leaks == []
        assert digest_of(owner, other) == before


def test_without_the_wall_the_same_fault_is_seen(app, places, as_owner, module_database_url):
    own, other = places
    every = len(list(app.url_map.iter_rules()))
    with as_owner(module_database_url) as owner:
        before = digest_of(owner, other)
        with no_row_level_security(owner), no_query_asks_for_a_portal(app):
            leaks, written = 0, False
            for round_ in range(UNWALLED):
                # Whoever may do everything comes soonest to what both goes through and writes.
                asked = ask_around(app, own, other, seed=SEED + round_, requests=every, askers=["Owner"])
                leaks += len(asked.leaks)
                written = digest_of(owner, other) != before
                if leaks and written:
                    break
        assert leaks
        assert written


def test_what_pages_send_is_known():
    assert {"q", "page", "pick", "to", "duplicates", "organization", "state"} <= set(fields())
