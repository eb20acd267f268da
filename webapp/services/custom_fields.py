"""A provider's custom fields: asked for, chosen by people, brought here, and shown on customers."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import literal
from sqlalchemy.dialects.postgresql import JSONB

from webapp.extensions import db
from webapp.outside import GuardedProvider
from webapp.sdk import Value
from webapp.services import audit
from webapp.services.accounts import open_account, provider_of
from webapp.services.errors import Conflict, Invalid, NotFound
from webapp.services.labels import name_of
from webapp.services.reading import Reading
from webapp.services.signals import announce_due
from webapp.store import connections as store
from webapp.store import custom_fields
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.custom_fields import OwnField
from webapp.store.customers import Customer
from webapp.store.in_step import linked_connections
from webapp.sync.link import Fields

EVERY = timedelta(days=1)
"""How far apart a provider is asked which custom fields there are."""

AT_ONCE = 500
FIRST = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """The custom fields of a connection as they are chosen; ``asked_at``: when the provider last told them.

    ``seen`` names the state a form was made of, to notice whoever was quicker.
    """

    fields: tuple[OwnField, ...]
    asked_at: datetime | None
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFields:
    """The custom fields of one connection that a customer shows, each with what it holds (None: unknown)."""

    connection_id: uuid.UUID
    label: str
    values: tuple[tuple[OwnField, Value], ...]


def next_step(connection: Connection, moment: datetime) -> Any:
    """Return the step of a refresh that is due for custom fields, if one is."""
    if provider_of(connection).capabilities.custom_fields:
        asked = connection.custom_fields.get("asked_at")
        if asked is None or datetime.fromisoformat(asked) + EVERY <= moment:
            return _ask
    return _fill if connection.custom_fields.get("fill") else None


def choosing(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Choosing:
    """Return the custom fields of a connection, to be chosen from; raise NotFound."""
    connection = store.known_connection(portal_id, connection_id)
    if connection is None:
        raise NotFound("There is no such connection.")
    asked = connection.custom_fields.get("asked_at")
    return Choosing(
        fields=custom_fields.own_fields(connection),
        asked_at=datetime.fromisoformat(asked) if asked else None,
        seen=_seen(connection),
    )


def choose(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    wanted: Mapping[str, str],
    *,
    seen: str,
    user_id: uuid.UUID,
) -> int:
    """Set by key which way each custom field goes, blank for none; return how many are shown.

    What the provider holds of those newly shown comes here by itself. Raises Invalid for a way that the
    provider does not permit, and Conflict when something changed since the form was ``seen``.
    """
    audit.hold(portal_id)
    connection = store.connection_by_id(connection_id, portal_id=portal_id, lock=True)
    if connection is None:
        raise _undone(NotFound("There is no such connection."))
    if seen != _seen(connection):
        raise _undone(
            Conflict("The custom fields were changed meanwhile. Look at them again, then choose yours.")
        )
    chosen = {}
    for field in custom_fields.told(connection):
        way = wanted.get(field.key, "")
        if way and way not in custom_fields.ways(field):
            raise _undone(Invalid(field.key, f"{field.label} cannot go this way: choose another one."))
        if way:
            chosen[field.key] = way
    before = connection.custom_fields.get("chosen", {})
    if chosen != before:
        _keep_choice(connection, chosen, user_id, before)
    db.session.commit()
    announce_due(connection_id)
    return len(chosen)


def of_customer(customer: Customer, connections: Iterable[Connection]) -> tuple[OwnFields, ...]:
    """Return the custom fields that a customer shows, by connection; those without any are left out."""
    found = []
    for connection in connections:
        shown = custom_fields.shown_fields(connection)
        if shown:
            values = tuple((each, customer.custom_fields.get(each.key)) for each in shown)
            label = name_of(connection)
            found.append(OwnFields(connection_id=connection.id, label=label, values=values))
    return tuple(found)


def editable(portal_id: uuid.UUID, customer_id: uuid.UUID) -> tuple[OwnField, ...]:
    """Return the custom fields of a customer that people may edit here."""
    linked = (row.Connection for row in linked_connections(portal_id, customer_id))
    return tuple(
        each for connection in linked for each in custom_fields.shown_fields(connection) if each.editable
    )


def editable_in(portal_id: uuid.UUID) -> dict[str, OwnField]:
    """Return all custom fields that people of a portal may edit here, by name."""
    return {each.name: each for _, each in shown_in(portal_id) if each.editable}


def faults(connections: Iterable[Connection], changes: Fields) -> dict[str, str]:
    """Say by name why custom fields cannot hold what was typed."""
    found = {}
    for connection in connections:
        for each in custom_fields.shown_fields(connection):
            if each.name in changes and (why := _why_not(connection, each, changes[each.name])):
                found[each.name] = why
    return found


def shown_in(portal_id: uuid.UUID) -> tuple[tuple[str, OwnField], ...]:
    """Return all custom fields that a portal shows, each with what its provider is called."""
    return tuple(
        (name_of(connection), each)
        for connection in store.connections_of(portal_id)
        for each in custom_fields.shown_fields(connection)
    )


def labels(portal_id: uuid.UUID) -> dict[str, str]:
    """Return what all custom fields of a portal are called, with their provider, by name."""
    return {
        name: f"{label} ({name_of(connection)})"
        for connection in store.connections_of(portal_id)
        for name, label in custom_fields.labels(connection).items()
    }


def _keep_choice(
    connection: Connection, chosen: Mapping[str, str], user_id: uuid.UUID, before: Mapping[str, str]
) -> None:
    fill = {"begun_at": now().isoformat(), "after": str(FIRST)} if chosen else None
    connection.custom_fields = {**connection.custom_fields, "chosen": chosen, "fill": fill}
    connection.next_look_at = now()
    audit.record(
        connection.portal_id,
        audit.actor_of(user_id),
        "connection.custom_fields",
        str(connection.id),
        {"before": dict(before), "chosen": dict(chosen)},
    )


def _ask(reading: Reading, connection: Connection) -> None:
    """Ask which custom fields there are; what was chosen of them stays."""
    account = open_account(connection, interactive=reading.interactive, lease=reading.lease)
    fields = GuardedProvider(provider_of(connection)).custom_fields(account)
    kept = custom_fields.as_told(connection, fields, now())
    reading.keep(custom_fields=Connection.custom_fields.concat(literal(kept, JSONB)))


def _fill(reading: Reading, connection: Connection) -> None:
    """Bring some customers what is known of their custom fields; a choice made meanwhile begins anew."""
    begun = connection.custom_fields["fill"]
    last = custom_fields.fill(connection, uuid.UUID(begun["after"]), AT_ONCE)
    present = store.connection_by_id(connection.id, lock=True)
    if present is not None and present.custom_fields.get("fill") == begun:
        fill = {**begun, "after": str(last)} if last else None
        present.custom_fields = {**present.custom_fields, "fill": fill}
    reading.keep()


def _why_not(connection: Connection, own: OwnField, value: Value) -> str:
    """Say why a custom field cannot hold what was typed, by its kind first."""
    if own.field.fits(value):
        return custom_fields.shared_fields(connection)[own.name].why_not("theirs", value)
    words = {"number": "Enter a number such as 12.5.", "date": "Enter a date such as 2026-03-01."}
    return words.get(own.field.kind, "Choose one of those offered.")


def _seen(connection: Connection) -> str:
    """Name what was told and chosen."""
    told = [field.key for field in custom_fields.told(connection)]
    return repr((sorted(told), sorted(connection.custom_fields.get("chosen", {}).items())))


def _undone(error: Exception) -> Exception:
    db.session.rollback()
    return error
