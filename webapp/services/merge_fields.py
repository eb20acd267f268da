"""Who wins each field of a merge: chosen by a person in the review, kept with the item, given to the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from webapp.extensions import db
from webapp.sdk import CUSTOM
from webapp.services.errors import Invalid, NotFound, Refused
from webapp.services.review_terms import locked_review, refuse
from webapp.store import review_items
from webapp.store.connections import Connection
from webapp.store.custom_fields import shared_fields
from webapp.store.runs import Run
from webapp.sync.link import SYNCED, Kind, Side
from webapp.sync.steps import Choices

PRESET: Side = "theirs"
"""Who wins where nobody chose: people come to import what the provider has."""

CUSTOMER = "customer"


def choices_of(kept: Mapping[str, Any]) -> Choices:
    """Read what a person chose as an item keeps it."""
    contacts = cast(
        dict[str, dict[str, Side]], {name: each for name, each in kept.items() if name != CUSTOMER}
    )
    return Choices(preset=PRESET, customer=kept.get(CUSTOMER, {}), contacts=contacts)


def choose(run: Run, position: int, chosen: Mapping[str, str]) -> None:
    """Keep which side wins fields of a merge, named ``customer.website`` or by a contact's id there.

    Raises ``NotFound``, ``Refused`` for a customer that is not to be merged, ``Invalid`` for no such field.
    """
    locked = locked_review(run)
    item = review_items.item_at(locked, position)
    if item is None:
        refuse(NotFound("There is no such customer in this review."))
    if item.action != "merge" or item.state != "pending":
        refuse(Refused(f"{item.name} is not to be merged, so nothing is chosen field by field."))
    choices = {of: dict(fields) for of, fields in item.choices.items()}
    shared = shared_fields(db.session.get_one(Connection, (run.portal_id, run.connection_id)))
    for name, side in chosen.items():
        of, field = _parts(name)
        kind: Kind = "customer" if of == CUSTOMER else "contact"
        known = field in SYNCED[kind] or (of == CUSTOMER and field in shared)
        if not of or not known or side not in ("ours", "theirs"):
            refuse(Invalid("choice", "There is no such field to choose. Look at the review again."))
        choices.setdefault(of, {})[field] = side
    item.choices, item.answer = choices, "merge"
    db.session.commit()


def _parts(name: str) -> tuple[str, str]:
    """Take the name of a choice apart: whose field it is, and which."""
    begin = f"{CUSTOMER}.{CUSTOM}"
    if name.startswith(begin):
        return CUSTOMER, name.removeprefix(f"{CUSTOMER}.")
    of, _, field = name.rpartition(".")
    return of, field
