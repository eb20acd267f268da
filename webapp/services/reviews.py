"""The review of an import: what each ticked customer will become, what is still asked, the confirmation."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import structlog

from webapp import logs
from webapp.extensions import db
from webapp.services import audit, connections, drafts, signals
from webapp.services.answers import (
    ANSWERS,
    AnsweredAll,
    announce_details,
    answer,
    answer_all,
    answer_by_itself,
)
from webapp.services.errors import Conflict, Refused
from webapp.services.labels import provider_label
from webapp.services.review_pages import (
    GROUPS,
    PAGE_SIZE,
    Candidate,
    FieldOutcome,
    MergeOutcome,
    PersonOutcome,
    Review,
    ReviewItem,
    ReviewPage,
    numbers,
    review,
    review_page,
    shown_item,
)
from webapp.services.review_terms import (
    blocked_words,
    customers,
    locked_import,
    locked_review,
    moved_words,
    refuse,
    require_rights,
)
from webapp.store import review_items, reviews, runs, statistics
from webapp.store.columns import new_id, now
from webapp.store.runs import UNDER_WAY, Run, Selection

__all__ = [
    "ANSWERS",
    "GROUPS",
    "PAGE_SIZE",
    "AnsweredAll",
    "Candidate",
    "FieldOutcome",
    "MergeOutcome",
    "PersonOutcome",
    "Review",
    "ReviewItem",
    "ReviewPage",
    "answer",
    "answer_all",
    "back",
    "confirm",
    "merge_with",
    "numbers",
    "open_review",
    "page_of_first_missing",
    "review",
    "review_of",
    "review_page",
    "shown_item",
]

back = drafts.back

log = structlog.get_logger(__name__)


def open_review(run: Run) -> Run:
    """Turn what is ticked into items with their fingerprints. Raises ``Refused`` when nothing is ticked."""
    locked = locked_import(run)
    if locked.state == "review":
        db.session.rollback()
        return locked
    if locked.state != "draft":
        refuse(Conflict("This import was confirmed already. Its progress is among the runs."))
    require_rights(locked, locked.started_by)
    reviews.make_items(locked, Selection.from_json(locked.selection), blocked_words(locked))
    if not review_items.tally(locked):
        refuse(Refused("Nothing is ticked. Choose at least one customer first."))
    locked.state = "review"
    return _opened(locked)


def review_of(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    user_id: uuid.UUID,
    their_ids: frozenset[str],
    *,
    answers: Mapping[str, Any] | None = None,
    project_id: uuid.UUID | None = None,
) -> Run:
    """Open a review of certain customers, beside whatever the person is choosing in the picker.

    ``answers`` are those remembered, as a run keeps them.
    """
    selection = Selection(ids=their_ids)
    run = Run(
        portal_id=portal_id,
        id=new_id(),
        connection_id=connection_id,
        project_id=project_id,
        kind="import",
        state="review",
        selection=selection.to_json(),
        answers=dict(answers or {}),
        started_by=user_id,
    )
    db.session.add(run)
    db.session.flush()
    reviews.make_items(run, selection, blocked_words(run))
    return _opened(run)


def _opened(run: Run) -> Run:
    """Keep a review whose items were just made."""
    answer_by_itself(run)
    items = sum(row.items for row in review_items.tally(run))
    db.session.commit()
    if items >= statistics.MANY:
        statistics.measure_items()
    announce_details(run)
    return run


def page_of_first_missing(plan: Review) -> int | None:
    """Return on which page of its group the first customer stands that waits for an answer, or None."""
    if plan.first_missing is None:
        return None
    return review_items.count_before(plan.run, "same_name", plan.first_missing) // PAGE_SIZE + 1


def confirm(run: Run, user_id: uuid.UUID | None) -> Run:
    """Queue the import exactly as reviewed; a second confirmation changes nothing.

    When something moved since, the run stays in review with those rows marked. Raises ``Refused`` while
    answers or details are missing, or when nothing would be imported.
    """
    locked = _to_confirm(run)
    require_rights(locked, user_id)
    if locked.state == "review" and not locked.unattended:
        if reviews.mark_moved(locked, moved_words(locked)):
            db.session.commit()
            return locked
        _require_answers(locked)
        # Comparing a long review with the world takes a while, in which others are to be told of.
        db.session.commit()
    audit.hold(run.portal_id)
    locked = _to_confirm(run)
    if locked.state != "review":
        return locked
    if not locked.unattended:
        _require_answers(locked)
    _queue(locked, user_id)
    db.session.commit()
    with logs.bound(run=str(locked.id), connection=str(locked.connection_id)):
        log.info("run.confirmed", number=locked.number, customers=locked.total)
        signals.announce_due(locked.connection_id)
    return locked


def _to_confirm(run: Run) -> Run:
    """Lock a run that is in review; one that was confirmed is returned as it is, without a lock."""
    locked = locked_import(run)
    if locked.state in (*UNDER_WAY, "done", "failed"):
        db.session.rollback()
    elif locked.state != "review":
        refuse(Conflict("This import is not in review any more. Choose again, then review it."))
    return locked


def merge_with(run: Run, their_id: str, our_id: uuid.UUID) -> None:
    """Answer that a customer is to be merged with a certain one here, whatever their names."""
    locked = locked_review(run)
    for item in review_items.items_of(locked, [their_id]):
        item.our_id, item.action, item.answer, item.basis = our_id, "merge", "merge", "before"
    db.session.flush()
    reviews.pin_ours(locked)
    db.session.commit()
    announce_details(locked)


def _queue(run: Run, user_id: uuid.UUID | None) -> None:
    counts = {row.action: row.items for row in review_items.tally(run)}
    run.total = sum(counts.get(action, 0) for action in review_items.IMPORTING)
    if not run.total and not run.unattended:
        refuse(Refused("Nothing would be imported: everything is skipped or blocked. Choose others first."))
    review_items.set_aside(run)
    run.number = runs.next_number(run.portal_id)
    run.state, run.confirmed_at = "queued", now()
    run.pause = connections.why_work_waits(run.portal_id, run.connection_id)
    if user_id is not None:
        run.started_by = user_id
    details = {"connection": str(run.connection_id), "number": run.number, "customers": counts}
    audit.record(run.portal_id, audit.actor_of(user_id), "import.confirmed", str(run.id), details)


def _require_answers(run: Run) -> None:
    tally = review_items.tally(run)
    changed = sum(row.items for row in tally if row.group == "changed")
    if changed:
        refuse(Refused(f"{customers(changed)} changed while you were choosing. Look at them once more."))
    missing = sum(row.items for row in tally if row.action == "ask")
    if missing:
        answers = "1 answer is" if missing == 1 else f"{missing} answers are"
        refuse(Refused(f"{answers} missing. Choose Merge, Clone or Skip for each customer of that name."))
    waiting = review_items.details_wanted(run)
    if waiting:
        label = provider_label(run.portal_id, run.connection_id)
        refuse(
            Refused(
                f"The details of {customers(waiting)} are still being read from {label}. "
                "Wait a moment, or choose Clone or Skip instead of Merge."
            )
        )
