"""Processes: which workers and schedulers run, as they say themselves; nothing of any portal."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Text, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Id, Str, Time

FORGOTTEN_AFTER = timedelta(days=1)


class Process(Model):
    """One process, and when it was last seen to do its rounds.

    ``kind`` is worker or schedule, ``queue`` what a worker serves. ``version`` is that of the code it runs.
    ``clock_off`` is by how many seconds its machine's clock is ahead of the database's. Who stops in order
    takes the row away; who is killed leaves it.
    """

    __tablename__ = "process"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(Text)
    queue: Mapped[Str]
    host: Mapped[Str]
    pid: Mapped[int] = mapped_column(default=0)
    version: Mapped[Str]
    clock_off: Mapped[float] = mapped_column(default=0.0)
    started_at: Mapped[Time]
    seen_at: Mapped[Time]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessData:
    """What a process says of itself."""

    id: uuid.UUID
    kind: str
    queue: str
    host: str
    pid: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A process as others see it, last seen ``age`` seconds ago by the database's clock."""

    kind: str
    queue: str
    host: str
    pid: int
    version: str
    clock_off: float
    age: float


def note_seen(process: ProcessData, moment: datetime) -> None:
    """Note that a process does its rounds, in a transaction of its own; `moment` is now by its own clock."""
    stamp = func.clock_timestamp()
    off = func.extract("epoch", literal(moment) - stamp)
    row = {name: getattr(process, name) for name in ("id", "kind", "queue", "host", "pid", "version")}
    made = insert(Process).values(**row, clock_off=off, started_at=stamp, seen_at=stamp)
    with db.engine.begin() as side:
        side.execute(
            made.on_conflict_do_update(
                index_elements=[Process.id],
                set_={"seen_at": made.excluded.seen_at, "clock_off": made.excluded.clock_off},
            )
        )


def forget(process_id: uuid.UUID) -> None:
    """Take a process that stops off the list, and those that were killed long ago."""
    long_ago = Process.seen_at < func.clock_timestamp() - FORGOTTEN_AFTER
    with db.engine.begin() as side:
        side.execute(delete(Process).where((Process.id == process_id) | long_ago))


def seen() -> list[Seen]:
    """List the processes that have not stopped in order, those seen last first."""
    age = func.extract("epoch", func.clock_timestamp() - Process.seen_at)
    names = (Process.kind, Process.queue, Process.host, Process.pid, Process.version, Process.clock_off)
    found = db.session.execute(select(*names, age.label("age")).order_by(age))
    return [Seen(**{**row, "age": float(row["age"])}) for row in found.mappings()]
