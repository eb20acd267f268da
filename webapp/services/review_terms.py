"""What the steps of a review share: the run locked, rights, refusals, words for what is in the way."""

from __future__ import annotations

import uuid
from typing import NoReturn

from webapp.extensions import db
from webapp.services.errors import Conflict, NotFound, Refused, ServiceError
from webapp.services.labels import provider_label
from webapp.services.project_rights import why_no_import
from webapp.store import runs
from webapp.store.runs import Run


def locked_import(run: Run) -> Run:
    """Read the run anew and keep others from changing it; raise ``NotFound`` when it is gone."""
    locked = runs.locked_run(run.portal_id, run.id)
    if locked is None:
        refuse(NotFound("There is no such import in this portal."))
    return locked


def locked_review(run: Run) -> Run:
    """Read the run anew, as ``locked_import``; raise ``Conflict`` unless it is in review."""
    locked = locked_import(run)
    if locked.state != "review":
        refuse(Conflict("This import is not in review any more. Its progress is among the runs."))
    return locked


def require_rights(run: Run, user_id: uuid.UUID | None) -> None:
    """Ask whether somebody may import into the project of a run; raises ``Refused``.

    Nobody in particular is whoever runs the installation.
    """
    why = why_no_import(run.portal_id, run.project_id, user_id) if run.project_id else ""
    if why:
        refuse(Refused(why))


def refuse(error: ServiceError) -> NoReturn:
    """Give up what the transaction holds, and say why."""
    db.session.rollback()
    raise error


def blocked_words(run: Run) -> dict[str, str]:
    """Say why a customer cannot come along."""
    label = provider_label(run.portal_id, run.connection_id)
    return {
        "imported": "It is in the portal and linked already.",
        "gone": f"It was deleted in {label} by now.",
        "in_project": "It is in this project already.",
        "other_currency": (
            "Billed in {theirs}, the project in {ours}. "
            "A project in {theirs} takes it, and so does the portal."
        ),
        "never": "Somebody said never to import it. Take that back among what is remembered.",
    }


def moved_words(run: Run) -> dict[str, str]:
    """Say what moved while a person was choosing."""
    label = provider_label(run.portal_id, run.connection_id)
    return {
        **blocked_words(run),
        "theirs": f"{label} changed this customer while you were choosing.",
        "named": "A customer of this name came into the portal while you were choosing.",
        "ours": "The customer in the portal changed while you were choosing.",
    }


def customers(count: int) -> str:
    """Count customers in words."""
    return "1 customer" if count == 1 else f"{count} customers"
