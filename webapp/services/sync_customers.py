"""One customer of a pass brought to agreement; whatever becomes of it, the others go on."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.exc import OperationalError

from webapp.extensions import db
from webapp.outside import PluginFault
from webapp.sdk import Fatal, RateLimited, RetryLater
from webapp.services.keeping import Keeper
from webapp.services.leases import LeaseLost
from webapp.services.sync_closing import Look, PassWork, begin_run, close, failed, unlinked
from webapp.services.sync_ledger import SyncLedger, author_of
from webapp.services.sync_plans import Planned, plans
from webapp.services.sync_sides import DatabaseSides
from webapp.store import dirty, problems
from webapp.store.columns import now
from webapp.store.custom_fields import shared_fields
from webapp.store.directory import PortalDirectory
from webapp.sync.agree import Agreement, agree
from webapp.sync.brake import hits
from webapp.sync.steps import OpenItem, Plan

PATIENCE = 3
"""How often the provider may leave one customer without an answer before the others go on without it."""

LOOKS = 3
"""How often a customer that does not come to rest is looked at before it is left for a while."""

RESTLESS = (
    "It does not come to rest: it is edited all the while, or {} gives back other values than were sent."
)

SOON = timedelta(seconds=10)
LATER = timedelta(minutes=1)

log = structlog.get_logger(__name__)


def bring(work: PassWork, planned: Planned, may: Callable[[Plan], bool]) -> None:
    """Bring one customer to agreement, as far as it ``may``, and commit what came of it.

    Raises ``RetryLater`` and ``Fatal`` after what was done is kept, and ``LeaseLost``.
    """
    try:
        _bring(work, planned, may)
    except (Fatal, LeaseLost, RateLimited, OperationalError):
        db.session.rollback()
        raise
    except RetryLater as refusal:
        db.session.rollback()
        _count_silence(work, planned, refusal)
    except Exception:
        db.session.rollback()
        reference = secrets.token_hex(4)
        log.exception("sync.customer_failed", customer=str(planned.our_id), reference=reference)
        failed(work, planned, f"Something unexpected happened here (reference {reference}).")


def _bring(work: PassWork, planned: Planned, may: Callable[[Plan], bool]) -> None:
    run_id = work.run.id(edited_here=planned.dirty.edited_here)
    keeper = Keeper(
        mirror=work.mirror,
        lease=work.lease,
        run_id=run_id,
        our_id=str(planned.our_id),
        their_id=planned.dirty.their_id,
        author_of=partial(author_of, *work.place),
        tally=work.run,
    )
    ours = PortalDirectory(work.connection.portal_id)
    ledger = SyncLedger(keeper, ours)
    sides = DatabaseSides(
        work.mirror, shared_fields(work.connection), work.lease, lambda _: keeper, ledger.known.read
    )
    work.run.looked(planned.our_id)
    work.tries[planned.our_id] += 1
    agreement = agree(str(planned.our_id), sides, ours, work.directory(), ledger, plan=work.plan, may=may)
    _settle(work, planned, agreement, ledger)


def _settle(work: PassWork, planned: Planned, agreement: Agreement, ledger: SyncLedger) -> None:
    """Write down what came of a customer; what is still to be done of it stays due."""
    db.session.rollback()
    if agreement.status == "unlinked":
        return unlinked(work, planned.our_id)
    if agreement.status in ("agreed", "partly", "failed"):
        return _close(work, planned, agreement, ledger)
    if agreement.status != "waiting":
        ledger.settle()
    restless = work.tries[planned.our_id] >= LOOKS
    if agreement.status == "held" and not restless and agreement.plan is not None:
        here = any(hit.side == "ours" for hit in hits(agreement.plan))
        dirty.set_aside(work.connection, [planned.our_id], here=here)
    else:
        waits = SOON if agreement.status == "moving" else LATER
        dirty.put_off(work.connection, [planned.our_id], now() + waits)
    work.commit()


def _close(work: PassWork, planned: Planned, agreement: Agreement, ledger: SyncLedger) -> None:
    """Plan once more from what is there now: only if nothing but what failed is left, the look is over."""
    again = next(iter(plans(work.connection, [planned.our_id], work.plan)), None)
    if again is None:
        return unlinked(work, planned.our_id)
    if agreement.plan is not None and _is_left(again, agreement):
        if work.tries[planned.our_id] >= LOOKS:
            return failed(work, again, RESTLESS.format(work.label))
        ledger.settle()
        return work.commit()
    planned_items = again.plan.open_items if again.plan else ()
    items = (*planned_items, *_refused(agreement))
    look = Look(planned=again, failures=agreement.failures, open_items=items)
    begin_run(work, [look])
    ledger.settle()
    close(work, [look])
    work.commit()


def _is_left(again: Planned, agreement: Agreement) -> bool:
    if again.plan is None or again.unsettled or again.plan.unconfirmed:
        return True
    over = {failure.ref for failure in agreement.failures} | {item.ref for item in _refused(agreement)}
    return any(step.ref not in over for step in again.plan.steps)


def _refused(agreement: Agreement) -> list[OpenItem]:
    """Return what the provider would not delete: planning it again tells nothing of that."""
    return [item for item in agreement.open_items if item.question == "cannot be deleted there"]


def _count_silence(work: PassWork, planned: Planned, refusal: RetryLater) -> None:
    """Pause for a provider that does not answer, unless it is only this customer that gets no answer."""
    attempts = problems.attempts(*work.place, planned.our_id)
    db.session.rollback()
    if attempts >= PATIENCE:
        # Raises where the provider answers nothing else either: then it is not the customer's fault.
        work.directory().changed(None)
    silent = f"{work.label} did not answer."
    failed(work, planned, str(refusal) if isinstance(refusal, PluginFault) else silent)
    if attempts + 1 < PATIENCE:
        raise refusal
