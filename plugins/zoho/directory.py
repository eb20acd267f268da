"""An organization at Zoho as a Directory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from plugins.zoho import census, custom_fields, feed, mapping, writing
from plugins.zoho.client import Client, nothing
from plugins.zoho.mapping import Shape
from plugins.zoho.pages import PER_PAGE, Page, beyond_the_end, read_page
from webapp.sdk import (
    CUSTOM,
    CensusPage,
    ChangePage,
    ContactData,
    ContactPage,
    ContactRecord,
    CustomerData,
    CustomerDetail,
    CustomerRecord,
    Gone,
    ProviderError,
    Rejected,
    Skip,
    Unavailable,
    Value,
)

Record = TypeVar("Record")

# Sent always: Books' list begins with vendors in it, Invoice's without them.
_CUSTOMERS_ONLY = {"contact_type": "customer", "filter_by": "Status.All"}
_NEWEST_FIRST = {"sort_column": "last_modified_time", "sort_order": "D"}
# Neither the time of creation nor an id ever moves, so edits leave these orders alone.
_BY_AGE = {"sort_column": "created_time", "sort_order": "A"}
_BY_ID = {"sort_column": "contact_person_id", "sort_order": "A"}

# Where the search for the last page starts when nothing is known of the list's length: what costs fewest
# calls over organizations of a hundred to ten thousand customers.
_CUSTOMER_GUESS = 2
_CONTACT_GUESS = 32


@dataclass(frozen=True, slots=True)
class ZohoDirectory:
    """The customers and contacts of one organization, read and written over its API."""

    client: Client

    def changed(self, cursor: str | None) -> ChangePage:
        """Read one page of what changed, newest first: one call, and no more when nothing did.

        Should customers go meanwhile again and again, one may slip past a pass of several pages; the
        census tells it.
        """
        state = feed.from_cursor(cursor)
        asked = state or feed.Pass()
        page, customers = self._customers(_NEWEST_FIRST, asked.page, asked.size)
        state, more = feed.after(state, page, self.client.account.now())
        return ChangePage(customers=customers, cursor=feed.to_cursor(state), more=more)

    def census(self, cursor: str | None, *, expected: int | None = None) -> CensusPage:
        """Read one page of all customers, from the last page to the first; customers may come twice."""
        state = census.from_cursor(cursor) if cursor else census.begin(expected, _CUSTOMER_GUESS)
        page, customers = self._customers(_BY_AGE, state.page)
        next_cursor, total_pages = _progress(state, page)
        return CensusPage(customers=customers, cursor=next_cursor, total_pages=total_pages)

    def contact_census(self, cursor: str | None, *, expected: int | None = None) -> ContactPage:
        """Read one page of all contacts, as ``census`` does.

        Zoho's list does not tell vendors' persons apart: they come with ids of no customer.
        """
        state = census.from_cursor(cursor) if cursor else census.begin(expected, _CONTACT_GUESS)
        page, contacts = self._page(_person(), "contact_persons", _BY_ID, state.page, mapping.contacts)
        next_cursor, total_pages = _progress(state, page)
        return ContactPage(contacts=contacts, cursor=next_cursor, total_pages=total_pages)

    def lists_contacts(self) -> bool:
        """Tell whether this account has the list of all persons."""
        try:
            self.client.call("GET", _person(), nothing, params={"page": "1", "per_page": "1"})
        except Skip:
            return False
        return True

    def customer(self, customer_id: str) -> CustomerDetail:
        """Read one customer in full with its contacts."""
        detail = self.client.call("GET", _contact(customer_id), partial(mapping.detail, own=self._in_full))
        if detail is None:
            raise Gone("This is a vendor, not a customer.")
        return detail

    def create_customer(self, data: CustomerData) -> CustomerRecord:
        """Create a customer, in the organization's own currency unless another is given."""
        wanted = writing.known(data)
        active, currency = wanted.pop("active", None), wanted.pop("currency", None)
        own = data.custom_fields
        body = {**writing.customer_body(wanted), "contact_type": "customer"}
        if own:
            body["custom_fields"] = custom_fields.body_of(own, {})
        if currency:
            body["currency_id"] = self._currency_id(str(currency))
        record = self.client.call("POST", _contact(), self._written, json=body)
        return self._made_inactive(record) if active is False else record

    def update_customer(self, customer_id: str, changes: Mapping[str, Value]) -> CustomerRecord:
        """Write the named fields; a customer is made active before the others and inactive after them."""
        wanted = {field: value for field, value in changes.items() if value is not None}
        active = wanted.pop("active", None)
        own = {name: wanted.pop(name) for name in list(wanted) if name.startswith(CUSTOM)}
        body = writing.customer_body(wanted)
        record: CustomerRecord | None = None
        if active is True:
            self._post(_contact(customer_id, "active"))
        if body or own:
            record = self._put_customer(customer_id, body, own)
        if active is False:
            self._post(_contact(customer_id, "inactive"))
            record = None
        return record or self.customer(customer_id).customer

    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer with its contacts."""
        self.client.call("DELETE", _contact(customer_id), nothing)

    def create_contact(self, customer_id: str, data: ContactData) -> ContactRecord:
        """Create a contact; the first of a customer becomes its primary one by itself."""
        body = {"contact_id": customer_id, **writing.new_contact_body(data)}
        read = partial(mapping.written_contact, customer_id=customer_id)
        record = self.client.call("POST", _person(), read, json=body)
        return self._made_primary(record) if data.primary and not record.data.primary else record

    def update_contact(
        self, customer_id: str, contact_id: str, changes: Mapping[str, Value]
    ) -> ContactRecord:
        """Write the named fields; a contact ceases to be primary only by another becoming it."""
        wanted = {field: value for field, value in changes.items() if value is not None}
        primary = wanted.pop("primary", None)
        body = writing.contact_body(wanted)
        read = partial(mapping.written_contact, customer_id=customer_id)
        record: ContactRecord | None = None
        if body:
            body = {"contact_id": customer_id, **body}
            record = self.client.call("PUT", _person(contact_id), read, json=body)
        if primary is True:
            self._post(_person(contact_id, "primary"))
            record = mapping.as_primary(record) if record else None
        return record or self.client.call("GET", _contact(customer_id, "contactpersons", contact_id), read)

    def delete_contact(self, customer_id: str, contact_id: str) -> None:
        """Delete a contact."""
        self.client.call("DELETE", _person(contact_id), nothing)

    def _customers(
        self, order: Mapping[str, str], number: int, size: int = PER_PAGE
    ) -> tuple[Page, tuple[CustomerRecord, ...]]:
        params = {**_CUSTOMERS_ONLY, **order}
        return self._page(
            _contact(), "contacts", params, number, partial(mapping.customers, own=self._in_row), size
        )

    def _page(
        self,
        path: str,
        node: str,
        params: Mapping[str, str],
        number: int,
        records: Callable[[Iterable[Shape]], tuple[Record, ...]],
        size: int = PER_PAGE,
    ) -> tuple[Page, tuple[Record, ...]]:
        def read(body: Shape) -> tuple[Page, tuple[Record, ...]]:
            page = read_page(body, node, number, size)
            return page, records(page.rows)

        try:
            paging = {"page": str(number), "per_page": str(size)}
            return self.client.call("GET", path, read, params={**params, **paging})
        except Skip as refusal:
            if number > 1 and isinstance(refusal, Rejected) and "page" in refusal.reason.lower():
                return beyond_the_end(number), ()
            # A list is no record: refusing it must not look as if one had failed or gone.
            raise Unavailable(f"{self.client.product.label} refused a list: {refusal}") from refusal

    def _put_customer(
        self, customer_id: str, body: dict[str, Any], own: Mapping[str, Value]
    ) -> CustomerRecord:
        path = _contact(customer_id)
        if "billing_address" in body or own:
            address, held = self.client.call("GET", path, _present)
            if "billing_address" in body:
                body = {**body, "billing_address": writing.with_unmapped(body["billing_address"], address)}
            if own:
                body = {**body, "custom_fields": custom_fields.body_of(own, held)}
        try:
            return self.client.call("PUT", path, self._written, json=body)
        except Rejected as refusal:
            field = custom_fields.at_fault(refusal.reason, own, self.client.account.custom_fields)
            raise Rejected(refusal.reason, field=field or refusal.field) from refusal

    def _written(self, body: Shape) -> CustomerRecord:
        return mapping.written_customer(body, self._in_full)

    def _in_full(self, shape: Shape) -> Mapping[str, Value]:
        return custom_fields.told(shape, self.client.account.custom_fields, in_full=True)

    def _in_row(self, shape: Shape) -> Mapping[str, Value]:
        return custom_fields.told(shape, self.client.account.custom_fields, in_full=False)

    def _made_inactive(self, record: CustomerRecord) -> CustomerRecord:
        try:
            return self.update_customer(record.id, {"active": False})
        except ProviderError:
            # It is made: its id must not be lost. It is told as it is, and the next pass makes it inactive.
            return record

    def _made_primary(self, record: ContactRecord) -> ContactRecord:
        try:
            return self.update_contact(record.customer_id, record.id, {"primary": True})
        except ProviderError:
            # As above: told as it is, not primary, and the next pass makes it so.
            return record

    def _post(self, path: str) -> None:
        self.client.call("POST", path, nothing)

    def _currency_id(self, code: str) -> str:
        ids = self.client.call("GET", "/settings/currencies", mapping.currency_ids)
        if code not in ids:
            raise Rejected(
                f"{self.client.product.label} does not know the currency {code}.", field="currency"
            )
        return ids[code]


def _present(body: Shape) -> tuple[object, dict[str, Any]]:
    """Return what a contact in full holds of what a write has to send along."""
    return mapping.billing_address(body), custom_fields.present(body)


def _progress(state: census.Reading, page: Page) -> tuple[str | None, int | None]:
    following = census.after(state, page)
    if following is None:
        return None, state.last or page.number
    return census.to_cursor(following), following.last or None


def _contact(*parts: str) -> str:
    return "/".join(["/contacts", *(quote(part, safe="") for part in parts)])


def _person(*parts: str) -> str:
    return _contact("contactpersons", *parts)
