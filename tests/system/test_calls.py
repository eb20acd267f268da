"""How often the provider is called, by the sandbox's own log."""

from __future__ import annotations

import pytest

from bench.goals import most_calls
from tests.soaking import tries
from tests.system.place import Place
from tests.system.whole import Tandem

CUSTOMERS = tries(250, soak=1000)
PEOPLE = 2.5


@pytest.mark.soak
def test_mirrors_and_imports_everyone_within_the_calls_promised(tandem: Tandem, place: Place):
    tandem.practice.reset(customers=CUSTOMERS, contacts_per_customer=PEOPLE)
    run = place.start(place.connect(), "clone")
    progress = place.await_end(run)
    assert progress.counts["created"] == CUSTOMERS
    assert len(tandem.practice.calls()) <= most_calls(CUSTOMERS, round(CUSTOMERS * PEOPLE))
    assert place.contacts() == sum(len(each["persons"]) for each in tandem.practice.customers().values())


def test_a_refresh_without_changes_is_one_call(tandem: Tandem, place: Place):
    connection = place.connect()
    tandem.practice.clear_log()
    place.refresh(connection)
    assert len(tandem.practice.calls()) == 1
