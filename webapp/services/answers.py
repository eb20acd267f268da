"""The answers of a review: given one by one, for all at once, or remembered from before."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from webapp.extensions import db
from webapp.services import signals
from webapp.services.errors import Invalid, NotFound, Refused
from webapp.services.review_terms import blocked_words, locked_review, refuse
from webapp.store import review_items, reviews
from webapp.store.portals import Portal
from webapp.store.runs import Run, RunItem, Selection

ANSWERS = ("merge", "clone", "skip", "take")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredAll:
    """What an answer for all did: how many took it, how many wait for one of their own, and why in words."""

    answered: int
    left: int
    words: str


def answer(run: Run, position: int, answer: str, our_id: uuid.UUID | None = None) -> None:
    """Answer for one customer; what was read for it stays read.

    ``merge`` names which customer when several share the name; ``take`` accepts what changed as it is now.
    Raises ``NotFound`` for an unknown position, ``Invalid`` or ``Refused`` for an answer that does not fit.
    """
    locked = locked_review(run)
    item = review_items.item_at(locked, position)
    if item is None:
        refuse(NotFound("There is no such customer in this review."))
    if item.state == "changed":
        _answer_changed(locked, item, answer)
    else:
        _answer_same_name(locked, item, answer, our_id)
    _commit_and_keep()
    if item.action == "merge" and review_items.unread_details(locked, [item.their_id]):
        signals.announce_due(locked.connection_id, interactive=True)


def answer_all(run: Run, answer: str) -> AnsweredAll:
    """Give one answer to all customers whose name exists here.

    With ``take`` or ``skip_changed`` it is given to all that changed instead: taken as they are, or left out.
    """
    locked = locked_review(run)
    if answer == "take":
        answered = _take(locked, frozenset(review_items.changed_ids(locked)))
    elif answer == "skip_changed":
        answered = review_items.skip_changed(locked)
    elif answer in ("merge", "clone", "skip"):
        answered = review_items.answer_same_names(locked, answer)
        locked.answers = {**locked.answers, "all": answer}
        reviews.pin_ours(locked)
    else:
        refuse(Invalid("answer", "Choose Merge, Clone or Skip."))
    left = sum(row.items for row in review_items.tally(locked) if row.action == "ask")
    db.session.commit()
    announce_details(locked)
    return AnsweredAll(answered=answered, left=left, words=_left_words(left))


def answer_by_itself(run: Run) -> None:
    """Give the answers remembered, then the one for all, then the portal's own; the caller commits."""
    remembered = run.answers.get("by_id", {})
    for item in review_items.items_of(run, remembered.keys()):
        _answer_again(run, item, **remembered[item.their_id])
    portal = db.session.get_one(Portal, run.portal_id)
    for_all = run.answers.get("all") or ("" if portal.duplicates == "ask" else portal.duplicates)
    if for_all:
        review_items.answer_same_names(run, for_all, unanswered=True)
    reviews.pin_ours(run)


def announce_details(run: Run) -> None:
    """Have the customers read in full that are to be merged, while the person waits."""
    if review_items.details_wanted(run):
        signals.announce_due(run.connection_id, interactive=True)


def _commit_and_keep() -> None:
    """Commit without forgetting what was read: rows that were locked are as they were written."""
    session = db.session()
    session.expire_on_commit = False
    try:
        session.commit()
    finally:
        session.expire_on_commit = True


def _answer_again(
    run: Run, item: RunItem, answer: str, our_id: str, choices: dict[str, Any] | None = None
) -> None:
    """Give an answer of before again where it still fits; where it does not, it is asked anew."""
    asked = item.action == "ask" or (item.action in ("create", "merge") and item.state == "pending")
    if not asked or answer not in ("merge", "clone", "skip"):
        return
    wanted = uuid.UUID(our_id) if our_id and answer == "merge" else None
    if answer == "merge" and _mergeable(run, item, wanted) is None:
        return
    _give(run, item, answer, wanted)
    if answer == "merge" and choices:
        item.choices = choices


def _answer_changed(run: Run, item: RunItem, answer: str) -> None:
    if answer == "take":
        _take(run, frozenset([item.their_id]))
    elif answer == "skip":
        item.state, item.answer, item.action, item.reason = "pending", "skip", "skip", ""
    else:
        refuse(
            Refused(f"{item.name} changed while you were choosing: take it as it is now, or leave it out.")
        )


def _answer_same_name(run: Run, item: RunItem, answer: str, our_id: uuid.UUID | None) -> None:
    if answer not in ("merge", "clone", "skip"):
        refuse(Invalid("answer", "Choose Merge, Clone or Skip."))
    if item.action == "blocked":
        refuse(Refused(f"{item.name} cannot come along: {item.reason}"))
    if answer == "merge":
        our_id = _mergeable(run, item, our_id)
        if our_id is None:
            refuse(Refused(f"Say which customer {item.name} is to be merged with, or choose another answer."))
        taken = review_items.taken_by(run, our_id, item.position)
        if taken is not None:
            refuse(
                Refused("This customer is being merged with another one of that name. Choose Clone or Skip.")
            )
    _give(run, item, answer, our_id)


def _mergeable(run: Run, item: RunItem, our_id: uuid.UUID | None) -> uuid.UUID | None:
    """Return which customer an item can be merged with: the one named, else the only one."""
    if our_id is None and item.basis:
        our_id = item.our_id
    if our_id is not None:
        able = {row.id for row in review_items.candidates(run, [], [our_id])}
        return our_id if our_id in able else None
    named = [row.id for row in review_items.candidates(run, [item.name_key])]
    return named[0] if len(named) == 1 else None


def _give(run: Run, item: RunItem, answer: str, our_id: uuid.UUID | None) -> None:
    item.answer = answer
    # Where nothing here has its name, a second customer of it is simply a new one.
    alone = not item.namesakes and not item.twins
    item.action = "create" if answer == "clone" and alone else answer
    if answer == "merge" and our_id is not None and our_id != item.our_id:
        item.our_id, item.choices = our_id, {}
    if answer == "merge" and item.basis != "before" and not _is_namesake(run, item):
        item.basis = "similar"
    db.session.flush()
    if answer == "merge":
        reviews.pin_ours(run, [item.position])
        db.session.expire(item)


def _is_namesake(run: Run, item: RunItem) -> bool:
    """Tell whether the customer it is to be merged with has its name."""
    return item.our_id in {row.id for row in review_items.candidates(run, [item.name_key])}


def _take(run: Run, their_ids: frozenset[str]) -> int:
    """Look at customers anew, and keep the answers that still fit."""
    before = {
        item.their_id: (item.answer, item.our_id, item.choices)
        for item in review_items.items_of(run, their_ids)
    }
    reviews.make_items(run, Selection(ids=their_ids), blocked_words(run))
    for item in review_items.items_of(run, their_ids):
        given, our_id, choices = before.get(item.their_id, ("", None, {}))
        _answer_again(run, item, given, str(our_id) if our_id else "", choices)
    return len(their_ids)


def _left_words(left: int) -> str:
    if not left:
        return ""
    waiting = "1 customer waits" if left == 1 else f"{left} customers wait"
    return (
        f"{waiting} for an answer of their own: several customers here have that name, or two of that name "
        "are ticked. Say for each which one is meant."
    )
