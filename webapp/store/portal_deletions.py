"""Portals that somebody asked to delete: the database itself notes when, and deletes none before its time."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    DateTime,
    ForeignKey,
    create_engine,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.pool import NullPool

from webapp.extensions import Model, db
from webapp.store.columns import PortalId
from webapp.walls import across_portals

DELAY = timedelta(days=7)
"""How long a portal stays after somebody asked to delete it."""

_NOTED = """
    CREATE OR REPLACE FUNCTION note_portal_deletion() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
    BEGIN NEW.asked_at := clock_timestamp(); RETURN NEW; END $$;
    CREATE OR REPLACE TRIGGER note_portal_deletion BEFORE INSERT ON portal_deletion
        FOR EACH ROW EXECUTE FUNCTION note_portal_deletion()
"""
_DELETING = f"""
    CREATE OR REPLACE FUNCTION delete_due_portal(wanted uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        DELETE FROM portal WHERE id = wanted AND EXISTS (
            SELECT FROM portal_deletion AS asked WHERE asked.portal_id = wanted
               AND asked.asked_at <= clock_timestamp() - interval '{DELAY.days} days');
        RETURN FOUND;
    END $$;
    REVOKE ALL ON FUNCTION delete_due_portal(uuid) FROM PUBLIC;
"""


class PortalDeletion(Model):
    """That a portal is to be deleted, since when and by whom; taken out by whoever wants to keep it.

    The application can neither choose ``asked_at`` nor change it: see ``build``.
    """

    __tablename__ = "portal_deletion"

    portal_id: Mapped[PortalId]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    @property
    def due_at(self) -> datetime:
        """When the portal goes."""
        return self.asked_at + DELAY


def build(owner: Connection, role: str) -> None:
    """Make what lets the application delete a portal that was asked for long enough ago, and no other."""
    if inspect(owner).has_table("portal_deletion"):
        owner.exec_driver_sql(_NOTED)
        owner.exec_driver_sql(_DELETING)
        owner.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION delete_due_portal(uuid) TO {role}")


def hasten(owner_url: str, portal_id: uuid.UUID) -> None:
    """Let a portal that was asked for be due now; only the owner of the database can."""
    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.begin() as owner:
        owner.execute(text("SELECT set_config('tandem.portal', :portal, true)"), {"portal": str(portal_id)})
        asked = update(PortalDeletion).where(PortalDeletion.portal_id == portal_id)
        owner.execute(asked.values(asked_at=func.clock_timestamp() - DELAY))


def ask(portal_id: uuid.UUID, user_id: uuid.UUID | None) -> None:
    """Note that a portal is to be deleted."""
    db.session.execute(insert(PortalDeletion).values(portal_id=portal_id, asked_by=user_id))


def withdraw(portal_id: uuid.UUID) -> bool:
    """Note that a portal is to be kept after all; tell whether it was to go."""
    gone = delete(PortalDeletion).where(PortalDeletion.portal_id == portal_id)
    return bool(db.session.scalar(gone.returning(PortalDeletion.portal_id)))


def asked_for(portal_id: uuid.UUID) -> PortalDeletion | None:
    """Tell whether a portal is to be deleted."""
    return db.session.get(PortalDeletion, portal_id, populate_existing=True)


@across_portals()
def due() -> Iterator[uuid.UUID]:
    """List the portals whose time has come, by the database's clock."""
    query = select(PortalDeletion.portal_id).where(PortalDeletion.asked_at <= func.clock_timestamp() - DELAY)
    return iter(db.session.scalars(query).all())


def delete_due(portal_id: uuid.UUID) -> bool:
    """Delete a portal and all that hangs below it, unless it is not its time; tell whether it went."""
    return bool(db.session.scalar(select(func.delete_due_portal(portal_id))))
