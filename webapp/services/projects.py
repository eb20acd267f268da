"""Projects: listed, added, edited, closed and deleted."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from webapp.extensions import db
from webapp.services import audit
from webapp.services.checks import Faults
from webapp.services.errors import Conflict, Invalid, NotFound, Refused
from webapp.services.project_checks import day_of, faults_of, key_for
from webapp.services.project_rights import UNKNOWN, project
from webapp.services.typed import Change, Clash, Form, Moved, compare, wished
from webapp.store import project_list, project_people, runs
from webapp.store.columns import new_id, now
from webapp.store.project_list import FILTERS, SORTS, Looker
from webapp.store.projects import OVER, STATUSES, Project
from webapp.store.search import search_text
from webapp.sync.link import Fields
from webapp.sync.normal import sort_key

__all__ = [
    "FILTERS",
    "OVER",
    "PAGE_SIZE",
    "SORTS",
    "STATUSES",
    "Looker",
    "ProjectPage",
    "ProjectRow",
    "Reach",
    "add",
    "delete",
    "edit",
    "fields_of",
    "of_customer",
    "page",
    "project",
    "reach",
    "set_status",
]

PAGE_SIZE = 50
FIELDS = ("name", "key", "status", "starts_on", "ends_on", "currency", "description")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRow:
    """A project as the list shows it; ``mine`` tells whether the one who looks works on it."""

    project: Project
    members: int
    customers: int
    primary_name: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """A page of projects; ``counts`` by filter under the present search, ``mine`` among them."""

    rows: tuple[ProjectRow, ...]
    counts: dict[str, int]
    total: int
    number: int
    pages: int
    q: str
    status: str
    sort: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What deleting a project takes along, and its version as it was looked at."""

    project: Project
    members: int
    customers: int
    version: int


def page(
    looker: Looker, *, q: str = "", status: str = "", sort: str = "name", number: int = 1, mine: bool = False
) -> ProjectPage:
    """List the projects somebody sees; an unknown status or sort means the first."""
    status, sort = status if status in FILTERS else "", sort if sort in SORTS else SORTS[0]
    counts = project_list.counts(looker, q, mine=mine)
    total = counts[status or "open"]
    pages = max(1, math.ceil(total / PAGE_SIZE))
    number = max(1, min(number, pages))
    rows = project_list.page_rows(
        looker, q, status, sort, mine=mine, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE
    )
    return ProjectPage(
        rows=tuple(_row(each) for each in rows),
        counts=counts,
        total=total,
        number=number,
        pages=pages,
        q=q,
        status=status,
        sort=sort,
        mine=mine,
    )


def of_customer(looker: Looker, customer_id: uuid.UUID) -> list[tuple[Project, bool]]:
    """List the projects for a customer that somebody sees, each with whether it is the primary one there."""
    return [(row.Project, row.primary) for row in project_list.of_customer(looker, customer_id)]


def add(portal_id: uuid.UUID, user_id: uuid.UUID, typed: Fields) -> Project:
    """Add a project; whoever does works on it. Raises ``Faults``.

    Without a key it gets one by its name.
    """
    values = {**dict.fromkeys(FIELDS, ""), "status": "active", **typed}
    values["key"] = str(values["key"]).upper() or key_for(portal_id, str(values["name"]))
    if faults := faults_of(values, values):
        raise Faults(faults)
    made = Project(portal_id=portal_id, id=new_id(), created_by=user_id)
    _write(made, values)
    db.session.add(made)
    _flush_key(str(values["key"]))
    project_people.add_members(portal_id, made.id, [user_id])
    details = {"key": made.key, "name": made.name, "currency": made.currency}
    audit.record(portal_id, str(user_id), "project.added", str(made.id), details)
    db.session.commit()
    return made


def edit(portal_id: uuid.UUID, project_id: uuid.UUID, user_id: uuid.UUID, form: Form) -> tuple[str, ...]:
    """Write what a person changed, and return what others changed meanwhile.

    Raises ``Moved`` where somebody else changed the same fields, ``Faults`` and ``NotFound``.
    """
    held = _held(portal_id, project_id)
    try:
        present = fields_of(held)
        compared = compare(form, version=held.version, now=present)
        if compared.clashes:
            clashes = tuple(
                Clash(field=each, typed=form.typed[each], now=present[each], change=Change())
                for each in compared.clashes
            )
            raise Moved(clashes, version=held.version, now=present, typed=wished(form, present))
        changes = {name: _upper(name, value) for name, value in compared.changes.items()}
        if faults := faults_of(changes, {**present, **changes}) or _currency_fault(held, changes):
            raise Faults(faults)
        _change(held, user_id, present, changes)
    except (Invalid, Conflict):
        db.session.rollback()
        raise
    db.session.commit()
    return compared.meanwhile


