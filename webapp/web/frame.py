"""What stands around every page of a portal, read once a request: connections, what goes on, the bell."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g

from webapp.services import notices
from webapp.store.connections import Connection
from webapp.store.frame import connections_and_work
from webapp.store.notices import Head
from webapp.store.portals import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A portal's connections, oldest first, how many of its runs are under way, and what waits for a person.

    ``conflicts`` and ``problems`` are counted to ``store.waiting.MOST_COUNTED`` and one more; ``unread`` are
    the notices that the reader has not seen.

    While it is kept, whoever asks for one of the ``connections``, or for one of the ``people`` who made them,
    is not sent to the database.
    """

    connections: tuple[Connection, ...]
    people: tuple[User, ...]
    under_way: int
    conflicts: int
    problems: int
    unread: tuple[Head, ...]


def frame() -> Frame:
    """Read the frame, unless this request has it already."""
    if "frame" not in g:
        reader = notices.audience_of(g.membership)
        rows = connections_and_work(reader, most_notices=notices.MOST_COUNTED)
        first = rows[0]
        g.frame = Frame(
            connections=tuple(row[0] for row in rows if row[0] is not None),
            people=tuple(row[1] for row in rows if row[1] is not None),
            under_way=first.under_way,
            conflicts=first.conflicts,
            problems=first.problems,
            unread=notices.heads(first.unread),
        )
    found: Frame = g.frame
    return found
