"""The witness of a history with real tables: what passes may not do, and what must be true at rest.

Whatever is typed was never typed before, so what a pass did away with is told from what people did.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import select, text

from tests.services.real_sides import CONTACT_FIELDS, CUSTOMER, CUSTOMER_FIELDS, RealSides, Snapshot
from tests.sync.provider import essence
from webapp.extensions import db
from webapp.services import drift
from webapp.store.columns import now
from webapp.store.conflicts import Conflict
from webapp.store.connections import Connection
from webapp.store.customers import Contact
from webapp.store.history import HistoryEntry
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.problems import Problem
from webapp.sync.brake import FREE_RECORDS

WAITS = {"conflict", "decide", "failed", "held", "mapping"}
"""Why both sides may differ at rest."""

Values = dict[str, dict[str, str]]
"""What records of one customer hold, by their tags."""

KEPT = (
    "customer",
    "contact",
    "link",
    "mirror_customer",
    "mirror_contact",
    "conflict",
    "problem",
    "intent",
    "run",
    "history_entry",
)

TOKEN = re.compile(r"v\d+")


class RealWitness:
    """Knows both sides before a pass, and what people did away with: the tags of whom they ``dropped``.

    ``released``: a person has let go what the brake held, so more may go from then on.
    """

    def __init__(self, sides: RealSides) -> None:
        self.sides = sides
        self.tags: set[str] = set()
        self.dropped: set[str] = set()
        self.released = False
        self._before: tuple[Snapshot, Snapshot] = ({}, {})

    def begin(self) -> None:
        """Take down both sides before a pass, or after a person came in between."""
        self._before = self.sides.here(), self.sides.there()

    def check(self) -> None:
        """Check what passes did since: nobody went unasked, and whatever gave way is told."""
        for side, after in enumerate((self.sides.here(), self.sides.there())):
            before = self._before[side]
            self._check_people(before, after)
            self._check_values(side, before, after)

    def check_rest(self, poll: Callable[[], None]) -> None:
        """Check what must be true at rest; another ``poll`` finds nothing to do."""
        self._check_sides()
        self._check_drift()
        self._check_quiet(poll)

    def _check_people(self, before: Snapshot, after: Snapshot) -> None:
        went = {tag for _, tag in before} - {tag for _, tag in after} - self.dropped - {CUSTOMER}
        assert not went, f"{went} went though nobody deleted them"
        living = {owner for owner, _ in after}
        gone = [record for record in before.keys() - after.keys() if record[0] in living]
        assert self.released or len(gone) <= FREE_RECORDS, f"{len(gone)} went unasked"

    def _check_values(self, side: int, before: Snapshot, after: Snapshot) -> None:
        gave_way = {
            (name, token)
            for record, values in before.items()
            if record in after
            for name, value in values.items()
            for token in TOKEN.findall(value)
            if token not in TOKEN.findall(after[record][name])
        }
        untold = gave_way - self._told(old_only=side == 0) if gave_way else set()
        assert not untold, f"{untold} gave way {('here', 'there')[side]} and nobody is told"

    def _told(self, *, old_only: bool) -> set[tuple[str, str]]:
        """Return the values of which the history tells, or will once it is known what arrived."""
        db.session.rollback()
        entries = select(HistoryEntry.field, HistoryEntry.old, HistoryEntry.new).where(
            HistoryEntry.portal_id == self.sides.place.portal_id
        )
        found = set()
        for name, old, new in db.session.execute(entries):
            texts = f"{old} {'' if old_only else new}"
            found |= {(name, token) for token in TOKEN.findall(texts)}
        sent = select(Intent.sent, Intent.told).where(Intent.connection_id == self.sides.connection_id)
        tokens = {token for row in db.session.execute(sent) for token in TOKEN.findall(str(tuple(row)))}
        return found | {(name, token) for name in CUSTOMER_FIELDS + CONTACT_FIELDS for token in tokens}

    def _check_sides(self) -> None:
        here, there, waiting = self.sides.here(), self.sides.there(), self._waiting()
        alive = {tag for _, tag in (*here, *there)}
        assert self.tags - alive <= self.dropped, "somebody is lost"
        moved = self._linked_people(waiting)
        # A list that is empty is a fault, which people are told of: it deletes nothing.
        refused = not there and "listed no customers" in self._fault()
        for our_id, their_id in self.sides.pairs().items():
            if our_id not in waiting and not refused:
                theirs = _of(there, their_id)
                self._check_pair(
                    our_id, _of(here, our_id), {tag: theirs[tag] for tag in theirs.keys() - moved}
                )
        linked = {link.our_id for link in self.sides.links("contact")}
        living = {row.id for row in self.sides.people() if row.customer_id not in waiting}
        assert living <= linked, "somebody is not linked"

    def _check_pair(self, our_id: uuid.UUID, ours: Values, theirs: Values) -> None:
        assert ours.keys() == theirs.keys(), f"different people: {ours.keys() ^ theirs.keys()}"
        contested = self._contested(our_id)
        for tag, values in ours.items():
            for name, value in values.items():
                same = essence(value) == essence(theirs[tag][name])
                assert same or name in contested, f"{name} of {tag}: {value}, {theirs[tag]}"

    def _fault(self) -> str:
        connection = select(Connection.census).where(Connection.id == self.sides.connection_id)
        return str(db.session.scalars(connection).one()["fault"])

    def _contested(self, our_id: uuid.UUID) -> set[str]:
        mine = Conflict.connection_id == self.sides.connection_id, Conflict.customer_id == our_id
        return set(db.session.scalars(select(Conflict.field).where(*mine)))

    def _waiting(self) -> set[uuid.UUID]:
        mine = Problem.connection_id == self.sides.connection_id, Problem.customer_id.is_not(None)
        return set(db.session.scalars(select(Problem.customer_id).where(*mine)))

    def _linked_people(self, our_ids: set[uuid.UUID]) -> set[str]:
        """Return the linked people of customers that wait: a merge there may have moved them to another.

        They wait there until it is decided what becomes of the customer they were of.
        """
        linked = [link.our_id for link in self.sides.links("contact")]
        theirs = Contact.customer_id.in_(our_ids), Contact.id.in_(linked)
        mine = Contact.portal_id == self.sides.place.portal_id
        return set(db.session.scalars(select(Contact.department).where(mine, *theirs)))

    def _check_drift(self) -> None:
        found = list(drift.differences(self.sides.place.portal_id, self.sides.connection_id))
        odd = [each for each in found if each.reason not in WAITS]
        assert not odd, odd[:3]

    def _check_quiet(self, poll: Callable[[], None]) -> None:
        mine = Link.connection_id == self.sides.connection_id, Link.due_at <= now()
        assert not db.session.scalars(select(Link.our_id).where(*mine)).all(), "something is due for ever"
        before, made = self._rows(), self.sides.server.state.calls
        made.clear()
        poll()
        calls = [call["path"] for call in made.since() if "/v3/" in call["path"]]
        assert len(calls) == 1, calls
        assert self._rows() == before, "a quiet pass writes"

    def _rows(self) -> dict[str, Any]:
        """Return what tells whether any row was written."""
        found = {}
        for table in KEPT:
            query = f"SELECT count(*), sum(xmin::text::bigint) FROM {table} WHERE portal_id = :portal"
            portal = {"portal": self.sides.place.portal_id}
            found[table] = tuple(db.session.execute(text(query), portal).one())
        db.session.rollback()
        return found


def _of(found: Snapshot, owner: object) -> Values:
    return {tag: values for (each, tag), values in found.items() if each == str(owner)}
