"""The door every API call comes through: token, scope, organization, limits, latency, and the envelope."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, request

from sandbox import errors
from sandbox.desk import Desk
from sandbox.records import Contact, Organization, Person
from sandbox.register import Register
from sandbox.state import State

PRODUCTS = "/<any(books, invoice, api):area>/v3"
SCOPE_PREFIX = {"books": "ZohoBooks", "invoice": "ZohoInvoice"}
ORGANIZATION_HEADER = "X-com-zoho-invoice-organizationid"
Json = dict[str, Any]
Answer = Json | tuple[Json, int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Visit:
    """An API call that was let in; product is "books" or "invoice"."""

    state: State
    product: str
    organization: Organization
    query: Mapping[str, str]

    @property
    def register(self) -> Register:
        """Return the records of the call's organization."""
        return self.state.registers[self.organization.id]

    @property
    def desk(self) -> Desk:
        """Return the desk to edit them at."""
        return self.state.desk(self.organization.id)

    def contact(self, contact_id: str) -> Contact:
        """Return a contact or say that it does not exist."""
        contact = self.register.contacts.get(contact_id)
        if contact is None:
            raise errors.not_found("Contact")
        return contact

    def person(self, person_id: str) -> Person:
        """Return a person or say that it does not exist."""
        person = self.register.persons.get(person_id)
        if person is None:
            raise errors.not_found("Contact person")
        return person

    def body(self) -> Json:
        """Return what was sent: a JSON body, or the form field JSONString."""
        given: Any = None
        if request.mimetype == "application/json":
            given = _parsed(request.get_data(as_text=True) or "{}")
        else:
            text = request.values.get("JSONString", "")
            if not text:
                raise errors.json_string_missing()
            given = _parsed(text)
        if not isinstance(given, dict):
            raise errors.json_malformed()
        return given


def state_here() -> State:
    """Return the state of the sandbox that serves this request."""
    state: State = current_app.extensions["sandbox"]
    return state


def success(message: str = "success", **nodes: Any) -> Json:
    """Return a body in Zoho's envelope."""
    return {"code": 0, "message": message, **nodes}


def endpoint(
    blueprint: Blueprint, method: str, rule: str, scope: str, *, needs_organization: bool = True
) -> Callable[[Callable[..., Answer]], Callable[..., Response]]:
    """Serve a function at a rule under every product, for tokens with the scope, such as "contacts.READ"."""

    def decorate(function: Callable[..., Answer]) -> Callable[..., Response]:
        @wraps(function)
        def view(area: str, **parts: str) -> Response:
            state = state_here()
            product = _authorize(state, area, scope)
            if not needs_organization:
                state.limits.refuse_blocked()
                visit = Visit(state, product, state.default_organization, request.args.to_dict())
                return answer(_served(visit, function, parts))
            organization = _organization(state, product)
            with state.limits.call(organization):
                visit = Visit(state, product, organization, request.args.to_dict())
                response = answer(_served(visit, function, parts))
            response.headers.update(state.limits.headers(organization))
            return response

        blueprint.add_url_rule(PRODUCTS + rule, view_func=view, methods=[method])
        return view

    return decorate


def answer(given: Answer) -> Response:
    """Turn what a view returned into a response as Zoho words it."""
    body, status, headers = given if isinstance(given, tuple) else (given, 200, {})
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, headers, content_type="application/json;charset=UTF-8")


def refusal(error: errors.ZohoError) -> Response:
    """Turn an error into a response."""
    return answer(({"code": error.code, "message": error.message}, error.status, error.headers))


def _served(visit: Visit, function: Callable[..., Answer], parts: dict[str, str]) -> Answer:
    time.sleep(visit.state.settings.latency_ms / 1000)
    with visit.state.lock:
        given = function(visit, **parts)
        visit.state.tell(visit.organization.id)
        return given


def _authorize(state: State, area: str, scope: str) -> str:
    """Return the product the token is good for here."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    token = state.tokens.find(value.strip()) if kind in ("Zoho-oauthtoken", "Bearer") else None
    if token is None:
        raise errors.invalid_token()
    if state.tokens.has_expired(token):
        raise errors.not_authorized() if state.settings.expired_token_code == 57 else errors.invalid_token()
    products = ("books", "invoice") if area == "api" else (area,)
    for product in products:
        if _covers(token.scopes, SCOPE_PREFIX[product], scope):
            return product
    raise errors.not_authorized()


def _covers(scopes: frozenset[str], prefix: str, scope: str) -> bool:
    module = scope.partition(".")[0]
    wanted = {f"{prefix}.{scope}", f"{prefix}.{module}.ALL", f"{prefix}.fullaccess.all"}
    return not wanted.isdisjoint(scopes)


def _organization(state: State, product: str) -> Organization:
    """Find the organization a call is about; only Invoice takes it from a header, or the default one."""
    given = request.args.get("organization_id", "")
    if not given and product == "invoice":
        given = request.headers.get(ORGANIZATION_HEADER, "") or state.default_organization.id
    if not given:
        raise errors.invalid_value("organization_id")
    organization = state.organization(given)
    if organization is None:
        raise errors.wrong_organization(given)
    return organization


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise errors.json_malformed() from None
