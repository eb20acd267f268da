"""The audit as its readers see it: entries in words, with the names of who and what, filtered and paged."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import func, or_, select

from webapp.extensions import db
from webapp.services import audit, audit_words
from webapp.services.audit_words import Words
from webapp.services.errors import Refused
from webapp.services.labels import name_of
from webapp.store import audit_list as store
from webapp.store.audit import AuditEntry
from webapp.store.audit_list import Query
from webapp.store.connections import Connection
from webapp.store.customers import Contact, Customer
from webapp.store.invitations import Invitation
from webapp.store.portals import Profile, User
from webapp.store.projects import Project
from webapp.store.runs import Run

SIZE = 50
MOST_WALKED = 200_000
"""So long a chain is walked while somebody waits; beyond it is the command's."""

MOST_PEOPLE = 20
MOST_TOLD = 10
_FAR = date(9000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: a text, who acted, of which kind, about which record, between which days."""

    q: str = ""
    actor: str = ""
    kind: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry: ``name`` is its subject's, ``details`` what else it says; ``whole`` unless changed."""

    number: int
    at: datetime
    actor: str
    who: str
    words: Words
    subject: str
    name: str
    details: str
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A page of entries; ``older`` is the number below which the next begins, None at the end."""

    rows: list[EntryView]
    older: int | None
    total: int


def page(portal_id: uuid.UUID, wanted: Wanted, zone: tzinfo, *, before: int | None = None) -> AuditPage:
    """List the newest entries below a number."""
    found = store.page(portal_id, _query(portal_id, wanted, zone), before=before, limit=SIZE + 1)
    shown = found[:SIZE]
    older = shown[-1].number if len(found) > SIZE else None
    return AuditPage(rows=_views(portal_id, shown), older=older, total=store.last_number(portal_id))


def all_rows(portal_id: uuid.UUID, wanted: Wanted, zone: tzinfo) -> Iterator[EntryView]:
    """Return all entries that are asked for, the last first."""
    some: list[AuditEntry] = []
    for entry in store.all_entries(portal_id, _query(portal_id, wanted, zone)):
        some.append(entry)
        if len(some) == SIZE:
            yield from _views(portal_id, some)
            some = []
    yield from _views(portal_id, some)


def verify(portal_id: uuid.UUID) -> audit.Chain:
    """Walk the whole chain; raise Refused for one that is too long to wait for."""
    if store.last_number(portal_id) > MOST_WALKED:
        raise Refused(
            "This log is too long to be walked while you wait. Whoever runs Tandem: tandem audit verify."
        )
    return audit.walk(portal_id)


def actors(portal_id: uuid.UUID) -> dict[str, str]:
    """Name who has acted in a portal, by what entries call them."""
    return dict(sorted(_people(store.actors(portal_id)).items(), key=lambda each: each[1].casefold()))


def _query(portal_id: uuid.UUID, wanted: Wanted, zone: tzinfo) -> Query:
    return Query(
        either=_either(wanted.q) if wanted.q else None,
        actor=wanted.actor,
        subject=wanted.subject,
        actions=tuple(audit_words.of_kind(wanted.kind)) if wanted.kind else (),
        since=_midnight(wanted.since, zone) if wanted.since else None,
        until=_midnight(wanted.until + timedelta(days=1), zone)
        if wanted.until and wanted.until < _FAR
        else None,
    )


def _midnight(day: date, zone: tzinfo) -> datetime:
    return (
        datetime.combine(day, time(), zone) if date(2, 1, 1) < day < _FAR else datetime(2, 1, 1, tzinfo=UTC)
    )


def _either(text: str) -> tuple[tuple[str, str], ...]:
    """Turn a text into what an index finds: actions by words, people by name or e-mail, records by id."""
    text = text.replace("\0", "").strip()
    named = or_(User.name.icontains(text, autoescape=True), func.lower(User.email) == text.lower())
    people = [str(each) for each in db.session.scalars(select(User.id).where(named).limit(MOST_PEOPLE))]
    ways = [("action", action) for action in audit_words.matching(text)]
    ways += [(column, person) for person in people for column in ("actor", "subject")]
    return (*ways, ("subject", text))


def _views(portal_id: uuid.UUID, entries: Iterable[AuditEntry]) -> list[EntryView]:
    entries = list(entries)
    people, names = _people(entry.actor for entry in entries), _names(portal_id, entries)
    return [
        EntryView(
            number=entry.number,
            at=entry.at,
            actor=entry.actor,
            who=people.get(entry.actor, "Somebody who is gone" if entry.actor else "Erased"),
            words=audit_words.words_of(entry.action),
            subject=entry.subject,
            name=names.get(entry.subject, ""),
            details=_told(entry.details),
            whole=audit.is_as_written(entry),
        )
        for entry in entries
    ]


def _told(details: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in details.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _told(value)
    if isinstance(value, list):
        more = f" and {len(value) - MOST_TOLD} more" if len(value) > MOST_TOLD else ""
        return ", ".join(map(_value, value[:MOST_TOLD])) + more
    if isinstance(value, bool) or value is None:
        return "yes" if value else "no" if value is False else "none"
    return str(value)


def _people(actors: Iterable[str]) -> dict[str, str]:
    said = set(actors)
    known = {audit.COMMAND_LINE: "Command line", "portal": "Tandem"}
    found = db.session.execute(select(User.id, User.name).where(User.id.in_(_ids(said))))
    return {key: name for key, name in known.items() if key in said} | {str(id): name for id, name in found}


def _names(portal_id: uuid.UUID, entries: list[AuditEntry]) -> dict[str, str]:
    """Read the names of what entries are about, as they are now, with a query for each kind of record."""
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        wanted.setdefault(audit_words.words_of(entry.action).subject, set()).add(entry.subject)
    names = _people(wanted.pop("user", ()))
    for subject, said in wanted.items():
        if subject in _NAMED:
            table, name = _NAMED[subject]
            rows = db.session.scalars(
                select(table).where(table.portal_id == portal_id, table.id.in_(_ids(said)))
            )
            names |= {str(row.id): name(row) for row in rows}
    return names


_NAMED: dict[str, tuple[Any, Callable[[Any], str]]] = {
    "customer": (Customer, lambda row: row.name),
    "contact": (Contact, lambda row: " ".join(filter(None, (row.first_name, row.last_name)))),
    "project": (Project, lambda row: row.name),
    "profile": (Profile, lambda row: row.name),
    "invitation": (Invitation, lambda row: row.email),
    "connection": (Connection, name_of),
    "run": (Run, lambda row: f"Run {row.number}"),
}
"""Where the name of a subject stands, by what it is."""


def _ids(said: Iterable[str]) -> list[uuid.UUID]:
    found = []
    for each in said:
        try:
            found.append(uuid.UUID(each))
        except ValueError:
            continue
    return found
