"""A database that is older than what was done with it: noticed, held, and looked at before it goes on."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from tests.databases import temporary_database, with_path
from tests.mirror_world import MemoryProvider, Place, connection, portal_app, refresh_all, set_connection
from tests.queries import queries
from webapp.embedded.programs import find_programs
from webapp.extensions import db
from webapp.services import context, leases, sync_settings, witness
from webapp.services.errors import Conflict
from webapp.services.look import look
from webapp.store import schema
from webapp.store.audit import AuditEntry
from webapp.store.leases import take_lease
from webapp.store.notices import Notice


@pytest.fixture
def led(place):
    """A connection that was worked with three times."""
    made = place.connect()
    refresh_all(made)
    for _ in range(3):
        leases.take(made).release()
    return made


def restored_to(connection_id, fence):
    """Let the connection's row be as it was at an earlier fence."""
    set_connection(connection_id, fence=fence, held={}, lease_until=None)


def held(connection_id):
    return connection(connection_id).held.get("why")


def elsewhere(connection_id):
    """Let the last lease have been taken in another database."""
    set_connection(connection_id, database="7.1.5.16400")


def test_a_fence_that_is_newer_outside_holds_the_sync(led):
    known = connection(led).fence
    restored_to(led, known - 2)
    assert leases.take(led) is None
    assert held(led) == "restored"
    assert connection(led).fence > known


def test_one_lease_that_was_forgotten_is_enough(led):
    restored_to(led, connection(led).fence - 1)
    assert leases.take(led) is None
    assert held(led) == "restored"


def test_reading_goes_on_while_it_is_held_and_everything_is_read_anew(led, there):
    restored_to(led, 1)
    leases.take(led)
    before = connection(led).census_started_at
    refresh_all(led)
    assert before is None
    assert connection(led).census_started_at is not None
    assert held(led) == "restored"


def test_those_who_look_after_connections_hear_of_it(led, place):
    restored_to(led, 1)
    leases.take(led)
    assert db.session.scalars(select(Notice.kind).where(Notice.portal_id == place.portal_id)).all() == [
        "connection.restored"
    ]
    actions = select(AuditEntry.action).where(AuditEntry.portal_id == place.portal_id)
    assert "connection.restored" in db.session.scalars(actions).all()


def test_it_says_from_when_to_when_work_was_forgotten(led):
    refreshed = connection(led).refreshed_at
    restored_to(led, 1)
    leases.take(led)
    remembers, known = witness.lost_since(connection(led).held)
    assert remembers == refreshed
    assert known is not None


def test_an_emptied_valkey_alone_holds_nothing(led):
    context.valkey().flushall()
    assert leases.take(led) is not None
    assert held(led) is None


def test_another_database_that_valkey_knows_well_holds_nothing(led):
    elsewhere(led)
    assert leases.take(led) is not None
    assert held(led) is None
    assert connection(led).database != "7.1.5.16400"


def test_another_database_of_which_valkey_knows_nothing_is_asked_about(led):
    elsewhere(led)
    context.valkey().flushall()
    assert leases.take(led) is None
    assert held(led) == "restored"
    assert leases.take(led) is not None


def test_a_database_from_before_databases_were_named_holds_nothing(led):
    set_connection(led, database="")
    context.valkey().flushall()
    assert leases.take(led) is not None
    assert held(led) is None


def test_two_databases_with_one_valkey_notice_each_other(led):
    fence = connection(led).fence
    leases.take(led).release()
    # The copy takes the same fence that the other just took.
    restored_to(led, fence)
    assert leases.take(led) is None
    assert held(led) == "restored"


def test_somebody_slow_who_lost_the_lease_meanwhile_holds_nothing(led):
    slow = take_lease(led, "somebody slow", 15, interactive=False)
    set_connection(led, lease_until=None)
    assert leases.take(led) is not None
    assert not witness.agrees(led, slow)
    assert held(led) is None


def test_without_valkey_work_that_needs_it_finds_out_by_itself(led, mirror_app, monkeypatch):
    closed = context.valkey().__class__.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.1)
    monkeypatch.setitem(mirror_app.extensions, "tandem_redis", closed)
    assert leases.take(led) is not None


def test_a_lease_costs_one_command_and_no_query_more(led):
    leases.take(led).release()
    before = context.valkey().info("commandstats")
    with queries(db.engine) as asked:
        lease = leases.take(led)
    after = context.valkey().info("commandstats")
    lease.release()
    assert len(asked) == 1, asked
    assert calls(after, "evalsha") - calls(before, "evalsha") == 1
    assert calls(after, "eval") == calls(before, "eval")


def calls(stats, command):
    return stats.get(f"cmdstat_{command}", {"calls": 0})["calls"]


def test_a_person_lets_it_go_on_for_what_they_saw_alone(led, place):
    restored_to(led, 1)
    leases.take(led)
    with pytest.raises(Conflict):
        sync_settings.go_on(place.portal_id, led, place.user_id, seen="2026-01-01T00:00:00+00:00")
    assert held(led) == "restored"
    since = connection(led).held["at"]
    sync_settings.go_on(place.portal_id, led, place.user_id, seen=since)
    assert held(led) is None
    refresh_all(led)
    assert held(led) is None
    notice = db.session.scalars(select(Notice).where(Notice.portal_id == place.portal_id)).one()
    assert notice.resolved_at is not None


@contextmanager
def application(url, redis_url, provider):
    with portal_app(url, redis_url, provider.provider()):
        yield


def dump_and_restore(url, copy_url, role, folder):
    """Copy a database as docs/operations.md says."""
    tools, seeing_all = find_programs(folder).folder, os.environ | {"PGOPTIONS": "-c tandem.portal=*"}
    dump = [tools / "pg_dump", "--enable-row-security", "--format=custom", url]
    dumped = subprocess.run(dump, env=seeing_all, check=True, capture_output=True)
    subprocess.run(
        [tools / "pg_restore", "--dbname", copy_url], input=dumped.stdout, env=seeing_all, capture_output=True
    )
    schema.upgrade(copy_url.replace("postgresql://", "postgresql+psycopg://"), application_role=role)


@pytest.mark.parametrize("flushed", [False, True], ids=["Valkey knows", "Valkey was emptied"])
def test_a_dump_that_is_restored_is_noticed(
    flushed, postgres_url, database_url, application_login, clean_redis_url, tmp_path
):
    provider, role = MemoryProvider(), application_login.partition(":")[0]
    with temporary_database(postgres_url, "template0", login=application_login) as copy_url:
        with application(database_url, clean_redis_url, provider):
            made = Place.new().connect()
            refresh_all(made)
            dump_and_restore(
                owner_of(postgres_url, database_url), owner_of(postgres_url, copy_url), role, tmp_path
            )
            look(made, interactive=False)
            leases.take(made).release()
        with application(copy_url, clean_redis_url, provider):
            if flushed:
                context.valkey().flushall()
            look(made, interactive=False)
            assert held(made) == "restored"


def owner_of(server_url, url):
    return with_path(server_url, urlsplit(url).path)
