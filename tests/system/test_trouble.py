"""Imports in which something goes wrong in the middle: each customer comes once, and nothing is lost."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.system.place import Place
from tests.system.whole import Tandem

LARGE = 400
"""So many that an import is still under way when a test has noticed that it began."""


@pytest.fixture
def large(tandem: Tandem) -> dict[str, str]:
    """The names of many customers in the sandbox, by id."""
    tandem.practice.reset(customers=LARGE, contacts_per_customer=2.5)
    return {each["id"]: each["name"] for each in tandem.practice.customers().values()}


def test_two_imports_at_once_bring_each_customer_once(tandem: Tandem, place: Place):
    connection = place.connect()
    runs = [place.start(connection, "clone"), place.start(connection, "clone")]
    ends = [place.await_end(run) for run in runs]
    assert sum(end.counts["created"] + end.counts["cloned"] for end in ends) == 60
    assert sum(end.counts["skipped"] + end.counts["changed"] for end in ends) == 60
    assert place.names() == Counter(each["name"] for each in tandem.practice.customers().values())


def test_cancelling_keeps_what_is_done_and_begins_nothing_more(
    tandem: Tandem, place: Place, large: dict[str, str]
):
    run = place.start(place.connect())
    place.await_items(run, 20)
    place.cancel(run)
    end = place.await_end(run)
    assert end.state == "cancelled"
    assert 20 <= end.counts["created"] < LARGE
    assert end.counts["created"] + end.counts["cancelled"] == LARGE
    assert sum(place.names().values()) == end.counts["created"]


def test_a_revoked_authorisation_asks_for_a_person_and_the_run_goes_on_after_reconnecting(
    tandem: Tandem, place: Place
):
    connection = place.connect()
    ids = [
        tandem.practice.create(f"Harbour {number}", website="https://there.example") for number in range(5)
    ]
    for number in range(5):
        place.add(f"Harbour {number}", website="")
    place.refresh(connection)
    tandem.practice.revoke_all()
    run = place.start(connection, "merge", *ids)
    tandem.until(lambda: place.connection(connection).state == "attention", what="attention")
    waiting = place.progress(run)
    assert not waiting.finished
    assert "attention" in waiting.pause
    place.connect()
    end = place.await_end(run)
    assert end.counts["merged"] == 5
    assert place.names() == Counter(f"Harbour {number}" for number in range(5))
