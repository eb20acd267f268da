"""The portal's customers and their people: the list, one in detail, unlinking and linking again."""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services import audit, custom_fields, drafts, reviews, ticks
from webapp.services.checks import places_of, why_full
from webapp.services.client_users import ClientState, state_of
from webapp.services.custom_fields import OwnFields
from webapp.services.customer_rows import CustomerRow, row_of
from webapp.services.errors import NotFound, Refused
from webapp.services.history import HistoryPage, of_customer
from webapp.services.in_step import Beside, beside
from webapp.services.labels import name_of, provider_label
from webapp.services.ticks import Ticks, TickView
from webapp.services.unlinking import audit_given_up, end_links
from webapp.store import customer_list as store
from webapp.store import links
from webapp.store import ticks as tick_store
from webapp.store.client_users import with_states
from webapp.store.customer_list import FILTERS, SORTS
from webapp.store.customers import Contact, Customer, locked_customer
from webapp.store.in_step import links_with_origin
from webapp.store.picks import live_twins
from webapp.store.run_items import last_twin
from webapp.store.runs import Run

PAGE_SIZE = 50
LAST_PAGE = 1_000_000
"""Beyond it no page is looked for, though many more customers than 1,000 may be found."""

PEOPLE_SHOWN = 2
NOBODY = Ticks()
UNKNOWN = "There is no such customer in this portal."


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """A page of customers; ``counts`` by filter under the present search, "all" without inactive ones.

    ``ticked`` tells of what is selected. With ``more`` counting stopped at 1,000: the counts, the total and
    the pages are what is known at least.
    """

    rows: tuple[CustomerRow, ...]
    counts: dict[str, int]
    total: int
    more: bool
    ticked: TickView
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
    """A contact, where it came from (no links: made here), and where it stands as a ``client`` user."""

    contact: Contact
    came_from: tuple[CameFrom, ...]
    client: ClientState


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetails:
    """A customer with its contacts, where each came from, and the newest page of their history.

    ``beside`` tells of each link how the customer stands there, ``own`` which custom fields it has there;
    ``binned`` are contacts in the bin. ``full`` says why no contact can be added, and is blank where one can.
    """

    customer: Customer
    came_from: tuple[CameFrom, ...]
    beside: tuple[Beside, ...]
    own: tuple[OwnFields, ...]
    contacts: tuple[ContactDetail, ...]
    binned: tuple[Contact, ...]
    full: str
    history: HistoryPage


def page(
    portal_id: uuid.UUID,
    *,
    q: str = "",
    filter: str = "",
    sort: str = "name",
    number: int = 1,
    ticked: Ticks = NOBODY,
) -> CustomerPage:
    """List customers; names, e-mails and phones of all their people are searched.

    An unknown filter or sort means the first; a page beyond the end is the last.
    """
    wanted = filter if filter in FILTERS else ""
    sort = sort if sort in SORTS else SORTS[0]
    asked = store.Page(q=q, filter=wanted, sort=sort, offset=_offset(number), limit=PAGE_SIZE + 1)
    found = store.count(portal_id, asked)
    total = found.counts[wanted or "all"]
    pages = max(1, math.ceil(total / PAGE_SIZE))
    shown = max(1, min(number, LAST_PAGE if found.more else pages))
    if shown != number and found.ids is not None:
        return page(portal_id, q=q, filter=filter, sort=sort, number=shown, ticked=ticked)
    counted = None if found.more else total
    asked = replace(asked, offset=_offset(shown), total=counted, ids=found.ids)
    query = ticks.query_of(q, wanted)
    columns = tick_store.beside(portal_id, ticked, query) if ticked else ()
    rows = store.page_rows(portal_id, asked, people=PEOPLE_SHOWN, beside=columns)
    if not rows and shown > 1:
        return page(portal_id, q=q, filter=filter, sort=sort, ticked=ticked)
    if found.more:
        total = max(total, asked.offset + len(rows))
        pages = shown + (len(rows) > PAGE_SIZE)
    return CustomerPage(
        rows=tuple(row_of(each) for each in rows[:PAGE_SIZE]),
        counts=found.counts,
        total=total,
        more=found.more,
        ticked=TickView(**rows[0].summary) if ticked and rows else ticks.view(portal_id, ticked, query),
        number=shown,
        pages=pages,
        q=q,
        filter=wanted,
        sort=sort,
    )


