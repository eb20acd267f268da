"""Carries a plan out: theirs before ours, each write there kept at once, all writes here in one commit."""

from __future__ import annotations

from webapp.sdk.directory import Directory
from webapp.sync.ledger import Ledger, Outcome, Portal
from webapp.sync.steps import Plan


def apply(plan: Plan, ours: Portal, theirs: Directory, ledger: Ledger, *, just_read: bool = False) -> Outcome:
    """Carry out a plan for one customer.

    ``just_read`` says that the plan was made of a reading of theirs right before. ``RetryLater`` and
    ``Fatal`` pass through after what was done is kept; nothing is written here then.
    """
    raise NotImplementedError
