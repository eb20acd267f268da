"""The portal's customers and their people: the list, one in detail, unlinking and linking again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from webapp.services.history import HistoryPage
from webapp.store.customers import Contact, Customer
from webapp.store.runs import Run

FILTERS = ("", "new", "linked", "only_here", "inactive")
SORTS = ("name", "-name", "newest", "changed")
PAGE_SIZE = 50
PEOPLE_SHOWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact as a list shows it."""

    id: uuid.UUID
    name: str
    designation: str
    email: str
    phone: str
    primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A customer as the list shows it: the first people of ``people_count``, and whether it is in sync.

    ``linked`` are the ids of the connections it is linked to, none meaning "only here"; ``new`` from the
    last import.
    """

    id: uuid.UUID
    name: str
    currency: str
    active: bool
    people: tuple[Person, ...]
    people_count: int
    linked: tuple[uuid.UUID, ...]
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """A page of customers; ``counts`` by filter under the present search, "all" without inactive ones."""

    rows: tuple[CustomerRow, ...]
    counts: dict[str, int]
    total: int
    number: int
    pages: int
    q: str
    filter: str
    sort: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameFrom:
    """A link as a page tells it: which connection, since when, by which run (its number, if it has one)."""

    connection_id: uuid.UUID
    provider: str
    organization: str
    their_id: str
    since: datetime
    run_id: uuid.UUID | None
    run_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDetail:
    """A contact and where it came from; no links means it was made here."""

    contact: Contact
    came_from: tuple[CameFrom, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetails:
    """A customer with its contacts, where each came from, and the newest page of their history."""

    customer: Customer
    came_from: tuple[CameFrom, ...]
    contacts: tuple[ContactDetail, ...]
    history: HistoryPage


def page(
    portal_id: uuid.UUID, *, q: str = "", filter: str = "", sort: str = "name", number: int = 1
) -> CustomerPage:
    """List customers; names, e-mails and phones of all their people are searched."""
    raise NotImplementedError


def detail(portal_id: uuid.UUID, customer_id: uuid.UUID, *, history_page: int = 1) -> CustomerDetails:
    """Tell all about one customer; raises ``NotFound``."""
    raise NotImplementedError


def unlink(
    portal_id: uuid.UUID, customer_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID
) -> None:
    """Take a customer and its contacts out of step with the provider; both sides keep what they have.

    Raises ``NotFound`` for an unknown customer; harmless when it is not linked.
    """
    raise NotImplementedError


def link_again(
    portal_id: uuid.UUID, customer_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID
) -> Run:
    """Open a review that merges this customer with its twin there again.

    The twin is the one it was last linked to, else the only one of its name. Raises ``Refused`` if there is
    none.
    """
    raise NotImplementedError
