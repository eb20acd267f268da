"""What a customer is found by: the text that a search reads, and the keys of those that may be the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from webapp.store.customers import Contact, Customer, called
from webapp.store.search import search_text
from webapp.sync import alike
from webapp.sync.alike import Traits

_PEOPLE = ("first_name", "last_name", "email", "phone", "mobile")


def found_by(customer: Mapping[str, Any], people: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the columns a customer is found by, of the columns of its row and of its people's."""
    people = list(people)
    texts, phones = [customer["name"], customer["company_name"]], []
    for each in people:
        texts += [called(each["first_name"], each["last_name"], each["email"]), each["email"]]
        phones += [each["phone"], each["mobile"]]
    return {"search": search_text(texts, phones), "alike": alike.keys(traits_of(customer, people))}


def traits_of(customer: Mapping[str, Any], people: Iterable[Mapping[str, Any]]) -> Traits:
    """Return what of a customer is compared with others."""
    people = list(people)
    return alike.traits(
        (customer["name"], customer["company_name"]),
        (each["email"] for each in people),
        (each[name] for each in people for name in ("phone", "mobile")),
    )


def find_anew(customer: Customer, people: Iterable[Contact]) -> None:
    """Bring up to date what a customer is found by."""
    columns = found_by(
        {"name": customer.name, "company_name": customer.company_name},
        [{name: getattr(each, name) for name in _PEOPLE} for each in people],
    )
    customer.search, customer.alike = columns["search"], columns["alike"]
