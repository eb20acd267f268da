"""Retries: what failed in a run, by reason, and taking it up again."""

from __future__ import annotations

import uuid

from webapp.services import drafts, reviews
from webapp.services.errors import Refused
from webapp.store import run_failures
from webapp.store.run_failures import FailureGroup
from webapp.store.runs import Run

__all__ = ["FailureGroup", "failures", "left", "retry"]

GROUPS_SHOWN = 12


def failures(run: Run) -> list[FailureGroup]:
    """List the reasons for which customers of a run failed, the most frequent first."""
    return run_failures.failure_groups(run, GROUPS_SHOWN)


def left(run: Run) -> int:
    """Count the customers that failed and have not come along since."""
    return run_failures.count_retryable(run)


def retry(run: Run, user_id: uuid.UUID, *, alike: int | None = None) -> Run:
    """Import again what failed, all of it or what failed like the item at a position, answered as before.

    It is confirmed at once; where something is to be asked or read first, its review is left open. Raises
    ``Refused`` when nothing is left to retry.
    """
    failed = run_failures.retryable(run, alike)
    if not failed:
        raise Refused("Nothing is left to retry: what failed has come along since.")
    again = reviews.review_of(
        run.portal_id,
        run.connection_id,
        user_id,
        frozenset(item.their_id for item in failed),
        answers={"by_id": drafts.remembered(failed)},
        project_id=run.project_id,
    )
    plan = reviews.numbers(again)
    if plan.missing or plan.waiting_details or not plan.customers:
        return again
    return reviews.confirm(again, user_id)
