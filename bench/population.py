"""Very many connections in a real database: each of a portal of its own, with customers, links and runs.

The database itself multiplies one row of each table that the services' own models wrote.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Table

from bench.crowd import untold
from webapp.extensions import db
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.links import Link
from webapp.store.mirror import MirrorCustomer
from webapp.store.policies import portal_column
from webapp.store.portals import Portal
from webapp.store.runs import Run
from webapp.walls import inside

RECORDS = 3
"""Linked customers of each connection, and imports of it that are over."""

_SPREAD = 0.6180339887498949
"""The golden section: however many there are, their polls are spread evenly."""

_NUMBERED = "lpad(to_hex(%s), 32, '0')::uuid"
_OWN = {"portal_id": _NUMBERED % "n", "connection_id": _NUMBERED % "n"}
_RECORD = "n * 16 + k"
_CONNECTED = {"organization_key": "'made:' || n", "state": "'connected'"}
_MADE: tuple[tuple[type[Any], int, Mapping[str, str]], ...] = (
    (Portal, 1, {"id": _NUMBERED % "n", "key": "'made-' || n"}),
    (Connection, 1, {"portal_id": _NUMBERED % "n", "id": _NUMBERED % "n", **_CONNECTED}),
    (Link, RECORDS, _OWN | {"our_id": _NUMBERED % _RECORD, "their_id": f"({_RECORD})::text"}),
    (MirrorCustomer, RECORDS, _OWN | {"their_id": f"({_RECORD})::text"}),
    (Run, RECORDS, _OWN | {"id": _NUMBERED % _RECORD, "number": "k"}),
)
"""How many rows a connection has of each table, and what differs: of connection ``n``, its record ``k``."""

_MULTIPLY = sql.SQL("""
    INSERT INTO {table} ({columns}) SELECT {values} FROM {table}
     CROSS JOIN generate_series(1, %s) AS n CROSS JOIN generate_series(1, %s) AS k WHERE {own} = %s
""")
_KEEP = """
    UPDATE connection SET next_look_at = to_timestamp(next), lease_until = to_timestamp(lease),
           refresh_wanted_at = to_timestamp(wanted)
      FROM unnest(%s::uuid[], %s::float8[], %s::float8[], %s::float8[]) AS kept (its_id, next, lease, wanted)
     WHERE id = its_id
"""
_POLLED = "UPDATE connection SET refreshed_at = now() WHERE id = ANY(%s)"
_QUEUE = """
    UPDATE run SET state = 'running', confirmed_at = to_timestamp(%s)
     WHERE portal_id = %s AND id = (SELECT id FROM run WHERE portal_id = %s AND state = 'done' LIMIT 1)
"""
_CLOSE = "UPDATE run SET state = 'done' WHERE portal_id = %s AND state = 'running'"
_REST = """
    UPDATE connection SET rung_at = NULL WHERE rung_at IS NOT NULL;
    UPDATE run SET state = 'done' WHERE state = 'running'
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the tables say of a connection: when to look, until when it is held, since when somebody waits."""

    next_look_at: float
    lease_until: float | None = None
    wanted_at: float | None = None


class Population:
    """So many connections, by number from 0 on; needs an application's context to be made."""

    def __init__(self, owner: psycopg.Connection, size: int) -> None:
        self.ids = [uuid.UUID(int=number + 1) for number in range(size)]
        self.number_of = {each: number for number, each in enumerate(self.ids)}
        self._owner = owner
        template = _template()
        for model, each, differing in _MADE:
            _multiply(owner, model.__table__, template, differing, (size, each))
        owner.execute("VACUUM (ANALYZE)")

    def rest(self, moment: float, poll_seconds: float) -> list[float]:
        """Let nothing wait and nobody be at work; return when to look at each next, evenly spread."""
        looks = [moment + poll_seconds * (number * _SPREAD % 1) for number in range(len(self.ids))]
        self._owner.execute(_REST)
        self.keep({number: Standing(look) for number, look in enumerate(looks)})
        return looks

    def polled(self, many: int) -> list[uuid.UUID]:
        """Have the first so many been polled this moment, so that a look finds nothing due; return them."""
        self._owner.execute(_POLLED, [self.ids[:many]])
        return self.ids[:many]

    def keep(self, standing: Mapping[int, Standing]) -> None:
        """Write down how connections stand."""
        told = standing.values()
        columns = (
            [self.ids[number] for number in standing],
            [each.next_look_at for each in told],
            [each.lease_until for each in told],
            [each.wanted_at for each in told],
        )
        self._owner.execute(_KEEP, columns)

    def queue_imports(self, confirmed: Mapping[int, float]) -> None:
        """Write down that imports were confirmed, each at its moment."""
        rows = [(moment, self.ids[number], self.ids[number]) for number, moment in confirmed.items()]
        self._all(_QUEUE, rows)

    def close_imports(self, numbers: Iterable[int]) -> None:
        """Write down that imports are over."""
        self._all(_CLOSE, [(self.ids[number],) for number in numbers])

    def _all(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        with self._owner.cursor() as cursor:
            cursor.executemany(statement, rows)


def _template() -> uuid.UUID:
    """Write one row of each table, as the models do."""
    portal_id, connection_id = new_id(), new_id()
    own = {"portal_id": portal_id, "connection_id": connection_id}
    rows = (
        Portal(id=portal_id, key="template", name="Nordlicht Studio"),
        Connection(
            portal_id=portal_id,
            id=connection_id,
            provider="books",
            region="eu",
            state="disconnected",
            organization_id="1",
            credentials="sealed " * 60,
            **dict.fromkeys(("probed_at", "refreshed_at", "census_started_at", "census_finished_at"), now()),
            features={"contact_census": True},
            custom_fields={"asked_at": now().isoformat()},
        ),
        Link(**own, kind="customer", our_id=new_id(), their_id="1"),
        MirrorCustomer(**own, their_id="1", version="1", detail_version="1", contacts_digest=""),
        Run(**own, kind="import", state="done", number=1),
    )
    with inside(portal_id):
        for row in rows:
            db.session.add(row)
            db.session.flush()
        db.session.commit()
    return portal_id


def _multiply(
    owner: psycopg.Connection,
    table: Table,
    template: uuid.UUID,
    differing: Mapping[str, str],
    times: tuple[int, int],
) -> None:
    """Make of one row of a table as many as there are connections, times the records of each."""
    columns = table.columns.keys()
    values = [sql.SQL(differing[name]) if name in differing else sql.Identifier(name) for name in columns]
    made = _MULTIPLY.format(
        table=sql.Identifier(table.name),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(values),
        own=sql.Identifier(portal_column(table)),
    )
    with untold(owner, table.name):
        owner.execute(made, [*times, template])
