"""Deleting a portal: asked for by an Owner, taken back within a week, and then carried out with all of it."""

from __future__ import annotations

import uuid

import structlog
from redis import RedisError
from sqlalchemy import delete, select

from webapp.extensions import db
from webapp.services import audit, connections, context, notices
from webapp.services.errors import Conflict, Invalid, NotFound
from webapp.store import portal_deletions as store
from webapp.store.client_users import ClientUser
from webapp.store.connections import Connection
from webapp.store.portal_deletions import PortalDeletion
from webapp.store.portals import Membership, Portal, User
from webapp.walls import across_portals, inside

KIND = "portal.deletion"

log = structlog.get_logger(__name__)


def asked_for(portal_id: uuid.UUID) -> PortalDeletion | None:
    """Tell whether a portal is to be deleted, and when."""
    return store.asked_for(portal_id)


def ask(portal_id: uuid.UUID, user_id: uuid.UUID | None, *, typed: str, anew: bool = True) -> PortalDeletion:
    """Ask for a portal to be deleted in seven days; ``typed`` is its name. Whoever manages its users is told.

    Raises ``Invalid`` for another name, and ``Conflict`` when that was asked for already, unless it need not
    be asked ``anew``.
    """
    portal = db.session.get(Portal, portal_id)
    if portal is None:
        raise NotFound("This portal is gone.")
    if " ".join(typed.split()) != " ".join(portal.name.split()):
        raise Invalid("name", f"Type the portal's name as it is: {portal.name}")
    before = store.asked_for(portal_id)
    if before is not None and anew:
        raise Conflict("This was asked for already.")
    if before is not None:
        return before
    audit.record(portal_id, audit.actor_of(user_id), "portal.deletion_asked", str(portal_id))
    store.ask(portal_id, user_id)
    found = store.asked_for(portal_id)
    assert found is not None
    notices.tell(portal_id, KIND, portal_id, {"name": portal.name, "due": found.due_at.isoformat()})
    db.session.commit()
    return found


def keep(portal_id: uuid.UUID, user_id: uuid.UUID | None) -> None:
    """Keep a portal after all; harmless where nobody asked to delete it."""
    if store.withdraw(portal_id):
        audit.record(portal_id, audit.actor_of(user_id), "portal.deletion_withdrawn", str(portal_id))
        notices.portal_kept(portal_id)
    db.session.commit()


def hasten(owner_url: str, portal_id: uuid.UUID, *, typed: str) -> None:
    """Let a portal that was asked for go now; that takes the address of the database's owner."""
    portal = db.session.get(Portal, portal_id)
    if portal is None or portal.name != typed:
        raise Invalid("name", "This is not the portal's name. Nothing was deleted.")
    db.session.rollback()
    store.hasten(owner_url, portal_id)


def carry_out() -> int:
    """Delete the portals whose time has come; tell how many went."""
    due = list(store.due())
    db.session.rollback()
    return sum(_delete(portal_id) for portal_id in due)


def _delete(portal_id: uuid.UUID) -> bool:
    """Give the providers back their authorisations, then let the database delete all of a portal."""
    with inside(portal_id):
        held = list(db.session.scalars(select(Connection).where(Connection.portal_id == portal_id)))
        keys = [each.organization_key for each in held if each.organization_key]
        for connection_id in [each.id for each in held]:
            connections.disconnect(portal_id, connection_id, user_id=None)
        people = _people(portal_id)
        gone = store.delete_due(portal_id)
        db.session.commit()
    if gone:
        _forget_lonely(people)
        _forget_budgets(keys)
        log.info("portal.deleted", portal=str(portal_id))
    return gone


def _people(portal_id: uuid.UUID) -> list[uuid.UUID]:
    """List whoever has a login for the portal."""
    members = select(Membership.user_id).where(Membership.portal_id == portal_id)
    clients = select(ClientUser.user_id).where(ClientUser.portal_id == portal_id)
    return list(db.session.scalars(members.union(clients)))


@across_portals()
def _forget_lonely(people: list[uuid.UUID]) -> None:
    """Take out the logins that lead nowhere any more; what they had left hung below the portal."""
    placed = [
        select(table.user_id).where(table.user_id == User.id).exists() for table in (Membership, ClientUser)
    ]
    lonely = delete(User).where(User.id.in_(people), ~placed[0], ~placed[1])
    db.session.execute(lonely.execution_options(synchronize_session=False))
    db.session.commit()


@across_portals()
def _forget_budgets(keys: list[str]) -> None:
    """Take out of Valkey what counts calls to organizations that no other portal is connected to."""
    shared = set(
        db.session.scalars(select(Connection.organization_key).where(Connection.organization_key.in_(keys)))
    )
    db.session.rollback()
    valkey = context.valkey()
    try:
        for key in set(keys) - shared:
            for name in list(valkey.scan_iter(match=f"tandem:budget:{{{_plain(key)}}}:*")):
                valkey.delete(name)
    except RedisError as error:
        log.warning("portal.budget_left", error=type(error).__name__)


def _plain(key: str) -> str:
    """Write a key so that it matches itself alone."""
    return "".join(f"\\{letter}" if letter in "*?[]\\^-" else letter for letter in key)
