"""Retries: what failed in a run, by reason, whole or in part, and taking it up again."""

from __future__ import annotations

import uuid

from webapp.services import deciding, drafts, reviews
from webapp.services.errors import Refused
from webapp.store import run_failures
from webapp.store.run_failures import FailureGroup
from webapp.store.runs import Run

__all__ = ["FailureGroup", "failures", "left", "left_partly", "retry", "retry_partly"]

GROUPS_SHOWN = 12


def failures(run: Run) -> list[FailureGroup]:
    """List the reasons for which customers of a run failed, the most frequent first."""
    return run_failures.failure_groups(run, GROUPS_SHOWN)


def left(run: Run) -> int:
    """Count the customers that failed and have not come along since."""
    return run_failures.count_retryable(run)


def left_partly(run: Run) -> int:
    """Count the customers that came only partly and of which something still fails."""
    return len({customer_id for _, customer_id in run_failures.failing_parts(run)})


def retry_partly(run: Run, user_id: uuid.UUID) -> int:
    """Try again what fails of the customers that came only partly, and return how many records that are.

    They are linked, so the next pass writes what is missing. Raises ``Refused`` when nothing fails any more.
    """
    failing = [problem_id for problem_id, _ in run_failures.failing_parts(run)]
    if not failing:
        raise Refused(
            "Nothing is left to retry: what was missing has come along since, or waits for its turn."
        )
    return deciding.retry(run.portal_id, failing, user_id)


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
