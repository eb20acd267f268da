"""The rows of the picker: what each customer there is called, may become, and may be the same as here."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services.labels import provider_label
from webapp.services.suggestions import Suggestion, suggest
from webapp.store.portals import Portal
from webapp.store.projects import Project
from webapp.store.runs import Run
from webapp.sync import alike


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRow:
    """One customer at the provider as the picker shows it.

    ``state`` is new, imported, same_name or inactive; for a project also in_project or other_currency.
    ``our_id`` and ``our_name`` name the customer here
    that it is linked to or shares its name with (``namesakes`` of them). ``why`` says why a row cannot be
    ticked and what would enable it, or what comes next. ``match`` names the person the search found when
    that is not the primary contact. ``contacts`` is None while they were not read.
    """

    their_id: str
    name: str
    primary_name: str
    primary_email: str
    primary_phone: str
    currency: str
    contacts: int | None
    active: bool
    state: str
    why: str
    match: str
    our_id: uuid.UUID | None
    our_name: str
    namesakes: int
    selectable: bool
    selected: bool
    similar: Suggestion | None


def rows_of(run: Run, rows: Sequence[Row[Any]]) -> tuple[PickRow, ...]:
    """Make the rows of what was found in the mirror, in its order."""
    words = _words(run, provider_label(run.portal_id, run.connection_id))
    similar = _similar(run, rows)
    return tuple(_row(row, words, similar.get(row.their_id)) for row in rows)


def _similar(run: Run, rows: Sequence[Row[Any]]) -> dict[str, Suggestion]:
    """Say of those that nobody here has the name of who may be the same; the likeliest one."""
    asked = {
        row.their_id: alike.traits((row.name, row.company_name), (row.primary_email,), (row.primary_phone,))
        for row in rows
        if row.state in ("new", "inactive") and not row.alike
    }
    found = suggest(run.portal_id, run.connection_id, asked)
    return {their_id: suggestions[0] for their_id, suggestions in found.items()}


def _row(row: Row[Any], words: Callable[[Row[Any]], str], similar: Suggestion | None) -> PickRow:
    linked = (row.our_id, row.our_name or "", 0)
    our_id, our_name, namesakes = linked if row.our_id else (row.alike_id, row.alike_name or "", row.alike)
    return PickRow(
        their_id=row.their_id,
        name=row.name,
        primary_name=row.primary_name,
        primary_email=row.primary_email,
        primary_phone=row.primary_phone,
        currency=row.currency,
        contacts=row.contacts_count,
        active=row.active,
        state=row.state,
        why=words(row),
        match=row._mapping.get("match") or "",
        our_id=our_id,
        our_name=our_name,
        namesakes=namesakes,
        selectable=row.selectable,
        selected=bool(row._mapping.get("selected")),
        similar=similar,
    )


def _words(run: Run, label: str) -> Callable[[Row[Any]], str]:
    """Make what says why a row cannot be ticked and what would enable it, or what comes next."""
    project = db.session.get(Project, (run.portal_id, run.project_id)) if run.project_id else None
    base = db.session.get_one(Portal, run.portal_id).currency
    by_state = {
        "imported": "It is only added to the project." if project else "Unlink it there to import it again.",
        "same_name": "Merge, Clone or Skip comes next.",
        "inactive": f"Inactive in {label}. It comes in as an inactive customer.",
        "in_project": "It is in this project already.",
        "never": "Somebody said never to import it. Take that back to choose it.",
    }

    def why(row: Row[Any]) -> str:
        if project is not None and row.state == "other_currency":
            theirs = row.currency or f"no currency, which counts as {base}"
            billed = f"Billed in {theirs}, the project in {project.currency}."
            return f"{billed} A project in {row.currency or base} takes it, and so does the portal."
        blank = "" if row.currency or row.our_id else f" No currency there: it gets {base}, the portal’s."
        return f"{by_state.get(row.state, '')}{blank}".strip()

    return why
