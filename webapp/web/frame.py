"""What stands around every page of a portal, read once for each request: connections, and what goes on."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g

from webapp.store.connections import Connection
from webapp.store.portals import User
from webapp.store.runs import connections_and_work
from webapp.store.waiting import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A portal's connections, oldest first, how many of its runs are under way, and what waits for a person.

    ``conflicts`` and ``problems`` are counted to ``store.waiting.MOST_COUNTED`` and one more.

    While it is kept, whoever asks for one of the ``connections``, or for one of the ``people`` who made them,
    is not sent to the database.
    """

    connections: tuple[Connection, ...]
    people: tuple[User, ...]
    under_way: int
    conflicts: int
    problems: int


def frame() -> Frame:
    """Read the frame, unless this request has it already."""
    if "frame" not in g:
        rows = connections_and_work(g.portal.id, *counted(g.portal.id))
        g.frame = Frame(
            connections=tuple(row[0] for row in rows),
            people=tuple(row[1] for row in rows if row[1] is not None),
            under_way=rows[0].under_way if rows else 0,
            conflicts=rows[0].conflicts if rows else 0,
            problems=rows[0].problems if rows else 0,
        )
    found: Frame = g.frame
    return found
