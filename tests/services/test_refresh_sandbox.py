"""The mirror over real HTTP: how many calls it costs, and what a provider in trouble does to it."""

import pytest
import requests
from sqlalchemy import event, func, text, update

from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.state import State
from tests.mirror_world import BOOKS, Place, connection, mirrored, mirrored_contacts, portal_app, until_done
from webapp.budget import Budget
from webapp.extensions import db
from webapp.services import connection_views, context
from webapp.services.look import look
from webapp.store.connections import Connection

SMALL = 80
RENAMED = {"contact_name": "Renamed by someone"}


@pytest.fixture(scope="module")
def sandbox():
    with SandboxServer(State(Sample(customers=SMALL))) as server:
        yield server


@pytest.fixture(scope="module")
def sandbox_app(module_database_url, redis_url, sandbox):
    with portal_app(module_database_url, redis_url, BOOKS, sandbox_url=sandbox.url) as made:
        yield made


@pytest.fixture
def place(sandbox_app, sandbox):
    forget_budget()
    control(sandbox, "reset", tokens=True, customers=SMALL)
    yield Place.new()
    db.session.rollback()


def forget_budget():
    context.valkey().flushdb()
    db.session.execute(update(Connection).values(calls={}))
    db.session.commit()


def control(sandbox, what, /, **body):
    answer = requests.post(f"{sandbox.url}/_sandbox/{what}", json=body, timeout=10)
    answer.raise_for_status()
    return answer


def calls(sandbox):
    return requests.get(f"{sandbox.url}/_sandbox/log", timeout=10).json()


def refresh_all(connection_id):
    until_done(lambda: look(connection_id, interactive=False))


def set_connection(connection_id, **values):
    db.session.execute(update(Connection).where(Connection.id == connection_id).values(**values))
    db.session.commit()


def poll_is_due(connection_id):
    hour_ago = func.now() - text("interval '1 hour'")
    set_connection(connection_id, refreshed_at=hour_ago, next_look_at=func.now(), paused_until=None)


@pytest.fixture
def filled(place, sandbox):
    connection_id = place.connect_sandbox(sandbox)
    refresh_all(connection_id)
    control(sandbox, "log/clear")
    return connection_id


def test_a_thousand_customers_with_their_people_need_few_calls(place, sandbox):
    control(sandbox, "reset", customers=1000)
    connection_id = place.connect_sandbox(sandbox)
    refresh_all(connection_id)
    rows = mirrored(connection_id)
    assert len(rows) == 1000
    assert len(mirrored_contacts(connection_id)) == 2500
    assert all(row.contacts_digest for row in rows.values())
    assert len(calls(sandbox)) <= 32


def test_an_idle_poll_is_one_call_and_few_queries(filled, sandbox):
    poll_is_due(filled)
    statements = []

    def count(connection, cursor, statement, *rest):
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    refresh_all(filled)
    event.remove(db.engine, "before_cursor_execute", count)
    assert len(calls(sandbox)) == 1
    assert len(statements) <= 34


def edit_someone(sandbox, connection_id):
    their_id = next(iter(mirrored(connection_id)))
    control(sandbox, "clock", advance=5)
    control(sandbox, "edit", action="update_contact", contact_id=their_id, fields=RENAMED)
    return their_id


def test_a_change_there_is_here_after_two_calls(filled, sandbox):
    their_id = edit_someone(sandbox, filled)
    poll_is_due(filled)
    refresh_all(filled)
    row = mirrored(filled)[their_id]
    assert row.name == "Renamed by someone"
    assert row.detail_version == row.version
    assert len(calls(sandbox)) == 2


def test_a_block_outlives_a_wiped_valkey(filled, sandbox):
    block = {"status": 429, "body": {"code": 43, "message": "blocked"}, "headers": {"Retry-After": "3600"}}
    control(sandbox, "faults", path="/books/v3/contacts", times=1, **block)
    poll_is_due(filled)
    look(filled, interactive=False)
    context.valkey().flushdb()
    control(sandbox, "log/clear")
    poll_is_due(filled)
    look(filled, interactive=False)
    assert calls(sandbox) == []
    assert connection(filled).bulk_paused_until > connection(filled).refreshed_at


def test_a_revoked_authorisation_needs_attention(place, filled, sandbox):
    control(sandbox, "revoke-all")
    poll_is_due(filled)
    look(filled, interactive=False)
    view = connection_views.view(place.portal_id, filled)
    assert view.state == "attention"
    assert "Zoho Books no longer lets us in" in view.words


def test_an_expired_token_is_renewed_and_kept(filled, sandbox):
    before = connection(filled).credentials_version
    control(sandbox, "expire-all")
    poll_is_due(filled)
    refresh_all(filled)
    assert connection(filled).state == "connected"
    assert connection(filled).credentials_version == before + 1


def test_a_customer_deleted_there_is_asked_for_and_gone(filled, sandbox):
    their_id = sorted(mirrored(filled))[10]
    control(sandbox, "edit", action="delete_contact", contact_id=their_id)
    set_connection(filled, census_started_at=None, next_look_at=func.now())
    refresh_all(filled)
    gone = [key for key, row in mirrored(filled).items() if row.gone_at is not None]
    assert gone == [their_id]


def test_without_valkey_no_call_goes_out(filled, sandbox, sandbox_app, monkeypatch):
    away = Budget.at("redis://127.0.0.1:1/0")
    monkeypatch.setitem(sandbox_app.extensions, "tandem_budget", away)
    poll_is_due(filled)
    look(filled, interactive=False)
    assert calls(sandbox) == []
    assert connection(filled).state == "connected"


def test_the_first_rows_come_with_the_first_look(place, sandbox):
    connection_id = place.connect_sandbox(sandbox)
    look(connection_id, interactive=True)
    assert len(mirrored(connection_id)) == SMALL
