"""What a connection's customers have at its provider besides the fields of all, and what is shared of it.

It stands in the connection: ``told`` is what the provider last told and ``asked_at`` when, ``labels`` what
fields were ever called, ``chosen`` which way each is to go, and ``fill`` what is yet to be brought here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select, text

from webapp.extensions import db
from webapp.sdk import CUSTOM, CustomField
from webapp.store.connections import Connection
from webapp.store.customers import locked_customers
from webapp.store.links import Link
from webapp.sync.link import Side
from webapp.sync.shared import Shared, SharedFields

LEADERS: Mapping[str, Side | None] = {"both": None, "from_provider": "theirs", "from_portal": "ours"}
"""Who leads a field that goes a way; one that goes none is not shown either."""

_HERE = "link.portal_id = :portal_id AND link.connection_id = :connection_id AND link.kind = 'customer'"
_NEWS = f"""
    SELECT link.our_id, jsonb_object_agg(each.key, each.value) AS told,
           jsonb_object_agg('{CUSTOM}' || each.key, each.value) AS agreed
      FROM link
      JOIN customer ON customer.portal_id = link.portal_id AND customer.id = link.our_id
      JOIN mirror_customer there ON there.portal_id = link.portal_id
           AND there.connection_id = link.connection_id AND there.their_id = link.their_id
     CROSS JOIN LATERAL jsonb_each(there.custom_fields) AS each
     WHERE {_HERE} AND link.our_id = ANY(:our_ids) AND each.key = ANY(:inward)
       AND customer.deleted_at IS NULL AND there.gone_at IS NULL
       AND each.value <> to_jsonb(''::text) AND NOT jsonb_exists(customer.custom_fields, each.key)
     GROUP BY link.our_id
"""
_FILLED = (
    f"""
    UPDATE link SET agreed_ours = link.agreed_ours || news.agreed,
                    agreed_theirs = link.agreed_theirs || news.agreed
      FROM ({_NEWS}) AS news WHERE {_HERE} AND link.our_id = news.our_id
    """,
    f"""
    UPDATE customer SET custom_fields = customer.custom_fields || news.told,
                        version = customer.version + 1, updated_at = now()
      FROM ({_NEWS}) AS news WHERE customer.portal_id = :portal_id AND customer.id = news.our_id
    """,
    f"""
    UPDATE link SET due_at = now() FROM customer
     WHERE {_HERE} AND link.our_id = ANY(:our_ids) AND link.due_at IS NULL
       AND customer.portal_id = link.portal_id AND customer.id = link.our_id
       AND jsonb_exists_any(customer.custom_fields, :keys)
    """,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnField:
    """A custom field of a connection's customers; ``direction`` is blank while it is not shared."""

    field: CustomField
    connection_id: uuid.UUID
    direction: str = ""

    @property
    def key(self) -> str:
        """What it is called among a customer's custom fields here."""
        return f"{self.connection_id}.{self.field.key}"

    @property
    def name(self) -> str:
        """What it is called among the fields of a customer."""
        return CUSTOM + self.key

    @property
    def editable(self) -> bool:
        """Tell whether it may be edited here."""
        return self.direction in ("both", "from_portal")


def told(connection: Connection) -> tuple[CustomField, ...]:
    """Return the custom fields that the provider last told of."""
    rows = connection.custom_fields.get("told", ())
    return tuple(CustomField(**{**row, "choices": tuple(row["choices"])}) for row in rows)


def own_fields(connection: Connection) -> tuple[OwnField, ...]:
    """Return the custom fields of a connection, with the way each goes as far as the provider permits it."""
    chosen = connection.custom_fields.get("chosen", {})
    return tuple(
        OwnField(
            field=field, connection_id=connection.id, direction=_permitted(field, chosen.get(field.key, ""))
        )
        for field in told(connection)
    )


def shown_fields(connection: Connection) -> tuple[OwnField, ...]:
    """Return the custom fields of a connection that are shown here."""
    return tuple(each for each in own_fields(connection) if each.direction)


def shared_fields(connection: Connection) -> SharedFields:
    """Return the custom fields that a connection keeps equal on both sides, by name."""
    return {
        each.name: Shared(field=each.field, leader=LEADERS[each.direction])
        for each in shown_fields(connection)
    }


def labels(connection: Connection) -> dict[str, str]:
    """Return what the custom fields of a connection are called, those gone there too, by name."""
    kept = connection.custom_fields.get("labels", {})
    return {f"{CUSTOM}{connection.id}.{key}": label for key, label in kept.items()}


def ways(field: CustomField) -> tuple[str, ...]:
    """Return the ways a field may go."""
    return tuple(LEADERS) if field.direction == "both" else (field.direction,)


def as_told(connection: Connection, fields: Iterable[CustomField], at: datetime) -> dict[str, Any]:
    """Return what is to be kept of fields that were just told."""
    fields = tuple(fields)
    called = {field.key: field.label for field in fields}
    return {
        "told": [asdict(field) for field in fields],
        "asked_at": at.isoformat(),
        "labels": {**connection.custom_fields.get("labels", {}), **called},
    }


def fill(connection: Connection, after: uuid.UUID, limit: int) -> uuid.UUID | None:
    """Bring what is known of shared fields to the next linked customers that lack it; None at the end.

    It counts as agreed on, and costs no call. Each of them is due then.
    """
    query = select(Link.our_id).where(
        Link.portal_id == connection.portal_id,
        Link.connection_id == connection.id,
        Link.kind == "customer",
        Link.our_id > after,
    )
    our_ids = list(db.session.scalars(query.order_by(Link.our_id).limit(limit)))
    locked_customers(connection.portal_id, our_ids)
    shown = shown_fields(connection)
    place = {
        "portal_id": connection.portal_id,
        "connection_id": connection.id,
        "our_ids": our_ids,
        "inward": [each.key for each in shown if each.direction != "from_portal"],
        "keys": [each.key for each in shown],
    }
    for statement in _FILLED:
        db.session.execute(text(statement), place)
    return our_ids[-1] if len(our_ids) == limit else None


def plain_name(name: str) -> str:
    """Return the name of a field as plugins know it."""
    return CUSTOM + name.rpartition(".")[2] if name.startswith(CUSTOM) else name


def _permitted(field: CustomField, chosen: str) -> str:
    """Return the way a field goes: one that was permitted when it was chosen may not be any more."""
    if chosen in ways(field):
        return chosen
    return cast(str, field.direction) if chosen == "both" else ""
