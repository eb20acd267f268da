"""An import without a person in front of it: chosen, answered and queued in one go."""

from __future__ import annotations

import uuid

from webapp.store.runs import Run, Selection

DUPLICATES = ("merge", "clone", "skip")


def start(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    user_id: uuid.UUID | None,
    selection: Selection,
    duplicates: str,
) -> Run:
    """Queue an import of a selection; every customer whose name exists here gets the answer ``duplicates``.

    ``merge`` leaves out, with a reason, those whose name several customers share. Raises ``Refused`` when
    nothing is selected, ``Invalid`` for an unknown answer.
    """
    raise NotImplementedError
