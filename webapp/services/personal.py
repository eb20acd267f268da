"""Personal data: everything that is kept of one person, as a ZIP of JSON files that a program can read.

It is written a few rows at a time into a file that leaves memory once it is large.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import ColumnElement, Text, or_

from webapp.extensions import Model, db
from webapp.services import audit
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
from webapp.walls import inside

IN_MEMORY = 2_000_000
"""Bytes of a file that are kept in memory."""

SECRETS = ("password", "fs_uniquifier", "token_digest", "digest", "content_digest", "previous", "secret")
"""Columns that open something or prove something, and tell nothing of anybody."""

Part = tuple[type[Model], ColumnElement[bool]]


def of_contact(
    portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID, user_id: uuid.UUID
) -> IO[bytes]:
    """Write down all that is kept of a contact; raises ``NotFound``. The audit tells who asked for it."""
    contact = db.session.get(Contact, (portal_id, contact_id))
    if contact is None or contact.customer_id != customer_id:
        raise NotFound(UNKNOWN["contact"])
    file = _zip()
    with ZipFile(cast(IO[bytes], file), "w", ZIP_DEFLATED) as archive:
        for model, where in _parts_of_contact(portal_id, contact):
            _write(archive, "", model, where)
    audit.record(portal_id, str(user_id), "contact.exported", str(contact_id))
    db.session.commit()
    file.seek(0)
    return cast(IO[bytes], file)


def of_user(user_id: uuid.UUID, *, actor: str) -> IO[bytes]:
    """Write down all that is kept of a login, in every portal; raises ``NotFound``."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("This user is gone.")
    email = user.email
    file = _zip()
    with ZipFile(cast(IO[bytes], file), "w", ZIP_DEFLATED) as archive:
        for model, where in _parts_of_login(user_id):
            _write(archive, "login/", model, where)
        for portal_id, key in [(portal.id, portal.key) for portal in portals()]:
            with inside(portal_id):
                for model, where in _parts_of_member(portal_id, user_id, email):
                    _write(archive, f"{key}/", model, where)
    audit.record_for_user(user_id, actor, "user.exported")
    db.session.commit()
    file.seek(0)
    return cast(IO[bytes], file)


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


def _parts_of_member(portal_id: uuid.UUID, user_id: uuid.UUID, email: str) -> Iterator[Part]:
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


def _write(archive: ZipFile, folder: str, model: type[Model], where: ColumnElement[bool]) -> None:
    """Add a table's rows as a file with a list, unless there are none."""
    rows = traces.rows_of(model, where)
    first = next(rows, None)
    if first is None:
        return
    name = cast(Any, model).__tablename__
    with archive.open(f"{folder}{name}.json", "w", force_zip64=True) as file:
        file.write(b"[\n" + _json(first))
        for row in rows:
            file.write(b",\n" + _json(row))
        file.write(b"\n]\n")


def _json(row: dict[str, Any]) -> bytes:
    told = {name: value for name, value in row.items() if name not in SECRETS}
    return json.dumps(told, default=_text, ensure_ascii=False, indent=1).encode()


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def _zip() -> SpooledTemporaryFile[bytes]:
    return SpooledTemporaryFile(max_size=IN_MEMORY)
