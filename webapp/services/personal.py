"""Personal data: everything that is kept of one person, as a ZIP of JSON files that a program can read.

It is handed on while it is read, a few rows at a time, and is never kept: a file that a worker left to be
fetched would be one more copy of somebody's data, with a way in to guard and a time to run out. So it is
asked for and taken by one person in one answer. The audit says so before the first byte; memory stays flat,
and no transaction waits for whoever takes it slowly, however much it is (``make bench`` measures it). What
breaks off is no whole ZIP, and is asked for anew.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import chain
from typing import Any, cast

from sqlalchemy import ColumnElement, RowMapping, Text, or_

from webapp.extensions import Model, db
from webapp.services import audit
from webapp.services.archives import zipped
from webapp.services.errors import NotFound
from webapp.services.holding import UNKNOWN
from webapp.services.portals import portals
from webapp.store import traces
from webapp.store.audit import AuditEntry
from webapp.store.client_users import ClientUser
from webapp.store.conflicts import Conflict
from webapp.store.customers import Contact
from webapp.store.drift import DriftItem
from webapp.store.history import HistoryEntry
from webapp.store.intents import Intent
from webapp.store.invitations import Invitation
from webapp.store.links import Link
from webapp.store.mails import LoginMail, NoticeMail
from webapp.store.mirror import MirrorContact
from webapp.store.notices import NoticeMute, NoticeReading
from webapp.store.portals import Membership, User
from webapp.store.problems import Problem
from webapp.store.projects import ProjectMember
from webapp.store.runs import Run, RunItem
from webapp.store.sessions import Session
from webapp.walls import inside, outside_portals

ROWS_AT_ONCE = 1_000

SECRETS = ("password", "fs_uniquifier", "token_digest", "digest", "content_digest", "previous", "secret")
"""Columns that open something or prove something, and tell nothing of anybody."""

Part = tuple[type[Model], ColumnElement[bool]]


def of_contact(
    portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID, user_id: uuid.UUID
) -> Iterator[bytes]:
    """Give all that is kept of a contact; raises ``NotFound``. The audit tells who asked for it."""
    contact = db.session.get(Contact, (portal_id, contact_id))
    if contact is None or contact.customer_id != customer_id:
        raise NotFound(UNKNOWN["contact"])
    parts = list(_parts_of_contact(portal_id, contact))
    audit.record(portal_id, str(user_id), "contact.exported", str(contact_id))
    db.session.commit()
    return zipped(_files("", portal_id, parts))


def of_user(user_id: uuid.UUID, *, actor: str) -> Iterator[bytes]:
    """Give all that is kept of a login, in every portal; raises ``NotFound``."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("This user is gone.")
    files = [_files("login/", None, _parts_of_login(user_id))]
    for portal in portals():
        parts = list(_parts_of_member(user_id, user.email))
        files.append(_files(f"{portal.key}/", portal.id, parts))
    audit.record_for_user(user_id, actor, "user.exported")
    db.session.commit()
    return zipped(chain.from_iterable(files))


def _parts_of_contact(portal_id: uuid.UUID, contact: Contact) -> Iterator[Part]:
    person = str(contact.id)
    words = [each for each in (contact.name, contact.email, contact.phone, contact.mobile) if each]
    there = [(row.connection_id, row.their_id) for row in traces.places_there(portal_id, contact.id)]
    mirrored = [
        (MirrorContact.connection_id == connection_id) & (MirrorContact.their_id == their_id)
        for connection_id, their_id in there
    ]
    yield Contact, Contact.id == contact.id
    yield Link, (Link.kind == "contact") & (Link.our_id == contact.id)
    yield MirrorContact, or_(*mirrored) if mirrored else MirrorContact.their_id.is_(None)
    yield (
        HistoryEntry,
        or_(
            HistoryEntry.record_id == contact.id,
            (HistoryEntry.customer_id == contact.customer_id)
            & traces.telling((HistoryEntry.old, HistoryEntry.new), words),
        ),
    )
    yield AuditEntry, _audited(person)
    yield ClientUser, ClientUser.contact_id == contact.id
    yield Invitation, Invitation.contact_id == contact.id
    yield Intent, Intent.our_id == contact.id
    yield Conflict, Conflict.our_id == contact.id
    yield Problem, Problem.our_id == contact.id
    yield DriftItem, DriftItem.our_id == contact.id
    yield (
        RunItem,
        (RunItem.our_id == contact.customer_id) & traces.telling((RunItem.seen, RunItem.before), words),
    )


def _parts_of_login(user_id: uuid.UUID) -> Iterator[Part]:
    yield User, User.id == user_id
    yield Session, Session.user_id == user_id
    yield LoginMail, LoginMail.user_id == user_id
    yield NoticeMute, NoticeMute.user_id == user_id


def _parts_of_member(user_id: uuid.UUID, email: str) -> Iterator[Part]:
    yield Membership, Membership.user_id == user_id
    yield ProjectMember, ProjectMember.user_id == user_id
    yield ClientUser, ClientUser.user_id == user_id
    yield Invitation, or_(Invitation.accepted_by == user_id, Invitation.email.ilike(email))
    yield HistoryEntry, HistoryEntry.actor == str(user_id)
    yield AuditEntry, _audited(str(user_id))
    yield Run, Run.started_by == user_id
    yield NoticeMail, NoticeMail.user_id == user_id
    yield NoticeReading, NoticeReading.user_id == user_id


def _audited(person: str) -> ColumnElement[bool]:
    named = AuditEntry.details.cast(Text).contains(person, autoescape=True)
    return or_(AuditEntry.actor == person, AuditEntry.subject == person, named)


def _files(
    folder: str, portal_id: uuid.UUID | None, parts: Iterable[Part]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Name a file for each part, and give the rows it has in a portal, or beside every one."""
    for model, where in parts:
        yield f"{folder}{cast(Any, model).__tablename__}.json", _listed(model, portal_id, where)


def _listed(model: type[Model], portal_id: uuid.UUID | None, where: ColumnElement[bool]) -> Iterator[bytes]:
    """Write rows as a list, one after another; nothing where there are none."""
    before = b"[\n"
    for row in _rows(model, portal_id, where):
        yield before + _json(row)
        before = b",\n"
    if before == b",\n":
        yield b"\n]\n"


def _rows(
    model: type[Model], portal_id: uuid.UUID | None, where: ColumnElement[bool]
) -> Iterator[RowMapping]:
    conditions = [where] if portal_id is None else [cast(Any, model).portal_id == portal_id, where]
    after: tuple[Any, ...] | None = None
    while True:
        with inside(portal_id) if portal_id else outside_portals(), db.engine.connect() as side:
            rows = traces.rows(side, model, *conditions, after=after, limit=ROWS_AT_ONCE)
        yield from rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = traces.key_of(model, rows[-1])


def _json(row: RowMapping) -> bytes:
    told = {name: value for name, value in row.items() if name not in SECRETS}
    return json.dumps(told, default=_text, ensure_ascii=False, indent=1).encode()


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
