"""An import without a person in front of it: chosen, answered and queued in one go."""

from __future__ import annotations

import uuid

from webapp.extensions import db
from webapp.services import drafts
from webapp.services.errors import Invalid, Refused
from webapp.services.review_terms import blocked_words, require_rights
from webapp.services.reviews import confirm
from webapp.store import review_items, reviews
from webapp.store.columns import new_id
from webapp.store.runs import Run, Selection

DUPLICATES = ("merge", "clone", "skip")
NAMED = 10

SEVERAL = "Several customers share this name: import it in the portal, where you can say which is meant."
NOBODY = (
    "Nobody of this name here can be merged with: linked already, or billed in another currency than the "
    "project. Choose clone for it, or leave it out."
)


def start(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    user_id: uuid.UUID | None,
    selection: Selection,
    duplicates: str,
    *,
    project_id: uuid.UUID | None = None,
) -> Run:
    """Queue an import of a selection; every customer whose name exists gets the answer ``duplicates``.

    It goes into the portal, or into a project as well. ``merge`` leaves out, with a reason, those for whom it
    is not plain with whom. Raises ``Refused`` when nothing is selected, an id is nobody's, the connection
    cannot be used, or the project takes nobody in from who asks; ``Invalid`` for an unknown answer.
    """
    if duplicates not in DUPLICATES:
        raise Invalid("duplicates", "Say merge, clone or skip for customers whose name exists already.")
    drafts.require_connected(portal_id, connection_id)
    run = _unattended(portal_id, connection_id, user_id, selection, project_id)
    require_rights(run, user_id)
    reviews.make_items(run, selection, blocked_words(run))
    if not review_items.tally(run):
        db.session.rollback()
        raise Refused("Nothing is selected: no customer there matches. Look at the picker or refresh first.")
    _require_known(run, selection)
    review_items.answer_same_names(run, duplicates)
    review_items.leave_out_unanswered(run, several=SEVERAL, nobody=NOBODY)
    return confirm(run, user_id)


def _require_known(run: Run, selection: Selection) -> None:
    unknown = sorted(selection.ids - review_items.their_ids(run))
    if unknown:
        db.session.rollback()
        named = ", ".join(unknown[:NAMED]) + (" and others" if len(unknown) > NAMED else "")
        raise Refused(f"No customer there has the id {named}: leave it out, or refresh first.")


def _unattended(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    user_id: uuid.UUID | None,
    selection: Selection,
    project_id: uuid.UUID | None,
) -> Run:
    run = Run(
        portal_id=portal_id,
        id=new_id(),
        connection_id=connection_id,
        project_id=project_id,
        kind="import",
        state="review",
        selection=selection.to_json(),
        unattended=True,
        started_by=user_id,
    )
    db.session.add(run)
    db.session.flush()
    return run
