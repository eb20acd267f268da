"""The examination: every area in the order in which one stands on another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp.extensions import db
from webapp.services.doctor import connections, database, queue, surroundings
from webapp.services.doctor.findings import Area, Finding
from webapp.walls import across_portals

Look = Callable[[], Iterable[Finding]]


def examine(*, ask_providers: bool = False, mail_to: str = "") -> Iterator[Finding]:
    """Look at everything, and tell what was found area by area; nothing is changed.

    With `ask_providers` each connection's provider is asked once, with a token that is renewed if need be.
    With `mail_to` one mail is sent there.
    """
    there = database.answers()
    yield there
    usable = there.level != "fault"
    if usable:
        found = _looked(database.AREA, database.findings)
        usable = all(each.subject != "schema" or each.level == "ok" for each in found)
        yield from found
    yield from queue.valkey()
    on_the_tables: tuple[tuple[Area, Look], ...] = (
        (queue.QUEUE, queue.waiting),
        (queue.PROCESSES, queue.alive),
        (surroundings.KEYS, surroundings.sealing),
        (surroundings.MAIL, partial(surroundings.mail, mail_to)),
        (surroundings.CLOCKS, surroundings.clocks),
        (connections.AREA, partial(connections.each, ask=ask_providers)),
    )
    for area, look in on_the_tables:
        if usable:
            yield from _looked(area, look)
        else:
            yield area.warning("all", "Not looked at: the database has to be put right first.", "See above.")
    yield from surroundings.plugins()
    yield from surroundings.address()
    yield from surroundings.disk()


def _looked(area: Area, look: Look) -> list[Finding]:
    """Make the findings of an area, over all portals; what breaks while looking is one of them."""
    try:
        with across_portals():
            return list(look())
    except (SQLAlchemyError, RedisError) as error:
        return [
            area.fault(
                "all",
                f"Looking at it broke ({type(error).__name__}).",
                "See the findings above and the server's log, then look again.",
            )
        ]
    finally:
        db.session.rollback()
