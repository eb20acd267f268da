"""Drafts: what a person is choosing, found again after a reload and after a look at the review."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from webapp.extensions import db
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.store import runs as store
from webapp.store.connections import known_connection
from webapp.store.runs import Run, RunItem, Selection

NEVER_CONNECTED = ("new", "authorizing", "choosing")


def draft(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    user_id: uuid.UUID,
    *,
    project_id: uuid.UUID | None = None,
) -> Run:
    """Find or make the draft in which a person chooses; an open review goes back to it, answers remembered.

    There is one for the portal, and one for each project.

    Raises ``NotFound`` for an unknown connection and ``Refused`` for one that is not connected.
    """
    require_connected(portal_id, connection_id)
    place = (portal_id, connection_id, user_id, project_id)
    run = store.open_choice(*place)
    if run is None:
        store.add_draft(*place)
        db.session.commit()
        run = store.open_choice(*place)
    if run is not None and run.state == "review":
        return back(run)
    if run is None:
        raise Conflict("Someone closed this selection just now. Open the import again.")
    return run


def still_choosing(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    user_id: uuid.UUID,
    *,
    project_id: uuid.UUID | None = None,
) -> Run:
    """Find or make the draft as ``draft`` does, but leave a review open that it went on to.

    A tick that was on its way as the review was asked for comes after it, and must not take it back. Raises
    ``Conflict`` then.
    """
    run = store.open_choice(portal_id, connection_id, user_id, project_id)
    if run is not None and run.state == "review":
        raise Conflict(
            "This selection went on to its review, and was not changed. Reload this page to choose anew."
        )
    return draft(portal_id, connection_id, user_id, project_id=project_id)


def back(run: Run) -> Run:
    """Go from the review back to choosing; the selection stays and the answers are remembered."""
    locked = store.locked_run(run.portal_id, run.id)
    if locked is None or locked.state not in ("draft", "review"):
        db.session.rollback()
        raise Conflict("This import was confirmed already. Its progress is among the runs.")
    if locked.state == "draft":
        return locked
    other = _other_draft(locked)
    if other is None:
        _reopen(locked)
    else:
        _hand_over(locked, other)
    db.session.commit()
    return other or locked


def require_connected(portal_id: uuid.UUID, connection_id: uuid.UUID) -> None:
    """Raise ``NotFound`` for an unknown connection and ``Refused`` for one that is not connected."""
    connection = known_connection(portal_id, connection_id)
    if connection is None:
        raise NotFound("There is no such connection in this portal.")
    if connection.state in NEVER_CONNECTED:
        raise Refused("Nothing can be imported before the connection is complete. Finish connecting first.")
    if connection.state == "disconnected":
        raise Refused("This connection was ended. Connect again to import from it.")


def _other_draft(run: Run) -> Run | None:
    if run.started_by is None:
        return None
    found = store.open_choice(run.portal_id, run.connection_id, run.started_by, run.project_id)
    return found if found is not None and found.state == "draft" else None


def _reopen(run: Run) -> None:
    run.answers = {**run.answers, "by_id": remembered(store.answered_items(run))}
    store.drop_items(run)
    run.state = "draft"


def _hand_over(run: Run, other: Run) -> None:
    """Close a review for a draft that the person began since; what it holds joins that draft."""
    ours, theirs = Selection.from_json(run.selection), Selection.from_json(other.selection)
    both = Selection(
        ids=ours.ids | theirs.ids,
        queries=tuple(dict.fromkeys((*theirs.queries, *ours.queries))),
        exceptions=(ours.exceptions | theirs.exceptions) - ours.ids - theirs.ids,
    )
    other.selection = both.to_json()
    answered = remembered(store.answered_items(run))
    other.answers = {**other.answers, "by_id": {**other.answers.get("by_id", {}), **answered}}
    store.drop_items(run)
    run.state = "cancelled"


def remembered(items: Iterable[RunItem]) -> dict[str, Any]:
    """Write the answers of items as a run remembers them."""
    return {item.their_id: _answer_of(item) for item in items if item.answer}


def _answer_of(item: RunItem) -> dict[str, Any]:
    our_id = str(item.our_id) if item.our_id else ""
    return {"answer": item.answer, "our_id": our_id, "choices": item.choices}
