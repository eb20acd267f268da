"""One item of a run carried out: the plan made again, kept to what was confirmed, and applied."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import cast

import structlog
from sqlalchemy.exc import OperationalError

from webapp.extensions import db
from webapp.outside import PluginFault
from webapp.sdk import (
    CustomerDetail,
    Directory,
    Fatal,
    Gone,
    RateLimited,
    Rejected,
    RetryLater,
    Skip,
)
from webapp.services.admitting import take_in, why_not
from webapp.services.batches import Batch
from webapp.services.keeping import Keeper
from webapp.services.leases import Lease, LeaseLost
from webapp.services.ledger import Cancelled, Incomplete, NameTaken, RunLedger, author_of
from webapp.services.merge_fields import choices_of
from webapp.services.merge_outcomes import person_name
from webapp.services.recovery import settle_intents
from webapp.services.snapshots import snapshot
from webapp.store import links, pairs, reviews, run_items
from webapp.store.directory import PortalDirectory
from webapp.store.mirror import Mirror
from webapp.store.run_data import ItemData, RunData
from webapp.sync.apply import apply
from webapp.sync.ledger import Outcome
from webapp.sync.plan import Answer, plan_import
from webapp.sync.shared import SharedFields
from webapp.sync.steps import Limits, OurCustomer, Plan
from webapp.sync.terms import Vet

PATIENCE = 3
"""How often the provider may leave one item without an answer before the others go on without it."""

PLANS = 3
"""How often an item that keeps moving is planned again, where nobody confirmed a certain state of it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What all items of a slice share."""

    run: RunData
    lease: Lease
    mirror: Mirror
    theirs: Directory
    limits: Limits
    shared: SharedFields
    label: str
    vet: Vet
    currency: str
    """What a customer gets that has none there: the portal's own."""


def carry_out(work: Work, batch: Batch, item: ItemData, plan: Plan | None = None) -> None:
    """Carry out one item and commit what came of it; one that fails does not stop the others.

    ``plan`` is what ``plan_new`` made of it, if it did. Raises ``RetryLater`` and ``Fatal`` after what was
    done is kept, and ``LeaseLost``.
    """
    try:
        _carry_out(work, batch, item, plan)
    except Cancelled:
        db.session.rollback()
    except NameTaken:
        db.session.rollback()
        _close(work, item, "changed", _moved_words("named", work.label))
    except (Fatal, LeaseLost, RateLimited, OperationalError):
        db.session.rollback()
        raise
    except RetryLater as refusal:
        db.session.rollback()
        _count_silence(work, item, refusal)
    except Skip as refusal:
        db.session.rollback()
        _close(work, item, "failed", str(refusal))
    except Exception:
        db.session.rollback()
        reference = secrets.token_hex(4)
        log.exception("run.item_failed", run=str(work.run.id), position=item.position, reference=reference)
        _close(work, item, "failed", f"Something unexpected happened here (reference {reference}).")


def plan_new(work: Work, batch: Batch, item: ItemData) -> Plan | None:
    """Plan an item that makes a customer here as things stood when the batch was read; else return None."""
    makes = item.action in ("create", "clone") and item.begun_at is None and batch.lets_in(item)
    return _plan(work, item, batch.theirs[item.their_id], None) if makes else None


def _carry_out(work: Work, batch: Batch, item: ItemData, plan: Plan | None) -> None:
    if item.begun_at is not None:
        _take_up(work, item)
    elif why := why_not(work.run):
        _close(work, item, "failed", why)
    elif item.action == "add":
        _add(work, item, batch)
    elif item.their_id in batch.linked:
        _close(
            work,
            item,
            "skipped",
            "It is in the portal and linked already.",
            our_id=batch.linked[item.their_id],
        )
    elif item.their_id not in batch.theirs:
        _close(work, item, "failed", f"It was deleted in {work.label} by now.")
    elif item.position in batch.moved:
        _close(work, item, "changed", _moved_words(batch.moved[item.position], work.label))
    elif item.their_id in batch.unread:
        _close(work, item, "failed", f"Its contacts could not be read from {work.label}.")
    elif item.action == "merge" and item.their_id in batch.unsettled:
        _take_up(work, item)
    elif item.action == "merge":
        _merge(work, item, batch)
    else:
        _settle(work, item, *_apply(work, item, batch.theirs[item.their_id], None, plan=plan))


def _add(work: Work, item: ItemData, batch: Batch) -> None:
    """Add a customer that is in the portal already to the project of the run."""
    our_id = batch.linked.get(item.their_id)
    if our_id is None or our_id != item.our_id:
        _close(work, item, "changed", "The customer in the portal is not linked with it any more.")
        return
    take_in(work.run, [our_id], begun=False)
    _close(work, item, "done", "", our_id=our_id, contacts=0)


def _merge(work: Work, item: ItemData, batch: Batch) -> None:
    if item.our_id not in batch.ours or _moved_since(work, item):
        _close(work, item, "changed", _moved_words("ours", work.label))
        return
    theirs, just_read = batch.theirs[item.their_id], False
    for _ in range(PLANS):
        outcome, ledger = _apply(work, item, theirs, item.our_id, just_read=just_read)
        if outcome.status != "stale" or not work.run.unattended:
            break
        theirs, just_read = outcome.fresh or work.theirs.customer(item.their_id), True
    _settle(work, item, outcome, ledger)


