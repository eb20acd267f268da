"""Small losses: what passes lately deleted or blanked by themselves, so that many are seen as one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ForeignKeyConstraint, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, PortalId, Str
from webapp.store.connections import Connection
from webapp.sync.brake import Hit
from webapp.sync.link import Kind

COUNT_FOR = timedelta(hours=1)
"""How long a small loss counts along with those that follow."""


class SmallLoss(Model):
    """One record here that a pass was about to delete or blank, since it is gone or blank there."""

    __tablename__ = "small_loss"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[Str] = mapped_column(primary_key=True)
    our_id: Mapped[Str] = mapped_column(primary_key=True)
    at: Mapped[Created]


def recent(connection: Connection, moment: datetime) -> set[Hit]:
    """Return what was lost here lately."""
    lost = select(SmallLoss.kind, SmallLoss.our_id).where(
        SmallLoss.portal_id == connection.portal_id,
        SmallLoss.connection_id == connection.id,
        SmallLoss.at > moment - COUNT_FOR,
    )
    return {Hit("ours", cast(Kind, kind), our_id) for kind, our_id in db.session.execute(lost)}


def add(connection: Connection, found: Iterable[Hit], moment: datetime) -> None:
    """Note what is about to be lost here, and forget what counts no longer."""
    theirs = SmallLoss.portal_id == connection.portal_id, SmallLoss.connection_id == connection.id
    db.session.execute(delete(SmallLoss).where(*theirs, SmallLoss.at <= moment - COUNT_FOR))
    rows = [
        {
            "portal_id": connection.portal_id,
            "connection_id": connection.id,
            "kind": hit.kind,
            "our_id": hit.our_id,
            "at": moment,
        }
        for hit in sorted(found)
        if hit.side == "ours"
    ]
    if rows:
        added = insert(SmallLoss).values(rows)
        db.session.execute(
            added.on_conflict_do_update(
                index_elements=[*SmallLoss.__table__.primary_key], set_={"at": moment}
            )
        )
