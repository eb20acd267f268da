"""Intents: what was about to be written outside, put down before the call was made."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Text,
    delete,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.sdk import ContactData
from webapp.store import history
from webapp.store.columns import Created, Id, Json, PortalId, Str, Time, new_id, now
from webapp.store.customers import Contact
from webapp.store.history import EntryData
from webapp.sync import ledger as values
from webapp.sync.link import Kind, fields_of, from_json, to_json
from webapp.sync.steps import Delete, Update

_UPDATES: Mapping[Kind, str] = {"customer": "customer update", "contact": "contact update"}
_DELETES: Mapping[Kind, str] = {"customer": "customer delete", "contact": "contact delete"}
_CHANGES = (*_UPDATES.values(), *_DELETES.values())


class Intent(Model):
    """One write that may have been sent.

    ``kind`` is contact for a create; ``existing`` are the ids there before it. It is contact update or
    customer update for an update of ``their_id``, contact delete or customer delete where that is to go;
    ``told`` is what the history says of it once it is known to have arrived, by ``actor``, and the audit by
    ``auditor``. ``sent`` holds the fields. ``state``: open, done, held for a person, with the ids
    ``found`` that may be its, or apart: a person said that it and those stay where they are.
    """

    __tablename__ = "intent"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
        Index(
            "uq_intent_open",
            "portal_id",
            "connection_id",
            "kind",
            "our_id",
            unique=True,
            postgresql_where=text("state <> 'done'"),
        ),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    connection_id: Mapped[uuid.UUID]
    kind: Mapped[Str]
    our_id: Mapped[uuid.UUID]
    their_customer_id: Mapped[Str]
    their_id: Mapped[Str]
    sent: Mapped[Json]
    told: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    actor: Mapped[Str]
    auditor: Mapped[Str]
    existing: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    found: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    state: Mapped[str] = mapped_column(Text, default="open")
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    run_id: Mapped[uuid.UUID | None]
    created_at: Mapped[Created]
    closed_at: Mapped[Time | None]


def add(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    intent: values.Intent,
    *,
    told: Sequence[EntryData],
    actor: str,
    auditor: str,
    fence: int,
    run_id: uuid.UUID | None,
) -> None:
    """Write down a contact that is about to be created at the provider.

    ``told`` is what the history is to tell of it. What was left open of making it under another customer
    there matters no more: it gets its twin here.
    """
    place = _open(portal_id, connection_id, uuid.UUID(intent.our_id))
    _drop(*place, Intent.their_customer_id != intent.their_customer_id)
    db.session.add(
        Intent(
            portal_id=portal_id,
            id=new_id(),
            connection_id=connection_id,
            kind="contact",
            our_id=uuid.UUID(intent.our_id),
            their_customer_id=intent.their_customer_id,
            sent=to_json(fields_of(intent.data)),
            existing=list(intent.existing),
            told=[history.to_json(entry) for entry in told],
            actor=actor,
            auditor=auditor,
            fence=fence,
            run_id=run_id,
        )
    )
    db.session.flush()


def add_change(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    step: Update | Delete,
    *,
    their_customer_id: str,
    their_id: str,
    told: Sequence[EntryData],
    actor: str,
    auditor: str,
    fence: int,
    run_id: uuid.UUID | None,
) -> None:
    """Write down an update or a deletion about to be sent, in place of one left open of the same record here.

    ``told`` is what the history is to tell of it.
    """
    our_id = uuid.UUID(step.ref.our_id)
    kind = (_UPDATES if isinstance(step, Update) else _DELETES)[step.ref.kind]
    _drop(*_open(portal_id, connection_id, our_id, kind=kind))
    row = {
        "portal_id": portal_id,
        "id": new_id(),
        "connection_id": connection_id,
        "kind": kind,
        "our_id": our_id,
        "their_customer_id": their_customer_id,
        "their_id": their_id,
        "sent": to_json(step.changes) if isinstance(step, Update) else {},
        "told": [history.to_json(entry) for entry in told],
        "actor": actor,
        "auditor": auditor,
        "fence": fence,
        "run_id": run_id,
    }
    db.session.add(Intent(**row))
    db.session.flush()


def open_intents(portal_id: uuid.UUID, connection_id: uuid.UUID, their_customer_id: str) -> list[Intent]:
    """List the writes to a customer there of which it is not known whether they arrived."""
    query = select(Intent).where(
        Intent.portal_id == portal_id,
        Intent.connection_id == connection_id,
        Intent.their_customer_id == their_customer_id,
        Intent.state == "open",
    )
    return list(db.session.scalars(query.order_by(Intent.id)))


def is_update(row: Intent) -> bool:
    """Tell whether an intent is to change a record there that exists, not to make one."""
    return row.kind in _UPDATES.values()


def is_delete(row: Intent) -> bool:
    """Tell whether an intent is to delete a record there."""
    return row.kind in _DELETES.values()


def record_kind(row: Intent) -> Kind:
    """Say what an intent is about."""
    return "customer" if row.kind.startswith("customer") else "contact"


def unsettled(
    portal_id: uuid.UUID, connection_id: uuid.UUID, their_customer_ids: Collection[str]
) -> list[str]:
    """List those of some customers there to which something may have been written."""
    query = select(Intent.their_customer_id).where(
        Intent.portal_id == portal_id,
        Intent.connection_id == connection_id,
        Intent.their_customer_id.in_(their_customer_ids),
        Intent.state == "open",
    )
    return list(db.session.scalars(query.distinct()))


def as_value(row: Intent) -> values.Intent:
    """Return an intent as the sync knows it."""
    return values.Intent(
        our_id=str(row.our_id),
        their_customer_id=row.their_customer_id,
        data=ContactData(**from_json(row.sent)),  # type: ignore[arg-type]
        existing=tuple(row.existing),
    )


def fulfil(portal_id: uuid.UUID, connection_id: uuid.UUID, our_id: uuid.UUID) -> None:
    """Note that what was to be created is there."""
    closed = update(Intent).where(*_open(portal_id, connection_id, our_id))
    db.session.execute(
        closed.values(state="done", closed_at=now()).execution_options(synchronize_session=False)
    )


def forget(portal_id: uuid.UUID, connection_id: uuid.UUID, our_id: uuid.UUID) -> None:
    """Drop an intent of which it is known that nothing was made."""
    _drop(*_open(portal_id, connection_id, our_id))


def give_up(portal_id: uuid.UUID, connection_id: uuid.UUID, customer_id: uuid.UUID) -> list[Intent]:
    """Drop, and list, what is not known of a customer here and its contacts: they are linked no more."""
    people = select(Contact.id).where(Contact.portal_id == portal_id, Contact.customer_id == customer_id)
    which = (
        Intent.portal_id == portal_id,
        Intent.connection_id == connection_id,
        Intent.state != "done",
        or_(Intent.our_id == customer_id, Intent.our_id.in_(people)),
    )
    rows = list(db.session.scalars(select(Intent).where(*which).order_by(Intent.id)))
    for row in rows:
        db.session.expunge(row)
    _drop(*which)
    return rows


def forget_changes(portal_id: uuid.UUID, connection_id: uuid.UUID, their_customer_id: str) -> None:
    """Drop updates and deletions of a customer there and its contacts: it is known what became of each."""
    _drop(
        Intent.portal_id == portal_id,
        Intent.connection_id == connection_id,
        Intent.their_customer_id == their_customer_id,
        Intent.kind.in_(_CHANGES),
        Intent.state == "open",
    )


def hold(row: Intent, found: Collection[str]) -> None:
    """Leave an intent to a person, with the contacts there that may be the one."""
    row.state, row.found = "held", sorted(found)


def leave_apart(row: Intent) -> None:
    """Let a held contact, and those there that may be its twin, stay where they are."""
    row.state = "apart"


def held_ids(
    portal_id: uuid.UUID, connection_id: uuid.UUID, our_ids: Collection[uuid.UUID], *, apart: bool = False
) -> dict[uuid.UUID, list[str]]:
    """Tell which contacts here wait for a person, each with the contacts there that may be its twin.

    With ``apart`` also those that a person left apart.
    """
    query = select(Intent.our_id, Intent.found).where(
        Intent.portal_id == portal_id,
        Intent.connection_id == connection_id,
        Intent.kind == "contact",
        Intent.state.in_(("held", "apart") if apart else ("held",)),
        Intent.our_id.in_(our_ids),
    )
    return {row.our_id: row.found for row in db.session.execute(query)}


def forget_apart(portal_id: uuid.UUID, our_ids: Collection[uuid.UUID]) -> None:
    """Drop that contacts here were left apart from some there: they belong to another customer now."""
    _drop(Intent.portal_id == portal_id, Intent.our_id.in_(our_ids), Intent.state == "apart")


def _drop(*which: ColumnElement[bool]) -> None:
    db.session.execute(delete(Intent).where(*which).execution_options(synchronize_session=False))


def _open(
    portal_id: uuid.UUID, connection_id: uuid.UUID, our_id: uuid.UUID, *, kind: str = "contact"
) -> tuple[ColumnElement[bool], ...]:
    return (
        Intent.portal_id == portal_id,
        Intent.connection_id == connection_id,
        Intent.kind == kind,
        Intent.our_id == our_id,
        Intent.state == "open",
    )
