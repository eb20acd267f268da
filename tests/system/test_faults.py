"""A provider that answers badly while a merge writes there: it is made good, and nothing is there twice."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests.system.place import Place
from tests.system.whole import Tandem
from webapp.services.runs import Progress

TOO_LATE_MS = 10_500
"""Half a second more than an outside call is waited for."""

TO_THE_CUSTOMER: dict[str, dict[str, Any]] = {
    "too many calls": {"method": "PUT", "status": 429, "code": 44, "headers": {"Retry-After": "1"}},
    "an error of the server": {"method": "PUT", "status": 500},
    "a page instead of JSON": {"method": "PUT", "status": 502, "body": "<html>Bad gateway</html>"},
    "a page that says all is well": {"method": "GET", "status": 200, "body": "<html>Log in</html>"},
    "an answer cut in the middle": {"method": "PUT", "cut": "middle"},
    "a cut before the effect": {"method": "PUT", "cut": "before"},
    "a cut after the effect": {"method": "PUT", "cut": "before", "after_effect": True},
}
"""What goes wrong once with a customer's own address, while its website is written."""

TO_THE_PERSON: dict[str, dict[str, Any]] = {
    "no answer in time, before the effect": {"method": "POST", "delay_ms": TOO_LATE_MS, "status": 504},
    "no answer in time, after the effect": {"method": "POST", "delay_ms": TOO_LATE_MS, "after_effect": True},
}
"""What goes wrong once while a person is made, whose address is the same for all customers."""


@dataclass(slots=True)
class Case:
    """A merge that has to write one thing there."""

    place: Place
    their_id: str
    connection_id: uuid.UUID
    end: Progress | None = None


@pytest.fixture(scope="module")
def cases(running_tandem: Tandem) -> dict[str, Case]:
    """All faults at once, each in a portal of its own, since each makes its import pause for a while."""
    running_tandem.begin(customers=0)
    made = {name: prepare(running_tandem, name) for name in (*TO_THE_CUSTOMER, *TO_THE_PERSON)}
    for case in made.values():
        case.place.await_mirror(case.connection_id)
    for name, fault in TO_THE_CUSTOMER.items():
        running_tandem.practice.fault(path=f"/contacts/{made[name].their_id}$", **fault)
    for fault in TO_THE_PERSON.values():
        running_tandem.practice.fault(path="/contacts/contactpersons$", **fault)
    runs = {name: case.place.start(case.connection_id, "merge", case.their_id) for name, case in made.items()}
    for name, case in made.items():
        case.end = case.place.await_end(runs[name], within=150)
    assert running_tandem.practice.faults() == []
    return made


def prepare(tandem: Tandem, name: str) -> Case:
    """Make a customer on both sides: there it lacks the website, or the person, that the portal has."""
    place = Place.new(tandem)
    there = {"first_name": "Eero", "last_name": "Eskola", "email": "eero@harbour.example"}
    here = {"first_name": "Maija", "last_name": "Meri", "email": "maija@harbour.example"}
    their_id = tandem.practice.create(f"Harbour: {name}", there)
    if name in TO_THE_CUSTOMER:
        place.add(f"Harbour: {name}", there, website="https://harbour.example")
    else:
        place.add(f"Harbour: {name}", here, website="")
    return Case(place, their_id, place.begin_to_connect())


@pytest.mark.parametrize("name", [*TO_THE_CUSTOMER, *TO_THE_PERSON])
def test_a_merge_is_made_good_after(cases: dict[str, Case], name: str):
    case = cases[name]
    assert case.end is not None
    assert case.end.counts["merged"] == 1, case.end
    assert sum(case.place.names().values()) == 1


@pytest.mark.parametrize("name", TO_THE_CUSTOMER)
def test_the_website_is_there_after(running_tandem: Tandem, cases: dict[str, Case], name: str):
    there = running_tandem.practice.customers()[cases[name].their_id]
    assert there["website"] == "https://harbour.example"
    assert cases[name].place.contacts() == len(there["persons"]) == 1


@pytest.mark.parametrize("name", TO_THE_PERSON)
def test_each_person_is_there_once_after(running_tandem: Tandem, cases: dict[str, Case], name: str):
    there = running_tandem.practice.customers()[cases[name].their_id]
    assert sorted(each["first_name"] for each in there["persons"]) == ["Eero", "Maija"]
    assert cases[name].place.contacts() == 2
