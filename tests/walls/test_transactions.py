"""Whose rows a transaction is about: said anew in each, and never left over for the next."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

import webapp
from tests.portal_world import portal_app
from tests.settings import ENVIRONMENT
from webapp.cli.root import tandem
from webapp.embedded import EmbeddedPostgres
from webapp.extensions import db
from webapp.services import portals
from webapp.store.portals import Portal, Profile
from webapp.walls import across_portals, enter, inside, outside_portals, staying

ACROSS = {
    "services/bin.py: purge": "what lay in any bin for 30 days, one portal after the other",
    "services/connecting.py: finish": "a callback names its trip, and only that its portal",
    "services/diagnosis.py: _asked": "counts over the whole installation, without a name",
    "services/keys.py: forget": "keys are the installation's",
    "services/keys.py: in_use": "keys are the installation's",
    "services/keys.py: rotate": "keys are the installation's",
    "services/doctor/examination.py: _looked": "the installation's health, each connection's among it",
    "services/leases.py: give_back_abandoned": "leases that ended processes of this machine held, anywhere",
    "services/metrics.py: _ask": "counts over the whole installation, without a name",
    "services/erasing.py: _has_place": "whether a login gives a place in any portal",
    "services/erasing.py: _require_other_owners": "whether a person is the only Owner of any portal",
    "services/portal_deletions.py: _forget_budgets": "whether another portal uses an organization's budget",
    "services/portal_deletions.py: _forget_lonely": "whether a login gives a place in any portal",
    "services/portals.py: portals": "the list of all, for the command line",
    "services/reminders.py: remind": "what waits too long anywhere, told in one portal after the other",
    "services/retention.py: retain_in_turn": "whose turn it is to lose what is old, one after the other",
    "services/sweep.py: due_connections": "whatever is due, whoever's it is",
    "services/sweep.py: seconds_to_next_poll": "when anybody is polled next",
    "store/calls.py: RememberedCalls.keep": "an organization's budget is one, however many connect to it",
    "store/calls.py: RememberedCalls.load": "an organization's budget is one, however many connect to it",
    "store/client_users.py: client_places": "which portals a login is the client user of",
    "store/connections.py: portal_of": "a job names a connection, and only that its portal",
    "store/invitations.py: of_token": "a mail's link names its invitation, and only that its portal",
    "store/erased.py: ready": "who is to be erased, in one portal after the other",
    "store/mails.py: any_due": "mails are sent for all portals, one after the other",
    "store/mails.py: claim": "mails are sent for all portals, one after the other",
    "store/mails.py: settle": "mails are sent for all portals, one after the other",
    "store/portal_deletions.py: due": "which portals are to go, one after the other",
    "store/portals.py: place_of": "whether a user has a place in the portal of an address",
    "store/portals.py: places_of": "which portals a user has places in",
    "store/portals.py: portal_by_key": "which portal a key names",
    "store/webhooks.py: found_by": "an address names its webhook, and only that its portal",
    "store/sessions.py: live_session": "whether a session's user has a place in the portal of an address",
}
"""Everything that sees across portals, with the reason."""


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture(autouse=True)
def within_no_portal():
    """Begin where a process begins."""
    with outside_portals():
        yield
        db.session.remove()


@pytest.fixture
def here():
    return portals.add_portal(f"p{uuid.uuid4().hex[:10]}", "Nordlicht").id


@pytest.fixture
def elsewhere():
    return portals.add_portal(f"p{uuid.uuid4().hex[:10]}", "Elsewhere").id


def seen():
    """Tell whose profiles are seen."""
    return set(db.session.scalars(select(Profile.portal_id)))


def test_nothing_is_seen_until_a_portal_is_entered(here, elsewhere):
    assert seen() == set()
    with inside(here):
        assert seen() == {here}
    with across_portals():
        assert seen() >= {here, elsewhere}
    assert seen() == set()


def test_a_transaction_follows_from_one_portal_to_the_next(here, elsewhere):
    with inside(here):
        assert seen() == {here}
        with inside(elsewhere):
            assert seen() == {elsewhere}
        assert seen() == {here}


def test_each_transaction_says_it_anew(here):
    with inside(here):
        for _ in range(3):
            assert seen() == {here}
            db.session.commit()
            assert seen() == {here}
            db.session.rollback()


def test_what_a_transaction_said_is_not_left_on_its_connection(here):
    with inside(here), db.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM profile")) == 4
        number = connection.scalar(text("SELECT pg_backend_pid()"))
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) == number
        assert connection.scalar(text("SELECT count(*) FROM profile")) == 0
        assert connection.scalar(text("SELECT current_setting('tandem.portal', true)")) == ""


def test_what_a_savepoint_took_back_is_said_again(here, elsewhere):
    with inside(here):
        assert seen() == {here}
        savepoint = db.session.begin_nested()
        with inside(elsewhere):
            assert seen() == {elsewhere}
            savepoint.rollback()
            assert seen() == {elsewhere}
        assert seen() == {here}


def test_a_savepoint_is_gone_back_to_after_a_failure_whatever_is_shown_by_then(here, elsewhere):
    with inside(here):
        assert seen() == {here}
        with inside(elsewhere):
            savepoint = db.session.begin_nested()
            with pytest.raises(db.exc.DataError):
                db.session.execute(text("SELECT 1 / 0"))
            savepoint.rollback()
            assert seen() == {elsewhere}
        assert seen() == {here}


def test_going_back_to_a_savepoint_shows_nothing_of_where_it_was_made(here, elsewhere):
    with db.engine.connect() as connection:
        with inside(here):
            assert connection.scalar(text("SELECT count(*) FROM profile WHERE portal_id = :id"), {"id": here})
            savepoint = connection.begin_nested()
        with inside(elsewhere):
            assert connection.scalars(text("SELECT id FROM portal")).all() == [elsewhere]
            savepoint.rollback()
            assert connection.scalars(text("SELECT id FROM portal")).all() == [elsewhere]


def test_a_transaction_that_failed_ends_its_portal_all_the_same(here):
    with pytest.raises(ZeroDivisionError), inside(here):
        seen()
        raise ZeroDivisionError
    assert seen() == set()


def test_a_portal_entered_is_left_with_what_surrounds_it(here):
    with outside_portals():
        enter(here)
        assert seen() == {here}
    assert seen() == set()


def test_what_is_sent_after_a_portal_was_left_stays_its_own(here, elsewhere):
    with inside(here):
        rows = staying(seen() for _ in range(2))
    with inside(elsewhere):
        assert [next(rows), seen(), next(rows), seen()] == [{here}, {elsewhere}] * 2
        assert list(rows) == []


def test_a_thread_begins_outside(app, here):
    def ask():
        with app.app_context():
            return seen()

    with inside(here), ThreadPoolExecutor(1) as thread:
        assert thread.submit(ask).result() == set()


def test_rows_read_a_few_at_a_time_are_the_portals_own(here, elsewhere):
    with inside(here):
        rows = db.session.scalars(select(Profile).execution_options(yield_per=1))
        assert {row.portal_id for row in rows} == {here}


def test_a_write_into_another_portal_fails(here, elsewhere):
    with inside(here):
        db.session.add(Profile(portal_id=elsewhere, name="Owner of all", permissions=[]))
        with pytest.raises(db.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_a_portal_is_not_told_of_another(here, elsewhere):
    with inside(here):
        assert db.session.get(Portal, elsewhere) is None


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of which every role is known, with a database that is up to date."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False) as running:
        addresses = {"TANDEM_OWNER_DATABASE_URL": running.owner_url, "DATABASE_URL": running.url}
        assert CliRunner().invoke(tandem, ["db", "upgrade"], env=addresses).exit_code == 0
        yield running


@pytest.mark.parametrize("role", ["tandem", "postgres"])
def test_a_role_above_the_wall_is_refused_with_the_remedy(server, role):
    address = server.owner_url.replace("//tandem:", f"//{role}:")
    result = CliRunner().invoke(tandem, ["portal", "list"], env=ENVIRONMENT | {"DATABASE_URL": address})
    assert result.exit_code == 1
    assert "use a role that is neither superuser nor owner" in result.stderr


@pytest.mark.parametrize("role", ["tandem_search", "tandem", "postgres"])
def test_a_role_that_may_be_one_above_the_wall_is_refused(server, role):
    superuser = server.owner_url.replace("//tandem:", "//postgres:")
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"GRANT {role} TO tandem_app WITH INHERIT FALSE")
        try:
            result = CliRunner().invoke(
                tandem, ["portal", "list"], env=ENVIRONMENT | {"DATABASE_URL": server.url}
            )
        finally:
            connection.execute(f"REVOKE {role} FROM tandem_app")
    assert result.exit_code == 1
    assert "use a role that is neither superuser nor owner, nor may be another" in result.stderr


@pytest.mark.parametrize("words", ["serve --port 0", "worker --queue bulk", "schedule"])
def test_no_process_starts_as_the_owner(server, words):
    result = subprocess.run(
        [sys.executable, "-m", "webapp.cli", *words.split()],
        env=os.environ | ENVIRONMENT | {"DATABASE_URL": server.owner_url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 1
    assert "use a role that is neither superuser nor owner" in result.stderr


def test_an_owner_who_may_make_no_role_is_told_who_makes_it(tmp_path):
    with (
        EmbeddedPostgres(tmp_path / "postgres", durable=False) as bare,
        psycopg.connect(bare.owner_url.replace("//tandem:", "//postgres:"), autocommit=True) as superuser,
    ):
        superuser.execute("ALTER ROLE tandem NOCREATEROLE")
        addresses = {"TANDEM_OWNER_DATABASE_URL": bare.owner_url, "DATABASE_URL": bare.url}
        refused = CliRunner().invoke(tandem, ["db", "upgrade"], env=addresses)
        assert refused.exit_code == 1
        remedy = refused.stderr.partition("Have a superuser say: ")[2]
        superuser.execute(remedy)
        assert CliRunner().invoke(tandem, ["db", "upgrade"], env=addresses).exit_code == 0


def test_every_place_that_sees_across_portals_is_known():
    root = Path(webapp.__file__).parent
    found = {}
    for path in sorted(root.rglob("*.py")):
        for name, function in functions(ast.parse(path.read_text("utf-8"))):
            if uses(function, "across_portals"):
                found[f"{path.relative_to(root)}: {name}"] = ACROSS.get(f"{path.relative_to(root)}: {name}")
    found.pop("walls.py: across_portals", None)
    assert found == ACROSS


def functions(tree, prefix=""):
    """List the functions of a module, those of classes too, each with its name."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield f"{prefix}{node.name}", node


def uses(function, name):
    """Tell whether a function names another, in its body or as a decorator."""
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return name in names or any(
        isinstance(node, ast.Attribute) and node.attr == name for node in ast.walk(function)
    )
