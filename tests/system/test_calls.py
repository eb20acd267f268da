"""How often the provider is called, by the sandbox's own log."""

from __future__ import annotations

from tests.system.place import Place
from tests.system.whole import Tandem


def test_mirrors_and_imports_1000_customers_within_33_calls(tandem: Tandem, place: Place):
    tandem.practice.reset(customers=1000, contacts_per_customer=2.5)
    run = place.start(place.connect(), "clone")
    progress = place.await_end(run)
    assert progress.counts["created"] == 1000
    assert len(tandem.practice.calls()) <= 33, tandem.practice.calls()
    assert place.contacts() == sum(len(each["persons"]) for each in tandem.practice.customers().values())


def test_a_refresh_without_changes_is_one_call(tandem: Tandem, place: Place):
    connection = place.connect()
    tandem.practice.clear_log()
    place.refresh(connection)
    assert len(tandem.practice.calls()) == 1
