"""The page of one customer, whole or in parts, as several views answer with it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, g, make_response, request, url_for
from flask.wrappers import Response
from markupsafe import Markup

from webapp.services import connection_views, customers, in_step, projects
from webapp.services.customers import ContactDetail, CustomerDetails
from webapp.services.errors import NotFound
from webapp.services.holding import UNKNOWN
from webapp.services.in_step import Beside
from webapp.web.frame import frame
from webapp.web.permissions import looker, may
from webapp.web.render import block, page

PAGE = "customers/show.html"
FOLLOWING = ("standing", "history")
"""The parts of the page that a change of a contact changes too."""


def customer_page(
    customer_id: uuid.UUID, *, fragment: str | tuple[str, ...] = "history", **shown: Any
) -> Response:
    """Answer with a customer's page, or parts of it: the first is what was asked for, the others follow."""
    details = customers.detail(
        g.portal.id, customer_id, history_page=request.args.get("history", 1, type=int)
    )
    beside = () if isinstance(fragment, str) else fragment[1:]
    answer = page(PAGE, fragment=fragment, **around(details), beside=beside, **shown)
    in_step.want_details(g.portal.id, details.beside)
    return answer


def person_answer(
    customer_id: uuid.UUID,
    contact_id: uuid.UUID | None,
    row: str,
    *,
    others: tuple[uuid.UUID, ...] = (),
    **shown: Any,
) -> Response:
    """Answer with the row of one contact as it is now, with those of others, and with what else changed."""
    details = customers.detail(g.portal.id, customer_id)
    context = {**around(details), "beside": FOLLOWING, **shown}
    parts = [block("customers/contact.html", row, **context, entry=_person(details, contact_id, row))]
    parts += [
        block(
            "customers/contact.html", "row", **context, entry=_person(details, other, "row"), beside_row=True
        )
        for other in others
    ]
    parts += [block(PAGE, name, **context) for name in (*FOLLOWING, "people_count", "people_add", "asked")]
    return make_response(Markup("\n").join(parts))


def around(details: CustomerDetails) -> dict[str, Any]:
    """Return what stands around a customer: its connections, and where it is shown there."""
    views = connection_views.views_of(frame().connections)
    linked = {link.connection_id: link.their_id for link in details.came_from}
    return {
        "details": details,
        "customer": details.customer,
        "projects": projects.of_customer(looker(), details.customer.id),
        "connections": {view.id: view for view in views},
        "linkable": [view for view in views if view.state == "connected" and view.id not in linked],
        "addresses": {
            connection_id: connection_views.customer_address(g.portal.id, connection_id, their_id)
            for connection_id, their_id in linked.items()
        },
        "waits_at": {each.connection_id: _where(each) for each in details.beside},
    }


def _person(details: CustomerDetails, contact_id: uuid.UUID | None, row: str) -> ContactDetail | None:
    """Find a contact of a customer; raises ``NotFound`` where its row needs one."""
    found = next((each for each in details.contacts if each.contact.id == contact_id), None)
    if found is None and row == "row":
        raise NotFound(UNKNOWN["contact"])
    return found


def _where(beside: Beside) -> str:
    """Return the address of the page on which a person goes on, if it is open to them."""
    if not beside.waits_at or not may("finance"):
        return ""
    if beside.waits_at == "connection":
        return url_for("connections.show", connection_id=beside.connection_id)
    endpoint = f"{beside.waits_at}.index"
    return url_for(endpoint) if endpoint in current_app.view_functions else ""
