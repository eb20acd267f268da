"""What is decided for good about customers there: never to import one, to keep two apart."""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from webapp.extensions import db
from webapp.services import audit
from webapp.services.errors import NotFound, Refused
from webapp.services.review_terms import blocked_words, locked_review, refuse
from webapp.store import marks, review_items, reviews
from webapp.store.connections import known_connection
from webapp.store.marks import KINDS, Mark
from webapp.store.runs import Run, Selection

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkPage:
    """A page of what is remembered, the newest first; ``counts`` by kind, whatever is searched for."""

    rows: tuple[Mark, ...]
    counts: dict[str, int]
    total: int
    number: int
    pages: int
    q: str
    kind: str


def page(
    portal_id: uuid.UUID, connection_id: uuid.UUID, *, kind: str = "", q: str = "", number: int = 1
) -> MarkPage:
    """List what is remembered of a connection; an unknown kind means both, a page beyond the end the last."""
    _require(portal_id, connection_id)
    kind, q = kind if kind in KINDS else "", q.replace("\0", " ").strip()
    offset = (max(1, number) - 1) * PAGE_SIZE
    rows, total = marks.page(portal_id, connection_id, kind=kind, q=q, offset=offset, limit=PAGE_SIZE)
    pages = max(1, math.ceil(total / PAGE_SIZE))
    if number > pages:
        return page(portal_id, connection_id, kind=kind, q=q, number=pages)
    counts = marks.counts(portal_id, connection_id)
    return MarkPage(
        rows=tuple(rows), counts=counts, total=total, number=max(1, number), pages=pages, q=q, kind=kind
    )


def count(portal_id: uuid.UUID, connection_id: uuid.UUID) -> int:
    """Count what is remembered of a connection."""
    return sum(marks.counts(portal_id, connection_id).values())


def mark_never(
    portal_id: uuid.UUID, connection_id: uuid.UUID, their_ids: Collection[str], user_id: uuid.UUID
) -> int:
    """Remember that customers there are never to be imported; return how many were not marked before."""
    _require(portal_id, connection_id)
    marked = marks.mark_never(portal_id, connection_id, their_ids, user_id)
    if marked:
        details = {"customers": marked}
        audit.record(portal_id, str(user_id), "import.never", str(connection_id), details)
    db.session.commit()
    return marked


def never_in_review(run: Run, position: int, user_id: uuid.UUID) -> None:
    """Remember that a customer of a review is never to be imported, and block it there."""
    audit.hold(run.portal_id)
    locked = locked_review(run)
    item = review_items.item_at(locked, position)
    if item is None:
        refuse(NotFound("There is no such customer in this review."))
    their_id = item.their_id
    marks.mark_never(run.portal_id, run.connection_id, [their_id], user_id)
    reviews.make_items(locked, Selection(ids=frozenset([their_id])), blocked_words(locked))
    audit.record(run.portal_id, str(user_id), "import.never", str(run.connection_id), {"customers": 1})
    db.session.commit()


def keep_apart(run: Run, position: int, our_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Remember that a customer of a review and one here are not the same: it is not suggested again.

    Raises ``Refused`` while the two are to be merged.
    """
    audit.hold(run.portal_id)
    locked = locked_review(run)
    item = review_items.item_at(locked, position)
    if item is None:
        refuse(NotFound("There is no such customer in this review."))
    if item.action == "merge" and item.our_id == our_id:
        refuse(Refused("These two are to be merged. Choose another answer first."))
    pair = [(item.their_id, our_id)]
    if marks.keep_apart(run.portal_id, run.connection_id, pair, user_id):
        details = {"connection": str(run.connection_id)}
        audit.record(run.portal_id, str(user_id), "import.kept_apart", str(our_id), details)
    db.session.commit()


def take_back(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    their_id: str,
    our_id: uuid.UUID | None,
    user_id: uuid.UUID,
) -> bool:
    """Forget what was decided: with ``our_id`` that two are not the same, else never to import one."""
    _require(portal_id, connection_id)
    if our_id is None:
        gone = bool(marks.take_back_never(portal_id, connection_id, [their_id]))
    else:
        gone = marks.take_back_apart(portal_id, connection_id, their_id, our_id)
    if gone:
        action = "import.apart_taken_back" if our_id else "import.never_taken_back"
        audit.record(portal_id, str(user_id), action, str(our_id or connection_id))
    db.session.commit()
    return gone


def _require(portal_id: uuid.UUID, connection_id: uuid.UUID) -> None:
    if known_connection(portal_id, connection_id) is None:
        raise NotFound("There is no such connection in this portal.")
