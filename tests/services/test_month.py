"""A month in which both sides change and the provider has its troubles: what it costs, and what is left."""

from __future__ import annotations

import random

import pytest

from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.state import State
from tests.mirror_world import BOOKS, Place, portal_app
from tests.month import Month
from tests.moved_clock import BY_THIS_CLOCK, MovedClock
from tests.soaking import NUMBER, tries
from webapp.budget import Budget
from webapp.services import context, drift
from webapp.store.calls import RememberedCalls
from webapp.walls import inside

POLLS = 288
SPARE = 17
"""Calls a day beside polls and the pages of a census: 480 less 288 less 175 at 35,000 records."""

CUSTOMERS = tries(40, soak=10_000)
DAYS = tries(5, soak=30)
PAGE = 200
CALLS_PER_CHANGE = 4


@pytest.fixture(scope="module")
def module_database_url(own_database_url):
    """A database with functions of its own."""
    return own_database_url


@pytest.fixture(scope="module")
def month(module_database_url, redis_url, as_owner):
    address = f"{module_database_url}?{BY_THIS_CLOCK}"
    with as_owner(module_database_url) as owner:
        clock = MovedClock(owner, address)
        state = State(Sample(seed=5 + NUMBER, customers=CUSTOMERS), clock=clock)
        with (
            SandboxServer(state) as server,
            portal_app(address, redis_url, BOOKS, sandbox_url=server.url) as app,
        ):
            app.extensions["tandem_budget"] = Budget(context.valkey(), clock=clock, memory=RememberedCalls())
            place = Place.new()
            made = place.connect_sandbox(server)
            yield Month(place.portal_id, made, place.user_id, server, clock, random.Random(NUMBER))
        clock.stop()


@pytest.mark.soak
def test_a_month_of_edits_and_faults_on_both_sides_keeps_to_its_calls_and_ends_in_step(month):
    month.begin()
    month.set_rule("portal")
    deeds, troubles = (12, 3) if NUMBER else (0.5, 0.3)
    days = month.pass_days(DAYS, here=deeds, there=deeds, troubles=troubles)
    a_day = POLLS + SPARE + month.records() / PAGE
    assert month.calls() <= days * a_day + CALLS_PER_CHANGE * month.changed
    assert days > DAYS - 1
    with inside(month.portal_id):
        assert list(drift.differences(month.portal_id, month.connection_id)) == []
    assert month.unlike() == []
