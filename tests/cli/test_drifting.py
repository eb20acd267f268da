"""``tandem drift``: what it prints, and the exit code scripts go by."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, update

from tests.portal_world import World
from tests.settings import make_settings
from webapp.app import create_app
from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.links import Link
from webapp.walls import across_portals

DRIFT = ("drift", "--portal", "nordlicht")


def linked(environment, *, due):
    """Link a customer that is called otherwise there."""
    app = create_app(make_settings(**environment))
    with app.app_context(), across_portals():
        connection = db.session.scalars(select(Connection)).one()
        world = World(connection.portal_id, connection.connected_by, connection.id)
        their_id = world.there("1", "Arc Ltd")
        world.link(their_id, world.here("Arc", company_name="", website=""))
        db.session.execute(update(Link).values(due_at=now() if due else None))
        db.session.commit()
        db.engine.dispose()


@pytest.mark.usefixtures("connected")
def test_without_links_both_sides_are_in_step(run):
    result = run(*DRIFT)
    assert (result.exit_code, result.output) == (0, "0 linked customers compared: both sides are in step.\n")


@pytest.mark.usefixtures("connected")
def test_what_nothing_explains_ends_with_one_and_says_the_remedy(run, environment):
    linked(environment, due=False)
    result = run(*DRIFT)
    assert result.exit_code == 1, result.output
    assert "unexplained\tArc\tname\there 'Arc', there 'Arc Ltd'" in result.output
    assert "1 explained by nothing. Read everything anew" in result.output


@pytest.mark.usefixtures("connected")
def test_what_waits_for_its_turn_ends_with_zero(run, environment):
    linked(environment, due=True)
    result = run(*DRIFT)
    assert result.exit_code == 0, result.output
    assert "1 differences (1 due); 0 explained by nothing." in result.output


@pytest.mark.usefixtures("connected")
def test_each_difference_is_a_line_of_json_for_scripts(run, environment):
    linked(environment, due=True)
    (line,) = run(*DRIFT, "--json").stdout.splitlines()
    told = json.loads(line)
    assert (told["customer"], told["field"], told["ours"], told["theirs"], told["reason"]) == (
        "Arc",
        "name",
        "Arc",
        "Arc Ltd",
        "due",
    )


def test_an_unknown_portal_is_said_in_a_line(run):
    result = run("drift", "--portal", "nobody")
    assert result.exit_code == 1
    assert result.stderr.startswith("tandem: ")
