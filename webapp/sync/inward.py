"""Writes here: all of one customer's go into one transaction, after everything at the provider."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.sdk.errors import Gone, Skip
from webapp.sdk.records import ContactData, ContactRecord, CustomerData
from webapp.sync.ledger import Portal
from webapp.sync.link import Record
from webapp.sync.moved import Moved, found, is_current
from webapp.sync.progress import Progress
from webapp.sync.steps import Agree, Create, Delete, Plan, Restore, Step, Unlink, Update


class Inward:
    """The portal's side of a plan being carried out."""

    def __init__(self, plan: Plan, ours: Portal, progress: Progress) -> None:
        self._our_contacts = frozenset(plan.our_contacts)
        self._ours = ours
        self._progress = progress

    def check(self, steps: Sequence[Step]) -> None:
        """Raise ``Moved`` when someone deleted or edited here, since it was planned, what it is about.

        A contact that was added here since may be who one is about to be made for.
        """
        back = {step.ref for step in steps if isinstance(step, Restore)}
        known = [
            step
            for step in steps
            if isinstance(step, Agree | Update | Delete) and step.ref.our_id and step.ref not in back
        ]
        grows = self._progress.linked and any(isinstance(step, Create) for step in steps)
        if not known and (back or not grows):
            return
        try:
            detail = self._ours.customer(self._customer_id)
        except Gone as error:
            raise Moved from error
        if grows and any(contact.id not in self._our_contacts for contact in detail.contacts):
            raise Moved
        for step in known:
            record = found(detail, step.ref, step.ref.our_id)
            if record is None:
                raise Moved
            if isinstance(step, Update | Delete) and not is_current(step, record, detail):
                raise Moved

    def carry_out(self, step: Step) -> None:
        """Do one step; a record that fails is noted, and the others go on."""
        try:
            if isinstance(step, Create):
                self._create(step)
            elif isinstance(step, Update):
                self._update(step)
            elif isinstance(step, Delete):
                self._delete(step)
            elif isinstance(step, Restore):
                self._restore(step)
            elif isinstance(step, Agree):
                self._agree(step)
            else:
                self._unlink(step)
        except Skip as error:
            self._progress.fail(step.ref, "ours", error)

    @property
    def _customer_id(self) -> str:
        return self._progress.our_id or ""

    def _create(self, step: Create) -> None:
        made: Record
        if isinstance(step.data, CustomerData):
            made = self._ours.create_customer(step.data)
        else:
            made = self._create_contact(step.data)
        self._progress.created(step, made)
        self._progress.done(step, "ours", made)
        if isinstance(step.data, ContactData) and step.data.primary:
            self._progress.updated(step.ref, "ours", {"primary": True}, made)

    def _create_contact(self, data: ContactData) -> ContactRecord:
        made = self._ours.create_contact(self._customer_id, data)
        if data.primary and made.data.primary is not True:
            made = self._ours.update_contact(self._customer_id, made.id, {"primary": True})
        return made

    def _update(self, step: Update) -> None:
        record: Record
        if step.ref.kind == "customer":
            record = self._ours.update_customer(self._customer_id, step.changes)
        else:
            record = self._ours.update_contact(self._customer_id, step.ref.our_id or "", step.changes)
        self._progress.updated(step.ref, "ours", step.changes, record, step.origin)
        self._progress.done(step, "ours", record)

    def _delete(self, step: Delete) -> None:
        try:
            if step.ref.kind == "customer":
                self._ours.delete_customer(self._customer_id)
            else:
                self._ours.delete_contact(self._customer_id, step.link.our_id)
        except Gone:
            pass
        self._progress.ended((step.link, *step.along))
        self._progress.done(step, "ours", None)

    def _restore(self, step: Restore) -> None:
        record: Record
        if step.ref.kind == "customer":
            record = self._ours.restore_customer(self._customer_id)
        else:
            record = self._ours.restore_contact(self._customer_id, step.ref.our_id or "")
        self._progress.done(step, "ours", record)

    def _agree(self, step: Agree) -> None:
        self._progress.agreed(step.ref, step.fields)
        self._progress.done(step, "ours", None)

    def _unlink(self, step: Unlink) -> None:
        self._progress.ended((step.link, *step.along))
        self._progress.done(step, "ours", None)
