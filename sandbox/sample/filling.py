"""Fills a register with the sample data of a seed."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.records import Contact, Person
from sandbox.register import Register
from sandbox.sample.curated import CURATED
from sandbox.sample.customs import custom_fields
from sandbox.sample.drafts import Draft
from sandbox.sample.generated import generate

CUSTOMERS_OF_SECOND = 24
NEWEST = int(datetime(2026, 11, 1, 9, 30, tzinfo=UTC).timestamp())
SPAN = 3 * 365 * 86_400
BULK_EDIT = NEWEST - 20 * 86_400
BULK_EDITED = 450


@dataclass(frozen=True, slots=True)
class Sample:
    """Which sample data there is; contacts_per_customer is the mean number of persons."""

    seed: int = 1
    customers: int = 100
    contacts_per_customer: float = 2.5

    def __post_init__(self) -> None:
        if type(self.seed) is not int or type(self.customers) is not int or self.customers < 0:
            raise ValueError("seed and customers are whole numbers, customers 0 or more.")
        if isinstance(self.contacts_per_customer, bool) or not 0 <= self.contacts_per_customer <= 100:
            raise ValueError("contacts_per_customer is a number from 0 to 100.")


def fill(register: Register, reserve_ids: Callable[[int], int], sample: Sample) -> None:
    """Fill an organization: the default one with the curated customers first, any other with a few.

    Those begin with the curated ones of its own currency, so that both know somebody.
    """
    organization = register.organization
    if organization.is_default:
        curated, customers, seed = CURATED, sample.customers, sample.seed
    else:
        curated = tuple(
            each for each in CURATED if each.fields["currency_code"] == organization.base_currency
        )
        customers, seed = min(sample.customers, CUSTOMERS_OF_SECOND), sample.seed + 1
    drafts = generate(curated, customers, sample.contacts_per_customer, seed, organization.base_currency)
    gc.disable()
    try:
        _file(register, reserve_ids, drafts, customers)
    finally:
        gc.enable()


def _file(
    register: Register, reserve_ids: Callable[[int], int], drafts: Iterable[Draft], customers: int
) -> None:
    step = SPAN // max(1, customers + customers // 20)
    for number, draft in enumerate(drafts):
        created = NEWEST - SPAN + number * step
        if number % 200 >= 160:
            created = NEWEST - SPAN + (number - number % 200 + 160) * step
        modified = created + int((NEWEST - created) * draft.age_of_edit)
        if number % 4 == 1 and number < 4 * BULK_EDITED and created < BULK_EDIT:
            modified = BULK_EDIT
        contact = _contact(draft, reserve_ids(len(draft.persons) + 5), created, modified)
        if contact.contact_type == "customer":
            contact.custom_fields = custom_fields(register.organization, number, created)
        register.file(contact)


def _contact(draft: Draft, first_id: int, created: int, modified: int) -> Contact:
    contact_id = str(first_id)
    persons = [
        Person(str(first_id + number), contact_id, created, modified, **fields)
        for number, fields in enumerate(draft.persons, start=1)
    ]
    return Contact(
        id=contact_id,
        created=created,
        modified=modified,
        address_id=first_id + len(persons) + 1,
        source="user",
        persons=persons,
        primary_contact_id=persons[0].id if persons else "",
        **draft.fields,
    )
