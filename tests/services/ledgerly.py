"""A provider of 25 customers with two people each, as the tests of mirrors read it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import update

from tests.mirror_world import named
from webapp.extensions import db
from webapp.sdk import CensusPage, ContactData, CustomerDetail
from webapp.sdk.testing import Call, MemoryDirectory
from webapp.store.mirror import MirrorCustomer

CUSTOMERS = 25
PEOPLE = 2


def directory() -> MemoryDirectory:
    """Make the directory; it is told in pages of ten."""
    made = MemoryDirectory(prefix="T", page_size=10, parents_follow=True)
    with made.behind() as behind:
        for number in range(CUSTOMERS):
            customer = behind.create_customer(named(f"Customer {number:02}"))
            for person in range(PEOPLE):
                email = f"p{person}@c{number}.example"
                behind.create_contact(customer.id, ContactData(first_name=f"P{number}-{person}", email=email))
    return made


def names(calls: Iterable[Call]) -> list[str]:
    """Name the calls that were made."""
    return [call.name for call in calls]


def detail_of(books: MemoryDirectory, their_id: str) -> CustomerDetail:
    """Return a customer there with its people."""
    return next(detail for detail in books.customers() if detail.customer.id == their_id)


def without(their_id: str, page: CensusPage) -> CensusPage:
    """Leave a customer out of a page."""
    kept = tuple(row for row in page.customers if row.id != their_id)
    return CensusPage(customers=kept, cursor=page.cursor, total_pages=page.total_pages)


def forget_people() -> None:
    """Let nobody's people have been read."""
    db.session.execute(update(MirrorCustomer).values(contacts_digest=None))
    db.session.commit()
