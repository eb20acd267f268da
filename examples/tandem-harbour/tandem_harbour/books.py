"""What a small Harbour keeps: flat customers, each with an etag, and a feed of what happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = dict[str, Any]

TEXTS = (
    *("name", "legal_name", "contact_given_name", "contact_family_name", "email", "phone"),
    *("address_for_attention_of", "address_line_1", "address_line_2"),
    *("address_town", "address_county", "address_postcode", "address_country"),
)


class Refused(Exception):
    """A call is answered with an error, about a field if one is at fault."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field


class Books:
    """The customers of one organization. Each write gets the next position in the feed."""

    def __init__(self, page_size: int = 3) -> None:
        self.page_size = page_size
        self.invoiced: set[str] = set()
        self._customers: dict[str, Row] = {}
        self._events: list[Row] = []

    def head(self) -> Row:
        """Return the position of the newest event."""
        return {"position": len(self._events)}

    def feed(self, after: int) -> Row:
        """Return the events after a position, each with the customer as it is by now."""
        page = self._events[after : after + self.page_size]
        events = [{**event, "customer": self._customers.get(event["id"])} for event in page]
        return {"events": events, "more": after + len(page) < len(self._events)}

    def customers(self, after: str) -> Row:
        """Return customers in the order they were made; ``next`` leads on."""
        left = [row for row in self._customers.values() if int(row["id"]) > int(after or 0)]
        page = left[: self.page_size]
        following = page[-1]["id"] if len(left) > len(page) else None
        return {"customers": page, "next": following, "count": len(self._customers)}

    def customer(self, customer_id: str) -> Row:
        """Return a customer."""
        if customer_id not in self._customers:
            raise Refused(404, "no_such_customer", "There is no such customer.")
        return self._customers[customer_id]

    def add(self, values: Mapping[str, Any]) -> Row:
        """Add a customer."""
        blank = {**dict.fromkeys(TEXTS, ""), "archived": False, "currency": "EUR"}
        return self._keep(str(len(self._events) + 1), {**blank, **values})

    def replace(self, customer_id: str, values: Mapping[str, Any], if_match: str) -> Row:
        """Put other values in the place of all that a customer had, if it is still the one that was read."""
        was = self._matching(customer_id, if_match)
        return self._keep(customer_id, {"currency": was["currency"], **values})

    def remove(self, customer_id: str, if_match: str) -> Row:
        """Remove a customer, if it is still the one that was read and was never invoiced."""
        self._matching(customer_id, if_match)
        if customer_id in self.invoiced:
            raise Refused(409, "has_invoices", "The customer has invoices.")
        del self._customers[customer_id]
        self._events.append(self._event(customer_id, "deleted"))
        return {}

    def _matching(self, customer_id: str, if_match: str) -> Row:
        row = self.customer(customer_id)
        if not if_match:
            raise Refused(428, "etag_missing", "Say with If-Match which state the change is for.")
        if if_match != row["etag"]:
            raise Refused(412, "etag_over", "The customer was changed meanwhile.")
        return row

    def _keep(self, customer_id: str, values: Mapping[str, Any]) -> Row:
        missing = [name for name in (*TEXTS, "archived") if name not in values]
        if missing:
            raise Refused(422, "field_missing", f"A customer is written whole: {missing[0]}.", missing[0])
        if not values["name"].strip():
            raise Refused(422, "field_blank", "A customer needs a name.", "name")
        event = self._event(customer_id, "changed")
        etag = f'"{event["position"]}"'
        self._customers[customer_id] = {**values, "id": customer_id, "etag": etag}
        self._events.append(event)
        return self._customers[customer_id]

    def _event(self, customer_id: str, kind: str) -> Row:
        return {"position": len(self._events) + 1, "kind": kind, "id": customer_id}
