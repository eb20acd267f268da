"""Whether a record moved between planning and writing, told by its values: versions may move for less."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.sdk.directory import CustomerDetail
from webapp.sdk.records import ContactRecord, Value
from webapp.sync.link import Fields, Record, fields_of, is_blank
from webapp.sync.steps import Delete, Ref, Update

NO_CHANGES: Fields = {}


class Moved(Exception):
    """A record is not what the plan was made of; ``fresh`` is what the provider holds, if just read."""

    def __init__(self, fresh: CustomerDetail | None = None) -> None:
        super().__init__("A record changed since this was planned.")
        self.fresh = fresh


class CustomerGone(Exception):
    """The provider has no such customer any more."""


def has_moved(before: Fields, now: Record, changes: Fields = NO_CHANGES) -> bool:
    """Tell whether a record holds something else than when its write was planned.

    What already is as it shall be did not move. Who is primary moves along with other contacts, so it only
    counts when it is written.
    """
    return any(
        _differs(before.get(name), value, written=name in changes)
        for name, value in fields_of(now.data).items()
        if (name != "primary" or name in changes) and (name not in changes or value != changes[name])
    )


def found(detail: CustomerDetail, ref: Ref, record_id: str | None) -> Record | None:
    """Return the record a step is about, out of a customer just read."""
    if ref.kind == "customer":
        return detail.customer
    return next((contact for contact in detail.contacts if contact.id == record_id), None)


def is_current(step: Update | Delete, record: Record, detail: CustomerDetail) -> bool:
    """Tell whether a step may be carried out on what was just read of its side."""
    changes = step.changes if isinstance(step, Update) else NO_CHANGES
    if has_moved(step.before, record, changes):
        return False
    if isinstance(step, Delete) and step.ref.kind == "customer":
        return not any(_is_news(step.contacts, contact) for contact in detail.contacts)
    return True


def _is_news(planned: Mapping[str, Fields], contact: ContactRecord) -> bool:
    return contact.id not in planned or has_moved(planned[contact.id], contact)


def _differs(before: Value, now: Value, *, written: bool) -> bool:
    if now is None or now == before:
        return False
    return before is not None or (written and not is_blank(now))