def _offset(number: int) -> int:
    return (max(1, min(number, LAST_PAGE)) - 1) * PAGE_SIZE


def detail(portal_id: uuid.UUID, customer_id: uuid.UUID, *, history_page: int = 1) -> CustomerDetails:
    """Tell all about one customer; raises ``NotFound``."""
    rows = with_states(portal_id, customer_id)
    if not rows:
        raise NotFound(UNKNOWN)
    customer: Customer = rows[0].Customer
    people = [row for row in rows if row.Contact is not None]
    origins = links_with_origin(portal_id, customer_id)
    came_from = _came_from(origins)
    names = {customer.id: customer.name, **{row.Contact.id: row.Contact.name for row in people}}
    links_of_it = [row for row in origins if row.Link.kind == "customer"]
    living = [row for row in people if row.Contact.deleted_at is None]
    return CustomerDetails(
        customer=customer,
        came_from=came_from[customer_id],
        beside=tuple(beside(row) for row in links_of_it),
        own=custom_fields.of_customer(customer, (row.Connection for row in links_of_it)),
        contacts=tuple(
            ContactDetail(
                contact=row.Contact,
                came_from=came_from[row.Contact.id],
                client=state_of(customer, row.Contact, row),
            )
            for row in living
        ),
        binned=tuple(row.Contact for row in people if row.Contact.deleted_at is not None),
        full=why_full(places_of((row.Connection, row.Link.their_id) for row in links_of_it), len(living)),
        history=of_customer(portal_id, customer_id, names, number=history_page),
    )


def unlink(
    portal_id: uuid.UUID, customer_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID
) -> None:
    """Take a customer and its contacts out of step with the provider; both sides keep what they have.

    What may have been sent there goes into the history, too. Raises ``NotFound`` for an unknown customer;
    harmless when it is not linked.
    """
    if locked_customer(portal_id, customer_id) is None:
        db.session.rollback()
        raise NotFound(UNKNOWN)
    ended = end_links(portal_id, connection_id, customer_id, str(user_id))
    if ended.linked:
        details = {"connection": str(connection_id)}
        audit.record(portal_id, str(user_id), "customer.unlinked", str(customer_id), details)
    audit_given_up(portal_id, ended.in_doubt)
    db.session.commit()


def link_again(
    portal_id: uuid.UUID, customer_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID
) -> Run:
    """Open a review that merges this customer with its twin there again.

    The twin is the one it was last linked to, else the only one there of its name. Raises ``Refused`` if
    there is none.
    """
    customer = _customer(portal_id, customer_id)
    drafts.require_connected(portal_id, connection_id)
    if customer_id in links.of_records(portal_id, connection_id, [customer_id]):
        raise Refused(f"{customer.name} is linked already.")
    their_id = _twin(customer, connection_id)
    run = reviews.review_of(portal_id, connection_id, user_id, frozenset([their_id]))
    reviews.merge_with(run, their_id, customer_id)
    return run


def _customer(portal_id: uuid.UUID, customer_id: uuid.UUID) -> Customer:
    customer = db.session.get(Customer, (portal_id, customer_id))
    if customer is None or customer.deleted_at is not None:
        raise NotFound(UNKNOWN)
    return customer


def _twin(customer: Customer, connection_id: uuid.UUID) -> str:
    place = (customer.portal_id, connection_id)
    before = last_twin(customer.portal_id, customer.id, connection_id)
    if before is not None and before in live_twins(*place, their_ids=[before]):
        return before
    named = live_twins(*place, name_key=customer.name_key)
    if len(named) != 1:
        label = provider_label(*place)
        few = "No customer" if not named else "More than one customer"
        raise Refused(f"{few} in {label} has this name: choose it in the import instead.")
    return named[0]


def _came_from(origins: Iterable[Row[Any]]) -> dict[uuid.UUID, tuple[CameFrom, ...]]:
    found: dict[uuid.UUID, tuple[CameFrom, ...]] = defaultdict(tuple)
    for row in origins:
        link, connection = row.Link, row.Connection
        found[link.our_id] += (
            CameFrom(
                connection_id=connection.id,
                provider=name_of(connection),
                organization=connection.organization_name,
                their_id=link.their_id,
                since=link.created_at,
                run_id=link.run_id,
                run_number=row.number,
            ),
        )
    return found
