"""A pass from the command line: what it would do, what it did, and the exit codes scripts go by."""

from __future__ import annotations

import pytest

from tests.settings import make_settings
from webapp.app import create_app
from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory
from webapp.walls import across_portals

SYNC = ("sync", "--portal", "nordlicht")


@pytest.fixture
def imported(run):
    """One customer is imported."""
    run("refresh", "--portal", "nordlicht")
    result = run("import", "--portal", "nordlicht", "--search", "brückner", "--duplicates", "skip")
    assert result.exit_code == 0, result.output


@pytest.fixture
def portal(environment):
    """Act in the portal beside the commands."""
    with create_app(make_settings(**environment)).app_context(), across_portals():
        yield
        db.session.remove()
        db.engine.dispose()


def pause(moment):
    db.session.execute(db.update(Connection).values(sync_paused_at=moment))
    db.session.commit()


def edit(**changes):
    [customer] = db.session.scalars(db.select(Customer)).all()
    directory = PortalDirectory(customer.portal_id)
    directory.update_customer(str(customer.id), changes)
    db.session.commit()


@pytest.mark.usefixtures("connected", "somebody_works", "imported")
def test_a_pass_that_finds_everything_in_step_says_so(run):
    result = run(*SYNC)
    assert result.exit_code == 0, result.output
    assert "0 records written here, 0 there" in result.stdout


@pytest.mark.usefixtures("connected", "somebody_works", "imported", "portal")
def test_a_dry_run_prints_the_plan_and_a_pass_carries_it_out(run):
    pause(now())
    edit(website="https://new.example")
    shown = run(*SYNC, "--dry-run")
    assert shown.exit_code == 3
    assert "change customer" in shown.stdout
    assert "https://new.example” (changed here)" in shown.stdout
    assert "1 customer: 0 writes here, 1 in Zoho Books. Nothing was written." in shown.stdout
    refused = run(*SYNC)
    assert (refused.exit_code, "is paused" in refused.stderr) == (1, True)
    pause(None)
    done = run(*SYNC)
    assert done.exit_code == 0, done.output
    assert run(*SYNC, "--dry-run").stdout.startswith("Nothing is to be done")