def set_status(portal_id: uuid.UUID, project_id: uuid.UUID, user_id: uuid.UUID, status: str) -> Project:
    """Put a project at a status: complete, cancel, or take it up again; harmless when it is."""
    if status not in STATUSES:
        raise Invalid("status", "Choose one of the statuses.")
    held = _held(portal_id, project_id)
    if held.status != status:
        _change(held, user_id, fields_of(held), {"status": status})
    db.session.commit()
    return held


def reach(portal_id: uuid.UUID, project_id: uuid.UUID) -> Reach:
    """Tell what deleting a project takes along; raises ``NotFound``."""
    found = project(portal_id, project_id)
    _, customers = project_people.customers(portal_id, project_id, limit=0)
    members = len(project_people.members(portal_id, project_id))
    return Reach(project=found, members=members, customers=customers, version=found.version)


def delete(portal_id: uuid.UUID, project_id: uuid.UUID, user_id: uuid.UUID, *, version: int) -> str:
    """Delete a project as it was at a version somebody saw, and return its name; its customers stay.

    Raises ``Conflict`` when it changed since, ``Refused`` while an import goes there, and ``NotFound``. What
    people chose for it is forgotten, lest it goes into the portal.
    """
    held = _known(project_people.locked_for_good(portal_id, project_id))
    if held.version != version:
        db.session.rollback()
        raise Conflict("Somebody changed this project since you looked. Nothing was deleted: look again.")
    audit.hold(portal_id)
    if not runs.end_choices(portal_id, project_id):
        db.session.rollback()
        raise Refused("An import into this project is under way. Wait for its end, or cancel it first.")
    name, details = held.name, {"key": held.key, "name": held.name}
    db.session.delete(held)
    db.session.flush()
    audit.record(portal_id, str(user_id), "project.deleted", str(project_id), details)
    db.session.commit()
    return name


def fields_of(project: Project) -> dict[str, str]:
    """Return what a project holds as texts, the way its form shows them."""
    held = {name: getattr(project, name) for name in FIELDS}
    return {
        name: value.isoformat() if isinstance(value, date) else value or "" for name, value in held.items()
    }


def _row(row: Row[Any]) -> ProjectRow:
    return ProjectRow(
        project=row.Project,
        members=row.members,
        customers=row.customers,
        primary_name=row.primary_name or "",
        mine=row.mine,
    )


def _held(portal_id: uuid.UUID, project_id: uuid.UUID) -> Project:
    return _known(project_people.locked(portal_id, project_id))


def _known(held: Project | None) -> Project:
    if held is None:
        db.session.rollback()
        raise NotFound(UNKNOWN)
    return held


def _change(held: Project, user_id: uuid.UUID, before: Fields, changes: Fields) -> None:
    """Write changes, and tell the audit of each."""
    if not changes:
        return
    _write(held, {**before, **changes})
    held.version, held.updated_at = held.version + 1, now()
    _flush_key(held.key)
    told = {
        name: {"from": before[name], "to": value} for name, value in changes.items() if name != "description"
    }
    details = {"changed": sorted(changes), **told}
    audit.record(held.portal_id, str(user_id), "project.changed", str(held.id), details)


def _write(held: Project, values: Fields) -> None:
    for name in ("name", "key", "status", "currency", "description"):
        setattr(held, name, values[name])
    held.starts_on, held.ends_on = (day_of(values[name]) for name in ("starts_on", "ends_on"))
    held.sort_key, held.search = sort_key(held.name), search_text([held.name, held.key], [])


def _flush_key(key: str) -> None:
    """Write to the database, which keeps each key once."""
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Faults({"key": f"There is a project {key} already: choose another key."}) from error


def _currency_fault(held: Project, changes: Fields) -> dict[str, str]:
    if "currency" not in changes or not project_people.has_customers(held.portal_id, held.id):
        return {}
    binned = project_people.binned_customers(held.portal_id, held.id)
    where = " (some of them in the bin)" if binned else ""
    return {
        "currency": f"It stays {held.currency} while the project has customers{where}: remove them first."
    }


def _upper(name: str, value: Any) -> Any:
    return value.upper() if name == "key" else value
