"""The sample data: the same for a seed, as varied as promised, quick to make."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from functools import cache
from itertools import pairwise
from time import process_time
from typing import Any

import pytest

from sandbox.records import Contact, Person
from sandbox.register import Register, fold
from sandbox.sample.filling import Sample
from sandbox.state import State


@cache
def main_register(customers: int = 2000, seed: int = 1, persons: float = 2.5) -> Register:
    """Return the default organization of a sample."""
    state = State(Sample(seed, customers, persons))
    return state.registers[state.default_organization.id]


def customers(register: Register) -> list[Contact]:
    """Return the customers of a register."""
    return [contact for contact in register.contacts.values() if contact.contact_type == "customer"]


@cache
def texts() -> list[str]:
    """Return every text of every contact and person."""
    register = main_register()
    people: list[Contact | Person] = [*register.contacts.values(), *register.persons.values()]
    return [value for each in people for value in asdict(each).values() if isinstance(value, str)]


def test_is_the_same_for_a_seed_and_another_for_another() -> None:
    first, again = State(Sample(7, 300)), State(Sample(7, 300))
    other = State(Sample(8, 300))
    records = [
        [asdict(each) for register in state.registers.values() for each in register.contacts.values()]
        for state in (first, again, other)
    ]
    assert records[0] == records[1]
    assert records[0] != records[2]


@pytest.mark.parametrize("number", [0, 1, 40, 1000])
def test_has_as_many_customers_as_asked_for_and_a_twentieth_of_vendors(number: int) -> None:
    register = main_register(number)
    assert len(customers(register)) == number
    assert len(register.contacts) - number == number // 20


@pytest.mark.parametrize("mean", [0.5, 1.0, 2.5, 4.0])
def test_has_the_mean_number_of_persons_exactly(mean: float) -> None:
    found = customers(main_register(1000, persons=mean))
    assert sum(len(contact.persons) for contact in found) == 1000 * mean


def test_names_are_unique_as_zoho_compares_them() -> None:
    register = main_register()
    names = {fold(contact.name) for contact in register.contacts.values()}
    assert len(names) == len(register.contacts)


def test_begins_with_the_hand_made_customers() -> None:
    found = customers(main_register())
    first = found[0]
    assert (first.name, len(first.persons)) == ("Ærø Søtransport ApS", 3)
    assert first.billing_address == {
        "address": "Havnen 4",
        "zip": "5970",
        "city": "Ærøskøbing",
        "country": "Denmark",
    }
    mette = first.primary
    assert mette is not None
    assert (mette.first_name, mette.last_name, mette.phone) == ("Mette", "Kjærgaard", "+45 62 55 01 41")
    names = {contact.name: contact for contact in found}
    assert names["Vila Nova Arquitectos"].status == "inactive"
    assert names["Zweite Heimat Buchhandlung e.K."].persons == []
    assert len(names["株式会社みなと設計"].persons) == 7
    assert names["Grand River Orthodontics LLC"].persons[0].salutation == "Dr."


def test_has_the_promised_shares() -> None:
    found = customers(main_register())
    currencies = Counter(contact.currency_code for contact in found)
    assert 0.75 < currencies["EUR"] / len(found) < 0.87
    assert len(currencies) > 6
    assert 0.02 < sum(contact.status == "inactive" for contact in found) / len(found) < 0.07
    assert 0.05 < sum(not contact.persons for contact in found) / len(found) < 0.35


def test_has_emails_that_are_shared_and_missing() -> None:
    emails = Counter(person.email for person in main_register().persons.values())
    assert emails[""] > 100
    assert sum(count > 1 for email, count in emails.items() if email) > 50
    assert all(email.lower().endswith(".example") for email in emails if email)


def test_has_phones_in_many_formats() -> None:
    phones = {person.phone for person in main_register().persons.values() if person.phone}
    patterns = {"".join("9" if each.isdigit() else each for each in phone) for phone in phones}
    assert len(patterns) > 40


@pytest.mark.parametrize(
    "part",
    [
        "<script>",
        "=HYPERLINK(",
        "\u202e",
        "🌻",
        "'; DROP TABLE",
        "ليلى",
        "佐藤",
        "Παπα",
        "Кова",
        "शर्मा",
        "כהן",
    ],
)
def test_has_awkward_values_and_many_scripts(part: str) -> None:
    assert any(part in text for text in texts())


def test_has_values_as_long_as_may_be() -> None:
    register = main_register()
    assert max(len(contact.name) for contact in register.contacts.values()) == 200
    assert max(len(person.first_name) for person in register.persons.values()) == 100
    assert max(len(person.email) for person in register.persons.values()) == 100
    assert all(len(person.phone) <= 50 for person in register.persons.values())


def test_has_near_duplicates() -> None:
    names = {fold(contact.name) for contact in main_register().contacts.values()}
    assert any(f"{name} gmbh" in names or f"the {name}" in names for name in names)


def test_ids_and_times_of_creation_ascend_together() -> None:
    found = list(main_register().contacts.values())
    assert all(a.id < b.id and a.created <= b.created for a, b in pairwise(found))
    assert all(contact.created <= contact.modified for contact in found)
    assert any(a.created == b.created for a, b in pairwise(found))


def test_many_were_changed_in_the_same_second() -> None:
    times = Counter(contact.modified for contact in main_register().contacts.values())
    assert max(times.values()) > 200


def test_a_hundred_thousand_customers_start_within_seconds() -> None:
    started = process_time()
    register = main_register(100_000)
    assert process_time() - started < 15
    assert (len(register.contacts), len(customers(register))) == (105_000, 100_000)
    main_register.cache_clear()


@pytest.mark.parametrize("given", [{"customers": -1}, {"seed": "x"}, {"contacts_per_customer": 1000.0}])
def test_refuses_an_impossible_sample(given: Any) -> None:
    with pytest.raises(ValueError, match=r"seed and customers|contacts_per_customer"):
        Sample(**given)


def test_both_organizations_know_somebody() -> None:
    main, second = State(Sample(customers=40)).registers.values()
    shared = {contact.name for contact in main.contacts.values()} & {
        contact.name for contact in second.contacts.values()
    }
    assert "Grand River Orthodontics LLC" in shared
