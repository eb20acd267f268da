"""A portal whose mails are laid into a folder, with trouble to tell its people of."""

from __future__ import annotations

import mailbox
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Flask
from sqlalchemy import update

from tests.mirror_world import MemoryProvider
from tests.web.pages import pages_app
from tests.web.people import Cast, cast_of_people
from webapp.extensions import db
from webapp.providers import Registry
from webapp.services import notices
from webapp.store.columns import new_id
from webapp.store.connections import Connection
from webapp.store.mails import InvitationMail, LoginMail, NoticeMail
from webapp.store.notices import Notice
from webapp.store.portals import Membership, User, membership_of
from webapp.store.runs import Run
from webapp.walls import across_portals, inside

SENDER = "Tandem <tandem@nordlicht.example>"
REASON = "Ledgerly no longer lets us in."


@contextmanager
def telling_app(
    database_url: str, redis_url: str, folder: Path | None, **environment: object
) -> Iterator[Flask]:
    """Make an application whose mails go into a folder, or wherever the environment says."""
    mail = {"TANDEM_MAIL_URL": f"maildir://{folder}", "TANDEM_MAIL_FROM": SENDER} if folder else {}
    registry = Registry([MemoryProvider().provider()])
    named = {"TANDEM_SANDBOX_URL": "http://127.0.0.1:9", **mail, **environment}
    with pages_app(database_url, redis_url, registry=registry, **named) as app:
        yield app


@dataclass(frozen=True, slots=True)
class Portal:
    """A portal of its own with somebody of each profile, and a connection."""

    cast: Cast
    connection_id: uuid.UUID

    @classmethod
    def new(cls) -> Portal:
        """Make one."""
        cast, connection_id = cast_of_people(f"p{uuid.uuid4().hex[:12]}", "Nordlicht Studio"), new_id()
        with inside(cast.portal_id):
            row = {"portal_id": cast.portal_id, "id": connection_id, "provider": "ledgerly"}
            db.session.add(Connection(**row, state="connected", organization_name="Nordlicht"))
            db.session.commit()
        return cls(cast, connection_id)

    @property
    def portal_id(self) -> uuid.UUID:
        """The id of the portal."""
        return self.cast.portal_id

    def user(self, profile: str) -> User:
        """Read somebody anew."""
        return db.session.get_one(User, self.cast.users[profile], populate_existing=True)

    def member(self, profile: str) -> Membership:
        """Find somebody's place; call it inside the portal."""
        place = membership_of(self.cast.users[profile], self.portal_id)
        assert place is not None
        return place

    def connection(self) -> Connection:
        """Read the connection anew; call it inside the portal."""
        key = self.portal_id, self.connection_id
        return db.session.get_one(Connection, key, populate_existing=True)

    def attention(self, reason: str = REASON) -> None:
        """Tell that the connection needs attention."""
        with inside(self.portal_id):
            notices.tell_attention(self.connection(), reason)
            db.session.commit()

    def attention_of(self, number: int) -> None:
        """Tell that some other connection needs attention."""
        with inside(self.portal_id):
            details = {"label": f"Ledgerly {number}"}
            notices.tell(self.portal_id, "connection.attention", new_id(), details)
            db.session.commit()

    def solved(self) -> None:
        """Tell that it is connected again."""
        with inside(self.portal_id):
            notices.connected_again(self.connection())
            db.session.commit()

    def ended(self, *, by: str = "Manager", **counts: int) -> uuid.UUID:
        """Tell of a run that somebody started and that ended; return its id."""
        with inside(self.portal_id):
            row = {"portal_id": self.portal_id, "id": new_id(), "connection_id": self.connection_id}
            run = Run(**row, number=7, kind="import", state="done", started_by=self.cast.users[by])
            db.session.add(run)
            db.session.flush()
            notices.tell_end(run, counts)
            db.session.commit()
            return run.id

    def heard(self, profile: str) -> list[str]:
        """List the kinds somebody has not read, the newest first."""
        with inside(self.portal_id):
            return [notice.kind for notice in notices.unread(self.member(profile))]


def let_pass(span: timedelta) -> None:
    """Let time pass for everything that was told or posted."""
    with across_portals():
        for table, names in (
            (Notice, ("first_at", "last_at", "told_at")),
            (NoticeMail, ("asked_at", "due_at", "sent_at")),
            (LoginMail, ("asked_at", "due_at", "sent_at")),
            (InvitationMail, ("asked_at", "due_at", "sent_at")),
        ):
            db.session.execute(update(table).values({name: getattr(table, name) - span for name in names}))
        db.session.commit()


def posted(folder: Path) -> list[EmailMessage]:
    """Read the mails in a folder, the first first."""
    if not folder.exists():
        return []
    box = mailbox.Maildir(folder)
    kept = sorted(box.keys(), key=lambda key: [int(number) for number in re.findall(r"\d+", key)[:2]])
    return [message_from_bytes(box.get_bytes(key), policy=policy.default) for key in kept]  # type: ignore[misc]
