"""Carries a plan out: theirs before ours, each write there kept at once, all writes here in one commit."""

from __future__ import annotations

from typing import TypeGuard

from webapp.sdk.directory import Directory
from webapp.sync.inward import Inward
from webapp.sync.ledger import Ledger, Outcome, Portal
from webapp.sync.moved import CustomerGone, Moved
from webapp.sync.outward import Outward
from webapp.sync.progress import Progress
from webapp.sync.steps import Create, Delete, Plan, Step, Update


def apply(plan: Plan, ours: Portal, theirs: Directory, ledger: Ledger, *, just_read: bool = False) -> Outcome:
    """Carry out a plan for one customer.

    ``just_read`` says that the plan was made of a reading of theirs right before. ``RetryLater`` and
    ``Fatal`` pass through after what was done is kept; nothing is written here then. A record that fails
    does not stop the others, unless it is a customer that was not linked yet.
    """
    progress = Progress(plan, ledger)
    outward = Outward(plan, theirs, ledger, progress, just_read=just_read)
    inward = Inward(plan, ours, progress)
    try:
        progress.fail_refused()
        if _carry_out_there(plan, outward, progress) and _carry_out_here(plan, inward, progress):
            progress.keep_agreed()
    except Moved as moved:
        return progress.outcome("stale", moved.fresh)
    except CustomerGone:
        return progress.outcome("gone")
    return progress.outcome()


def _carry_out_there(plan: Plan, outward: Outward, progress: Progress) -> bool:
    """Do the provider's part; return whether the rest may follow."""
    for step in plan.steps:
        if _is_outward(step) and not progress.has_failed(step.ref):
            outward.carry_out(step)
            if _is_over(step, progress):
                return False
    return True


def _carry_out_here(plan: Plan, inward: Inward, progress: Progress) -> bool:
    """Do our part; return whether it is to be kept."""
    steps = [step for step in plan.steps if not _is_outward(step) and not progress.has_failed(step.ref)]
    inward.check(steps)
    for step in steps:
        if not progress.has_failed(step.ref):
            inward.carry_out(step)
            if _is_over(step, progress):
                return False
    return not plan.empty


def _is_over(step: Step, progress: Progress) -> bool:
    """Tell whether a customer failed that was not linked: then there is nothing to hang its contacts on."""
    return step.ref.kind == "customer" and progress.has_failed(step.ref) and not progress.linked


def _is_outward(step: Step) -> TypeGuard[Create | Update | Delete]:
    return isinstance(step, Create | Update | Delete) and step.side == "theirs"
