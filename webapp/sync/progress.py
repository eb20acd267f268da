"""How far a plan has been carried out: what was done, what failed, and where its links stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from webapp.sdk.directory import CustomerDetail
from webapp.sdk.errors import HasTransactions, Rejected, Skip
from webapp.sync.ledger import Agreed, Done, Failure, Intent, Ledger, Outcome, Status, Written
from webapp.sync.link import Fields, Link, Record, Side, agreeing, fields_of, kind_of, known, with_primary
from webapp.sync.steps import Create, OpenItem, Plan, Ref, Step

NO_FIELDS: Fields = {}


class Progress:
    """Moves the links of a plan as its steps are done, and tells the ledger."""

    def __init__(self, plan: Plan, ledger: Ledger) -> None:
        self.our_id = plan.our_id
        self._plan = plan
        self._ledger = ledger
        self._customer = Ref(kind="customer", our_id=plan.our_id, their_id=plan.their_id)
        self._links = dict(plan.links)
        self._kept = {ref for ref, link in plan.links.items() if link.agreed_ours or link.agreed_theirs}
        self._moved: set[Ref] = set()
        self._ended: list[Link] = []
        self._done: list[Done] = []
        self._failures: list[Failure] = []
        self._open_items = list(plan.open_items)

    @property
    def linked(self) -> bool:
        """Tell whether the customer was linked before."""
        return self._customer in self._kept

    def has_failed(self, ref: Ref) -> bool:
        """Tell whether a record failed; what is left of its steps is not tried."""
        return any(failure.ref == ref for failure in self._failures)

    def created(self, step: Create, record: Record) -> None:
        """Link a record just made with the one it was made from.

        What a provider adds of its own was not agreed on: it comes here with the next pass.
        """
        made, source = known(fields_of(record.data)), known(fields_of(step.source.data))
        source.pop("primary", None)
        sent = {name: value for name, value in fields_of(step.data).items() if name in source}
        here = step.side == "ours"
        if not here:
            made = {name: value for name, value in made.items() if name in source or name == "primary"}
        made = {**sent, **made}
        ours, theirs = (record, step.source) if here else (step.source, record)
        self._move(
            step.ref,
            Link(
                kind=kind_of(record),
                our_id=ours.id,
                their_id=theirs.id,
                agreed_ours=made if here else source,
                agreed_theirs=source if here else made,
                agreed_their_version=theirs.version,
            ),
        )
        if kind_of(record) == "customer":
            self.our_id = record.id

    def updated(
        self, ref: Ref, side: Side, changes: Fields, record: Record, origin: Fields = NO_FIELDS
    ) -> None:
        """Move both shadows for what was written; on the written side to what the answer says.

        Of a field the answer leaves out, what was sent is the best that is known. ``origin`` is what the
        other side holds of those written as something else: so neither is news to the next pass.
        """
        answer = known(fields_of(record.data))
        told = {name: answer.get(name, value) for name, value in changes.items()}
        held = {**changes, **origin}
        ours, theirs = (told, held) if side == "ours" else (held, told)
        link = agreeing(self._links[ref], ours=ours, theirs=theirs)
        self._move(ref, replace(link, agreed_their_version=record.version) if side == "theirs" else link)
        if changes.get("primary") is True:
            self._move_primary(ref)

    def agreed(self, ref: Ref, fields: Fields) -> None:
        """Move both shadows for what both sides hold alike."""
        self._move(ref, agreeing(self._links[ref], ours=fields, theirs=fields))
        if fields.get("primary") is True:
            self._move_primary(ref)

    def ended(self, links: Iterable[Link]) -> None:
        """End links; nothing moves them any more."""
        for link in links:
            self._ended.append(link)
            ref = Ref(kind=link.kind, our_id=link.our_id, their_id=link.their_id)
            self._links.pop(ref, None)
            self._moved.discard(ref)

    def done(self, step: Step, side: Side, record: Record | None) -> Done:
        """Note a step as carried out."""
        done = Done(step=step, side=side, record=record)
        self._done.append(done)
        return done

    def keep_written(self, done: Done, intent: Intent | None = None) -> None:
        """Have a write at the provider committed, with the links as they stand."""
        links, unlinked = self._to_keep()
        self._ledger.written(Written(done=done, links=links, unlinked=unlinked, intent=intent))

    def keep_agreed(self) -> None:
        """Have everything done here committed."""
        links, unlinked = self._to_keep()
        done = tuple(done for done in self._done if done.side == "ours")
        self._ledger.agreed(
            Agreed(
                our_id=self.our_id, their_id=self._plan.their_id, done=done, links=links, unlinked=unlinked
            )
        )

    def fail(self, ref: Ref, side: Side, error: Skip, intent: Intent | None = None) -> None:
        """Note a record that could not be written."""
        if isinstance(error, HasTransactions):
            reason = "It has transactions there: mark it inactive there, unlink it, or restore it here."
            item = OpenItem(ref=ref, question="cannot be deleted there", reason=reason)
            self._open_items.append(item)
        field = error.field if isinstance(error, Rejected) else ""
        self._fail(Failure(ref=ref, side=side, reason=str(error), field=field, error=error, intent=intent))

    def fail_refused(self) -> None:
        """Note what the plan refused."""
        for refusal in self._plan.refusals:
            self._fail(
                Failure(
                    ref=refusal.ref,
                    side=refusal.side,
                    reason=refusal.reason,
                    field=refusal.field,
                    final=not refusal.passing,
                )
            )

    def outcome(self, status: Status | None = None, fresh: CustomerDetail | None = None) -> Outcome:
        """Return what came of the plan."""
        return Outcome(
            status=status or self._status,
            our_id=self.our_id,
            their_id=self._plan.their_id,
            done=tuple(self._done),
            failures=tuple(self._failures),
            open_items=tuple(self._open_items),
            fresh=fresh,
        )

    @property
    def _status(self) -> Status:
        if not self._failures:
            return "done"
        return "partly" if self._done else "failed"

    def _fail(self, failure: Failure) -> None:
        self._failures.append(failure)
        self._ledger.failed(failure)

    def _move(self, ref: Ref, link: Link) -> None:
        self._links[ref] = link
        self._moved.add(ref)

    def _move_primary(self, primary: Ref) -> None:
        """Let one contact be the agreed primary one, and no other."""
        for ref, link in list(self._links.items()):
            moved = with_primary(link, primary=ref == primary)
            if moved is not link:
                self._move(ref, moved)

    def _to_keep(self) -> tuple[tuple[Link, ...], tuple[Link, ...]]:
        """Return the links that moved since the last commit; a customer's is kept before its contacts'."""
        refs = set(self._moved)
        if refs and self._customer in self._links and self._customer not in self._kept:
            refs.add(self._customer)
        links = tuple(self._links[ref] for ref in sorted(refs, key=lambda ref: ref.kind == "contact"))
        ended = tuple(self._ended)
        self._kept |= refs
        self._moved.clear()
        self._ended.clear()
        return links, ended
