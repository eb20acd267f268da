"""A plan while it is made: collects its steps, refuses what a side cannot hold, and puts all in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from webapp.sdk.records import ContactData, with_values
from webapp.sync.link import Fields, Kind, Link, Record, Side, fields_of, kind_of, known, new_link
from webapp.sync.merge import FieldMerge, Merge, merge
from webapp.sync.shared import leaders
from webapp.sync.steps import (
    Agree,
    Conflict,
    Create,
    Delete,
    Loss,
    OpenItem,
    Plan,
    Ref,
    Refusal,
    Restore,
    Seen,
    Step,
    Unlink,
    Update,
)
from webapp.sync.terms import Terms

NO_FIELDS: Fields = {}

ORDER: tuple[tuple[type[Step], Side | None, Kind], ...] = (
    (Update, "theirs", "customer"),
    (Create, "theirs", "contact"),
    (Update, "theirs", "contact"),
    (Delete, "theirs", "contact"),
    (Delete, "theirs", "customer"),
    (Restore, None, "customer"),
    (Create, "ours", "customer"),
    (Update, "ours", "customer"),
    (Restore, None, "contact"),
    (Create, "ours", "contact"),
    (Update, "ours", "contact"),
    (Delete, "ours", "contact"),
    (Delete, "ours", "customer"),
    (Agree, None, "customer"),
    (Agree, None, "contact"),
    (Unlink, None, "contact"),
    (Unlink, None, "customer"),
)
"""Theirs before ours; customers before their contacts, but after them when they go."""


class Draft:
    """The plan for one customer, growing."""

    def __init__(self, our_id: str | None, their_id: str, terms: Terms) -> None:
        self.customer = Ref(kind="customer", our_id=our_id, their_id=their_id)
        self.terms = terms
        self.steps: list[Step] = []
        self.conflicts: list[Conflict] = []
        self.losses: list[Loss] = []
        self.refusals: list[Refusal] = []
        self.open_items: list[OpenItem] = []
        self.unconfirmed: list[str] = []
        self._seen: list[Seen] = []
        self._links: dict[Ref, Link] = {}

    def merge(self, ours: Record, theirs: Record, link: Link | None, *, why: str) -> bool:
        """Plan what makes two records agree and links them; return whether both can hold the result."""
        ref = Ref(kind=kind_of(ours), our_id=ours.id, their_id=theirs.id)
        merged = self._merged(ref, ours, theirs, link)
        if link:
            self._see(link, ours, theirs)
        there = self._vetted(ref, "theirs", merged.to("theirs"), fields_of(theirs.data))
        if there is None:
            return False
        here = self._vetted(ref, "ours", merged.to("ours"), fields_of(ours.data))
        if here is None:
            return False
        self._links[ref] = _as_of(link, ours, theirs)
        self.update(ref, "theirs", theirs, there, merged.details("theirs"), merged.to("theirs"))
        self.update(ref, "ours", ours, here, merged.details("ours"), merged.to("ours"))
        if merged.alike or link is None:
            self.steps.append(Agree(ref=ref, fields=merged.alike, reason=why))
        self._tell(ref, merged)
        return True

    def update(
        self,
        ref: Ref,
        side: Side,
        record: Record,
        changes: Fields,
        details: tuple[FieldMerge, ...],
        source: Fields = NO_FIELDS,
    ) -> None:
        """Plan writing ``changes`` to a record, in one write with what is planned for it already.

        ``source`` is what the other side holds of them, if that may be something else.
        """
        if not changes:
            return
        origin = {name: value for name, value in source.items() if changes[name] != value}
        planned = next((step for step in self.steps if _writes(step, ref, side)), None)
        if isinstance(planned, Update):
            self.steps.remove(planned)
            changes, details = {**planned.changes, **changes}, planned.details + details
            origin = {**planned.origin, **origin}
        self.steps.append(
            Update(
                ref=ref,
                side=side,
                changes=changes,
                before=fields_of(record.data),
                details=details,
                origin=origin,
                reason=", ".join(dict.fromkeys(merged.reason for merged in details)),
            )
        )

    def create(
        self,
        ref: Ref,
        side: Side,
        source: Record,
        *,
        primary: bool = False,
        replaces: Link | None = None,
        reason: str,
    ) -> bool:
        """Plan making the twin of ``source`` on a side; return whether that side can hold it."""
        data = source.data
        asked = {name: value for name, value in known(fields_of(data)).items() if name != "primary"}
        given = self._vetted(ref, side, asked, NO_FIELDS)
        if given is None:
            return False
        values: dict[str, Any] = dict(given)
        if isinstance(data, ContactData):
            data = replace(data, **values, primary=primary)
        else:
            data = with_values(data, values)
        step = Create(ref=ref, side=side, data=data, source=source, replaces=replaces, reason=reason)
        self.steps.append(step)
        return True

    def carry(self, links: Iterable[Link]) -> None:
        """Take along links that the steps may move, whatever becomes of their records."""
        for link in links:
            self._links[Ref(kind=link.kind, our_id=link.our_id, their_id=link.their_id)] = link

    def plan(self, our_contacts: tuple[str, ...], their_contacts: tuple[str, ...]) -> Plan:
        """Return the plan with its steps in order."""
        return Plan(
            our_id=self.customer.our_id,
            their_id=self.customer.their_id or "",
            steps=tuple(self._with_losses(step) for step in sorted(self.steps, key=_rank)),
            conflicts=tuple(self.conflicts),
            losses=tuple(self.losses),
            refusals=tuple(self.refusals),
            open_items=tuple(self.open_items),
            unconfirmed=tuple(self.unconfirmed),
            seen=tuple(self._seen),
            links=self._links,
            our_contacts=our_contacts,
            their_contacts=their_contacts,
        )

    def _with_losses(self, step: Step) -> Step:
        """Hand a write the values that give way with it, so that both are told together."""
        if not isinstance(step, Create | Update):
            return step
        written = step.changes if isinstance(step, Update) else fields_of(step.data)
        mine = [
            loss for loss in self.losses if loss.side == step.side and _takes_place(written, step.ref, loss)
        ]
        return replace(step, losses=tuple(mine)) if mine else step

    def _merged(self, ref: Ref, ours: Record, theirs: Record, link: Link | None) -> Merge:
        names = self.terms.names(ref.kind)
        return merge(
            names,
            ours=fields_of(ours.data),
            theirs=fields_of(theirs.data),
            agreed_ours=link.agreed_ours if link else {},
            agreed_theirs=link.agreed_theirs if link else {},
            winners={name: self.terms.winner(ref, name) for name in names},
            reason="rule" if self.terms.choices is None else "chosen",
            leaders=leaders(self.terms.shared),
        )

    def _vetted(self, ref: Ref, side: Side, values: Fields, before: Fields) -> Fields | None:
        """Return what a side is to be given; ``None`` when nothing of the record is to be written."""
        verdict = self.terms.vetted(ref, side, values, before)
        if isinstance(verdict, Refusal):
            self.refusals.append(verdict)
            return None
        return verdict

    def _see(self, link: Link, ours: Record, theirs: Record) -> None:
        self._seen.append(
            Seen(
                kind=link.kind,
                our_id=link.our_id,
                their_id=link.their_id,
                our_version=int(ours.version or 0),
                their_version=theirs.version,
            )
        )

    def _tell(self, ref: Ref, merged: Merge) -> None:
        link = self._links[ref]
        for field in merged.conflicts:
            self.conflicts.append(
                Conflict(
                    ref=ref,
                    field=field.field,
                    ours=field.ours,
                    theirs=field.theirs,
                    agreed_ours=link.agreed_ours.get(field.field),
                    agreed_theirs=link.agreed_theirs.get(field.field),
                )
            )
        for field in merged.losses:
            ours_lost = field.loser == "ours"
            self.losses.append(
                Loss(
                    ref=ref,
                    field=field.field,
                    side="ours" if ours_lost else "theirs",
                    lost=field.ours if ours_lost else field.theirs,
                    kept=field.theirs if ours_lost else field.ours,
                )
            )


def _as_of(link: Link | None, ours: Record, theirs: Record) -> Link:
    base = new_link(ours, theirs)
    if link is None:
        return base
    return replace(base, agreed_ours=link.agreed_ours, agreed_theirs=link.agreed_theirs)


def _writes(step: Step, ref: Ref, side: Side) -> bool:
    return isinstance(step, Update) and step.ref == ref and step.side == side


def _takes_place(written: Fields, ref: Ref, loss: Loss) -> bool:
    if loss.field == "primary":
        return written.get("primary") is True
    return loss.ref == ref and loss.field in written


def _rank(step: Step) -> tuple[int, bool]:
    side = step.side if isinstance(step, Create | Update | Delete) else None
    second = isinstance(step, Create) and isinstance(step.data, ContactData) and not step.data.primary
    return ORDER.index((type(step), side, step.ref.kind)), second
