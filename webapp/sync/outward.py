"""Writes at the provider: read before written, allowed right before, kept at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from webapp.sdk.directory import CustomerDetail, Directory
from webapp.sdk.errors import Gone, Skip, Stale
from webapp.sdk.records import ContactData, ContactRecord, CustomerRecord, with_values
from webapp.sync.ledger import Intent, Ledger
from webapp.sync.link import Fields, Record, fields_of
from webapp.sync.merge import FieldMerge
from webapp.sync.moved import CustomerGone, Moved, found, is_current
from webapp.sync.progress import Progress
from webapp.sync.steps import Create, Delete, Plan, Ref, Update

PRIMARY: Fields = {"primary": True}


class Outward:
    """The provider's side of a plan being carried out.

    A record is read right before it is updated or deleted; a reading counts until the next write.
    """

    def __init__(
        self, plan: Plan, theirs: Directory, ledger: Ledger, progress: Progress, *, just_read: bool
    ) -> None:
        self._customer_id = plan.their_id
        self._theirs = theirs
        self._ledger = ledger
        self._progress = progress
        self._known_ids = set(plan.their_contacts)
        self._plan_is_reading = just_read
        self._reading: CustomerDetail | None = None
        self._current = just_read

    def carry_out(self, step: Create | Update | Delete) -> None:
        """Do one step; a record that fails is noted, and the others go on."""
        try:
            if isinstance(step, Create):
                self._create(step)
            elif isinstance(step, Update):
                self._update(step)
            else:
                self._delete(step)
        except (Stale, Gone) as error:
            raise Moved from error
        except Skip as error:
            self._progress.fail(step.ref, "theirs", error)

    def _create(self, step: Create) -> None:
        source, data = step.source, step.data
        if not isinstance(data, ContactData):
            raise TypeError("Customers are never created at the provider.")
        intent = Intent(
            our_id=source.id,
            their_customer_id=self._customer_id,
            data=data,
            existing=self._existing(),
        )
        self._ledger.allowed()
        self._ledger.intend(intent, step)
        self._before_write()
        try:
            made = self._theirs.create_contact(self._customer_id, data)
        except Skip as error:
            self._progress.fail(step.ref, "theirs", error, intent)
            if isinstance(error, Gone):
                # It may be the customer that is gone: asking for it tells.
                self._read()
            return
        self._known_ids.add(made.id)
        self._progress.created(step, made)
        self._progress.ended([step.replaces] if step.replaces else [])
        if data.primary and made.data.primary:
            self._progress.updated(step.ref, "theirs", PRIMARY, made)
        self._progress.keep_written(self._progress.done(step, "theirs", made), intent)
        if data.primary and not made.data.primary:
            self._make_primary(step.ref, made)

    def _make_primary(self, ref: Ref, made: ContactRecord) -> None:
        detail = FieldMerge(
            field="primary", ours=True, theirs=made.data.primary, winner="ours", reason="changed here"
        )
        step = Update(
            ref=ref,
            side="theirs",
            changes=PRIMARY,
            before=fields_of(made.data),
            details=(detail,),
            reason=detail.reason,
        )
        self._write(step, made.id)

    def _update(self, step: Update) -> None:
        self._reading_for(step, step.ref.their_id)
        self._write(step, step.ref.their_id or "")

    def _write(self, step: Update, their_id: str) -> None:
        self._ledger.allowed()
        self._ledger.intend_change(step, their_id)
        self._before_write()
        answer: Record
        if step.ref.kind == "customer":
            answer = self._theirs.update_customer(self._customer_id, step.changes)
        else:
            answer = self._theirs.update_contact(self._customer_id, their_id, step.changes)
        answer = _completed(answer, step.changes)
        self._progress.updated(step.ref, "theirs", step.changes, answer, step.origin)
        self._progress.keep_written(self._progress.done(step, "theirs", answer))

    def _delete(self, step: Delete) -> None:
        """Delete a record; one that goes right before is as it shall be."""
        self._reading_for(step, step.link.their_id)
        self._ledger.allowed()
        self._ledger.intend_change(step, step.link.their_id)
        self._before_write()
        with suppress(Gone):
            if step.ref.kind == "customer":
                self._theirs.delete_customer(self._customer_id)
            else:
                self._theirs.delete_contact(self._customer_id, step.link.their_id)
        self._progress.ended((step.link, *step.along))
        self._progress.keep_written(self._progress.done(step, "theirs", None))

    def _before_write(self) -> None:
        self._ledger.allowed()
        self._current = False

    def _existing(self) -> tuple[str, ...]:
        """Return the ids of the contacts there; one the plan does not know makes it out of date."""
        if self._reading is None and not self._plan_is_reading:
            self._read()
        there = {contact.id for contact in self._reading.contacts} if self._reading else set()
        if there - self._known_ids:
            raise Moved(self._reading)
        return tuple(sorted(self._known_ids))

    def _reading_for(self, step: Update | Delete, record_id: str | None) -> None:
        """Make sure that a step is about what the provider holds right now."""
        if not self._current:
            self._read()
        if self._reading is None:
            return
        record = found(self._reading, step.ref, record_id)
        if record is None or not is_current(step, record, self._reading):
            raise Moved(self._reading)

    def _read(self) -> None:
        self._ledger.allowed()
        try:
            self._reading = self._theirs.customer(self._customer_id)
        except Gone as error:
            raise CustomerGone from error
        self._current = True


def _completed(answer: Record, written: Fields) -> Record:
    """Add what was written and the answer leaves out: what was known before is true no longer."""
    told = fields_of(answer.data)
    left_out: dict[str, Any] = {name: value for name, value in written.items() if told.get(name) is None}
    if isinstance(answer, CustomerRecord):
        return replace(answer, data=with_values(answer.data, left_out))
    return replace(answer, data=replace(answer.data, **left_out))