def _moved_since(work: Work, item: ItemData) -> bool:
    """Tell whether the customer here moved while those before it in the batch took their time."""
    if work.run.unattended:
        return False
    moved = reviews.moved_among(work.run, [item.position])
    db.session.rollback()
    return bool(moved)


def _take_up(work: Work, item: ItemData) -> None:
    """Go on with a merge that was begun, from what the provider holds now and the links it left."""
    work.lease.check()
    fresh = work.theirs.customer(item.their_id)
    settle_intents(_keeper(work, item), fresh)
    for _ in range(PLANS):
        outcome, ledger = _apply(work, item, fresh, item.our_id, just_read=True)
        if outcome.status != "stale":
            break
        fresh = outcome.fresh or work.theirs.customer(item.their_id)
    _settle(work, item, outcome, ledger)


def _apply(
    work: Work,
    item: ItemData,
    theirs: CustomerDetail,
    our_id: uuid.UUID | None,
    *,
    plan: Plan | None = None,
    just_read: bool = False,
) -> tuple[Outcome, RunLedger]:
    """Carry out the plan of an item, by default one made of what both sides hold."""
    ours = None
    if our_id is not None:
        place = (work.run.portal_id, work.run.connection_id)
        ours = pairs.our_customers(*place, [our_id]).get(our_id)
        db.session.rollback()
        if ours is None:
            raise Gone("The customer in the portal it was to be merged with is gone.")
        if ours.link is not None and ours.link.their_id != item.their_id:
            raise Rejected(f"The customer in the portal is linked to another one in {work.label} by now.")
    directory = PortalDirectory(work.run.portal_id, run_id=work.run.id, currency=work.currency)
    people = len(theirs.contacts)
    ledger = RunLedger(work.run, item, _keeper(work, item), directory, work.label, people=people)
    ledger.names = {each.id: person_name(each.data) for each in theirs.contacts}
    if ours is not None:
        ledger.before = snapshot(ours)
        ledger.names |= {str(each.id): person_name(each.data) for each in ours.contacts}
        ledger.waiting = [person_name(each.data) for each in ours.contacts if each.id in ours.held]
    plan = plan or _plan(work, item, theirs, ours)
    try:
        outcome = apply(plan, directory, work.theirs, ledger, just_read=just_read)
    except Incomplete:
        db.session.rollback()
        raise Skip(ledger.failure_words()) from None
    return outcome, ledger


def _plan(work: Work, item: ItemData, theirs: CustomerDetail, ours: OurCustomer | None) -> Plan:
    return plan_import(
        theirs,
        ours,
        cast(Answer, item.action),
        choices=choices_of(item.choices),
        limits=work.limits,
        vet=work.vet,
        shared=work.shared,
    )


def _keeper(work: Work, item: ItemData) -> Keeper:
    author = author_of(work.run)
    return Keeper(
        mirror=work.mirror,
        lease=work.lease,
        run_id=work.run.id,
        our_id=str(item.our_id or ""),
        their_id=item.their_id,
        author_of=lambda *_: author,
    )


def _settle(work: Work, item: ItemData, outcome: Outcome, ledger: RunLedger) -> None:
    """Close an item that applying its plan did not close."""
    if ledger.finished:
        return
    db.session.rollback()
    ledger.forget_void()
    words = ledger.failure_words()
    if outcome.status == "gone":
        _close(work, item, "failed", f"It was deleted in {work.label} by now.")
    elif outcome.status == "stale":
        _close(work, item, "changed", _moved_words("theirs", work.label))
    elif outcome.status == "failed":
        _close(work, item, "failed", words)
    else:
        ledger.finish(outcome.our_id, contacts=item.contacts)


def _count_silence(work: Work, item: ItemData, refusal: RetryLater) -> None:
    """Pause for a provider that does not answer, unless it is only this item that gets no answer."""
    work.lease.assert_held()
    attempts = run_items.count_attempt(item)
    db.session.commit()
    if attempts < PATIENCE:
        raise refusal
    # Raises where the provider answers nothing else either: then it is not the item's fault.
    work.theirs.changed(None)
    silent = f"{work.label} did not answer, {attempts} times."
    _close(work, item, "failed", str(refusal) if isinstance(refusal, PluginFault) else silent)


def _close(
    work: Work,
    item: ItemData,
    state: str,
    reason: str,
    *,
    our_id: uuid.UUID | None = None,
    contacts: int | None = None,
) -> None:
    if state in ("failed", "changed") and item.our_id is not None:
        _take_back_links(work.run, item, item.our_id)
    work.lease.assert_held()
    run_items.finish(item, state, reason=reason, our_id=our_id, contacts=contacts)
    db.session.commit()


def _take_back_links(run: RunData, item: ItemData, our_id: uuid.UUID) -> None:
    """End the links of a merge that was begun and given up: half of one would count as imported for ever."""
    place = (run.portal_id, run.connection_id)
    made = links.of_customer_and_contacts(run.portal_id, our_id, run.connection_id)
    if any((row.kind, row.their_id, row.run_id) == ("customer", item.their_id, run.id) for row in made):
        links.end(*place, [links.as_value(row) for row in made])


def _moved_words(moved: str, label: str) -> str:
    return {
        "gone": f"It was deleted in {label} after it was confirmed.",
        "imported": "It came into the portal another way after it was confirmed.",
        "theirs": f"{label} changed it after it was confirmed.",
        "named": "A customer of this name came into the portal after it was confirmed.",
        "ours": "The customer in the portal changed after it was confirmed.",
    }[moved]
