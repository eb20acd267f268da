"""What the history tells of steps that were carried out, in texts for people."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import astuple

from webapp.sdk import Address, ContactData, CustomerData, Value
from webapp.services.merge_outcomes import person_name
from webapp.store.history import EntryData
from webapp.sync.ledger import Done
from webapp.sync.link import Data, Fields
from webapp.sync.merge import FieldMerge
from webapp.sync.steps import Agree, Create, Delete, Ref, Restore, Unlink, Update


def entries(done: Iterable[Done], our_id: str | None) -> list[EntryData]:
    """Tell of each step: what was made, which fields changed, which values gave way, what was linked."""
    customer_id = uuid.UUID(our_id) if our_id else None
    if customer_id is None:
        return []
    return [entry for each in done for entry in _told(each, customer_id)]


def text_of(value: Value) -> str | None:
    """Return a field as people read it; None is unknown."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Address):
        return ", ".join(part for part in astuple(value) if part)
    return value


def _told(done: Done, customer_id: uuid.UUID) -> list[EntryData]:
    step = done.step
    if isinstance(step, Create):
        return [_created(step, done, customer_id), *_was_primary(step, customer_id)]
    if isinstance(step, Update):
        return [*_changed(step, done, customer_id), *_was_primary(step, customer_id)]
    if isinstance(step, Agree):
        return [_entry(step.ref, customer_id, "linked", new=step.reason)] if step.reason != "alike" else []
    return [_gone_or_back(step, done, customer_id)]


def _gone_or_back(step: Delete | Restore | Unlink, done: Done, customer_id: uuid.UUID) -> EntryData:
    if isinstance(step, Restore):
        return _entry(step.ref, customer_id, "restored", new=step.reason)
    if isinstance(step, Unlink):
        return _entry(step.ref, customer_id, "unlinked", new=step.reason)
    action = "deleted" if done.side == "ours" else "deleted_there"
    return _entry(step.ref, customer_id, action, old=_called(step.before))


def _called(before: Fields) -> str:
    """Return the name people read of a record that goes."""
    parts = (before.get("name"), before.get("first_name"), before.get("last_name"))
    return " ".join(part for part in parts if isinstance(part, str) and part) or str(
        before.get("email") or ""
    )


def _created(step: Create, done: Done, customer_id: uuid.UUID) -> EntryData:
    if done.side == "theirs":
        name = f"{_name(step.data)}: {step.reason}" if step.replaces else _name(step.data)
        return _entry(step.ref, customer_id, "created_there", new=name)
    made = done.record.id if done.record else str(customer_id)
    ref = Ref(kind=step.ref.kind, our_id=made, their_id=step.ref.their_id)
    return _entry(ref, customer_id, "created", new=_name(step.data))


def _changed(step: Update, done: Done, customer_id: uuid.UUID) -> list[EntryData]:
    here = done.side == "ours"
    return [
        _entry(
            step.ref,
            customer_id,
            "changed" if here else "changed_there",
            field=detail.field,
            old=text_of(detail.ours if here else detail.theirs),
            new=text_of(_written(step, detail)),
            lost=detail.loser == done.side,
        )
        for detail in step.details
    ]


def _written(step: Update, detail: FieldMerge) -> Value:
    """Return the value that was written: what the other side holds, unless a plugin made it another."""
    if detail.field in step.origin:
        return step.changes[detail.field]
    return detail.theirs if step.side == "ours" else detail.ours


def _was_primary(step: Create | Update, customer_id: uuid.UUID) -> list[EntryData]:
    """Tell of a contact that somebody made the primary one, and that is not any more."""
    action = "changed" if step.side == "ours" else "changed_there"
    return [
        _entry(
            loss.ref,
            customer_id,
            action,
            field="primary",
            old=text_of(loss.lost),
            new=text_of(loss.kept),
            lost=True,
        )
        for loss in step.losses
        if loss.field == "primary"
    ]


def _entry(
    ref: Ref,
    customer_id: uuid.UUID,
    action: str,
    *,
    field: str = "",
    old: str | None = None,
    new: str | None = None,
    lost: bool = False,
) -> EntryData:
    return EntryData(
        kind=ref.kind,
        record_id=uuid.UUID(ref.our_id) if ref.our_id and ref.kind == "contact" else customer_id,
        customer_id=customer_id,
        action=action,
        field=field,
        old=old,
        new=new,
        lost=lost,
    )


def _name(data: Data) -> str:
    if isinstance(data, CustomerData):
        return data.name
    return person_name(data) if isinstance(data, ContactData) else ""
