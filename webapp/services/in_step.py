"""Whether a customer is in step with each provider it is linked to, in a line each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services.labels import is_available, name_of
from webapp.services.signals import announce_due
from webapp.store import mirror as mirrors
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.links import Link
from webapp.store.mirror import Mirror


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """How a customer stands beside one provider.

    ``state`` is ok, move, warn, bad or off, as pages show states; ``words`` say it. ``waits_at`` is where a
    person goes on: conflicts, problems, connection, or blank. ``moving``: it is worth looking again soon.
    ``reading``: its newest version there is about to be read in full; ``unread``: that is yet to be asked.
    ``known``: it was read in full and compared, so what is unknown here still is blank there.
    """

    connection_id: uuid.UUID
    label: str
    their_id: str
    state: str
    words: str
    waits_at: str = ""
    moving: bool = False
    unread: bool = False
    reading: bool = False
    known: bool = False


def beside(row: Row[Any]) -> Beside:
    """Tell of one link of a customer, as ``store.in_step`` reads it."""
    link, connection = row.Link, row.Connection
    label = name_of(connection)
    state, words, waits_at, moving = _state(row, link, connection, label)
    asked = connection.state == "connected" and row.unread
    return Beside(
        connection_id=connection.id,
        label=label,
        their_id=link.their_id,
        state=state,
        words=words,
        waits_at=waits_at,
        moving=moving or (asked and row.detail_wanted_at is not None),
        unread=asked and row.detail_wanted_at is None,
        reading=asked,
        known=not row.unread and link.due_at is None,
    )


def want_details(portal_id: uuid.UUID, found: Iterable[Beside]) -> None:
    """Ask workers to read in full what somebody looks at, where its newest version was not.

    A list tells no address: without this it would stay unknown until something changed.
    """
    asked = [
        each.connection_id
        for each in found
        if each.unread and mirrors.want_detail(Mirror(portal_id, each.connection_id), each.their_id)
    ]
    if asked:
        db.session.commit()
    for connection_id in asked:
        announce_due(connection_id, interactive=True)


def _state(row: Row[Any], link: Link, connection: Connection, label: str) -> tuple[str, str, str, bool]:
    """Return state, words, where a person goes on, and whether it moves by itself."""
    if row.problems:
        return "bad", _counted(row.problems, "problem"), "problems", False
    if row.conflicts:
        return "warn", _counted(row.conflicts, "conflict"), "conflicts", False
    if (stopped := _stopped(link, connection, label)) is not None:
        return *stopped, "connection", False
    if link.due_at is None:
        return "ok", f"In step with {label}", "", False
    if connection.paused_until is not None and connection.paused_until > now():
        return "move", f"Travels as soon as {label} can be asked again", "", True
    words = f"Travels to {label} now" if link.edited_here else f"Is compared with {label} now"
    return "move", words, "", True


def _stopped(link: Link, connection: Connection, label: str) -> tuple[str, str] | None:
    """Say why nothing travels, if nothing does."""
    if not is_available(connection.provider):
        return "bad", f"The plugin for {label} is not available; nothing travels"
    if connection.state == "attention":
        return "bad", f"{label} no longer lets us in; changes wait here"
    if connection.state != "connected":
        return "off", f"Not connected to {label} now; changes wait here"
    if link.brake == "held" or connection.held:
        return "warn", f"Held: somebody has to look before anything travels to or from {label}"
    if connection.sync_paused_at is not None:
        return "off", f"The sync with {label} is paused; changes wait here"
    return None


def _counted(count: int, one: str) -> str:
    return f"Waits for you: {count} {one if count == 1 else one + 's'}"
