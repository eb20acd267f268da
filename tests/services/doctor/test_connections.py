"""What the doctor says of each connection of each portal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from tests.mirror_world import MAIN, MemoryProvider
from webapp.extensions import db
from webapp.providers import Registry
from webapp.sdk import AuthorizationLost
from webapp.services import context, portals
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.mirror import MOST_FAILURES, MirrorCustomer
from webapp.store.runs import Run
from webapp.walls import inside

NAME = "nordlicht: Harbour Ltd"
AFTER_ALL = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


@pytest.fixture
def provider(app):
    """The provider, kept in memory."""
    kept = MemoryProvider()
    app.extensions["tandem_providers"] = Registry([kept.provider()])
    return kept


@pytest.fixture
def connect(provider):
    """Connect a portal; one that is well, but for the columns given."""
    portal_id = portals.add_portal("nordlicht", "Nordlicht Studio").id

    def make(*, rows=(), **columns):
        made, moment = new_id(), now()
        values = {
            "provider": "ledgerly",
            "region": "eu",
            "state": "connected",
            "organization_id": MAIN.id,
            "organization_name": "Harbour Ltd",
            "organization_key": f"ledgerly:{made}",
            "credentials": context.safe().seal(
                '{"token": "secret"}', portal=portal_id, owner=made, field="credentials"
            ),
            "connected_at": moment - timedelta(days=9),
            "refreshed_at": moment - timedelta(minutes=2),
            "census_started_at": moment - timedelta(hours=9),
            "census_finished_at": moment - timedelta(hours=8),
            **columns,
        }
        with inside(portal_id):
            db.session.add(Connection(portal_id=portal_id, id=made, **values))
            db.session.flush()
            for table, row in rows:
                db.session.execute(insert(table).values(portal_id=portal_id, connection_id=made, **row))
            db.session.commit()

    return make


def test_without_connections_there_is_nothing_to_say(app, found):
    assert found("connections")["all"].level == "ok"


def test_one_that_is_well_says_how_old_what_it_knows_is(connect, found):
    connect(calls={"calls_left_today": 812, "day_limit": 1000})
    seen = found("connections")[NAME]
    assert seen.level == "ok"
    assert seen.says == "Read 2 minutes ago. Full pass 8 hours ago. 812 calls left today."


@pytest.mark.parametrize(
    ("columns", "level", "says"),
    [
        ({"state": "attention", "attention": "The token was revoked."}, "fault", "The token was revoked."),
        ({"provider": "gone"}, "fault", "It cannot go on."),
        ({"credentials": "lost:abcd"}, "fault", "credentials cannot be read"),
        ({"credentials": ""}, "fault", "credentials cannot be read"),
        ({"refreshed_at": -timedelta(minutes=20)}, "warning", "last asked 20 minutes ago"),
        ({"refreshed_at": -timedelta(hours=5)}, "fault", "last asked 5 hours ago"),
        ({"census_started_at": -timedelta(days=3)}, "warning", "Everything was last read"),
        ({"census": {"fault": "Ledgerly listed no customers."}}, "warning", "Ledgerly listed no customers."),
        (
            {"paused_until": timedelta(minutes=30), "failures": 4, "pause_reason": "It is down."},
            "warning",
            "after 4 failures in a row: It is down.",
        ),
        ({"bulk_paused_until": timedelta(hours=3)}, "warning", "No bulk work is asked"),
        (
            {
                "calls": {
                    "day_limit": 1000,
                    "calls_left_today": 150,
                    "day_resets_at": AFTER_ALL,
                }
            },
            "warning",
            "150 of 1000 calls of the day are left",
        ),
        ({"state": "authorizing", "created_at": -timedelta(hours=1)}, "warning", "Signing in has not"),
        ({"state": "choosing"}, "ok", "An organization has to be picked"),
    ],
)
def test_each_trouble_is_said_with_what_it_means(connect, found, columns, level, says):
    connect(
        **{name: now() + value if isinstance(value, timedelta) else value for name, value in columns.items()}
    )
    [seen] = [each for each in found("connections").values() if each.subject == NAME]
    assert (seen.level, says in seen.says) == (level, True), seen.says
    assert bool(seen.remedy) is (level != "ok")


def test_customers_that_cannot_be_read_are_counted(connect, found):
    row = {"their_id": "7", "failures": MOST_FAILURES, "name": "Anna Harbour", "changed_at": now()}
    connect(rows=[(MirrorCustomer, row)])
    seen = found("connections")[NAME]
    assert seen.says.startswith("1 customers could not be read again and again")
    assert "Anna" not in seen.says


def test_a_run_that_does_not_end_is_named(connect, found):
    row = {"kind": "import", "state": "running", "number": 12, "confirmed_at": now() - timedelta(hours=4)}
    connect(rows=[(Run, {"id": new_id(), **row})])
    assert found("connections")[NAME].says == "Run 12 is not over 4 hours after it was confirmed."


def test_one_that_was_disconnected_is_nobodys_trouble(connect, found):
    connect(state="disconnected")
    assert list(found("connections")) == ["all"]


def test_no_provider_is_asked_unless_it_is_wished(connect, provider, found):
    connect()
    found("connections")
    assert provider.asked == []
    assert found("connections", ask_providers=True)[NAME].says.endswith("Its provider answers.")
    assert provider.asked == ["organizations"]


def test_an_authorisation_that_is_gone_shows_when_the_provider_is_asked(connect, provider, found):
    connect()
    provider.fails["organizations"] = [AuthorizationLost("The token was revoked.")]
    seen = found("connections", ask_providers=True)[NAME]
    assert (seen.level, "The token was revoked." in seen.says) == ("fault", True)


def test_an_organization_that_is_no_longer_open_shows_when_the_provider_is_asked(connect, provider, found):
    connect(organization_id="somebody else's")
    seen = found("connections", ask_providers=True)[NAME]
    assert (seen.level, "no longer opens" in seen.says) == ("fault", True)
