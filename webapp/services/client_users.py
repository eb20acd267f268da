"""Client users: contacts asked to come, those who came, and those who may come no longer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services import audit, invitations
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.services.holding import UNKNOWN
from webapp.store import client_users as store
from webapp.store import invitations as invitation_store
from webapp.store.columns import now
from webapp.store.customers import Contact, Customer
from webapp.store.invitations import Invitation
from webapp.store.portals import User
from webapp.sync.normal import email_valid

NOT_HERE = "You are no contact of this company any more. Ask whoever invited you."
MOVED = "It was sent to an e-mail that is yours here no longer. Ask whoever invited you to send it anew."


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientState:
    """Where a contact stands: ``none``, ``invited``, ``expired``, ``active`` or ``disabled``, and since when.

    ``email`` is what the invitation was sent to, or what they log in with; ``moved`` when that is no longer
    the contact's own. ``until`` is how long an invitation works. ``why_not`` says why one cannot be sent.
    """

    state: str = "none"
    since: datetime | None = None
    until: datetime | None = None
    email: str = ""
    moved: bool = False
    why_not: str = ""


def state_of(customer: Customer, contact: Contact, row: Row[Any]) -> ClientState:
    """Tell where a contact stands, of whom ``store.client_users`` read a row with states."""
    why_not = _why_not(customer, contact)
    came, asked = row.ClientUser, row.Invitation
    if came is not None:
        return ClientState(
            state="disabled" if came.disabled_at else "active",
            since=came.disabled_at or came.accepted_at,
            email=row.email,
            moved=_differ(row.email, contact.email),
            why_not=why_not,
        )
    return ClientState(why_not=why_not) if asked is None else _invited(asked, contact, why_not)


def state_in_brief(
    *, came: bool, disabled: bool, invited_to: str | None, works: bool | None, email: str
) -> ClientState:
    """Tell where a contact stands by what a list reads of them."""
    if came:
        return ClientState(state="disabled" if disabled else "active")
    if invited_to is None:
        return ClientState()
    state = "invited" if works else "expired"
    return ClientState(state=state, email=invited_to, moved=_differ(invited_to, email))


def invite(
    portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID, *, by: uuid.UUID
) -> Invitation:
    """Ask a contact to be a client user, or ask anew; a link that was sent before works no longer.

    Raises ``Refused`` where nobody can be asked, or where they are a client user already.
    """
    customer, contact = _found(portal_id, customer_id, contact_id)
    why_not = _why_not(customer, contact)
    if why_not:
        raise Refused(why_not)
    if contact_id in store.of_contacts(portal_id, [contact_id]):
        raise Refused(f"{contact.name} is a client user already.")
    waiting = invitation_store.open_for_contact(portal_id, contact_id)
    if waiting is not None and not _differ(waiting.email, contact.email):
        return invitations.send_again(portal_id, waiting.id, by=by)
    return invitations.invite_contact(
        portal_id, contact_id, contact.email or "", name=contact.name, by=by, instead_of=waiting
    )


def withdraw(portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID, *, by: uuid.UUID) -> str:
    """Ask a contact no longer, and return their name."""
    _, contact = _found(portal_id, customer_id, contact_id)
    waiting = invitation_store.open_for_contact(portal_id, contact_id)
    if waiting is None:
        raise Conflict("This invitation was accepted or withdrawn meanwhile.")
    name = contact.name
    invitations.withdraw(portal_id, waiting.id, by=by)
    return name


def set_active(
    portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID, *, active: bool, by: uuid.UUID
) -> str:
    """Let a client user in no longer, from their next click on, or let them in again; return their name."""
    _, contact = _found(portal_id, customer_id, contact_id)
    name = contact.name
    user_id = store.disable(portal_id, contact_id, None if active else now())
    if user_id is None:
        db.session.rollback()
        raise Conflict("Somebody else changed that meanwhile. Reload the page and look again.")
    action = "client.enabled" if active else "client.disabled"
    audit.record(portal_id, str(by), action, str(contact_id), {"user": str(user_id)})
    db.session.commit()
    return name


def join(invitation: Invitation, user: User) -> None:
    """Make whoever came by an invitation a client user, in the caller's transaction."""
    require_welcome(invitation)
    assert invitation.contact_id is not None
    store.admit(invitation.portal_id, invitation.contact_id, user.id, now())
    subject, details = str(invitation.contact_id), {"user": str(user.id)}
    audit.record(invitation.portal_id, str(user.id), "client.joined", subject, details)


def require_welcome(invitation: Invitation) -> None:
    """Raise ``Refused`` where the contact of an invitation is here no longer, or has another e-mail by now.

    Whoever reads the mails of an address that is not the contact's any more must not become them.
    """
    contact = db.session.get(Contact, (invitation.portal_id, invitation.contact_id), populate_existing=True)
    customer = db.session.get(Customer, (invitation.portal_id, contact.customer_id)) if contact else None
    if (
        contact is None
        or customer is None
        or contact.deleted_at
        or customer.deleted_at
        or not customer.active
    ):
        raise Refused(NOT_HERE)
    if _differ(invitation.email, contact.email):
        raise Refused(MOVED)


def _found(portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID) -> tuple[Customer, Contact]:
    contact = db.session.get(Contact, (portal_id, contact_id))
    if contact is None or contact.customer_id != customer_id or contact.deleted_at is not None:
        raise NotFound(UNKNOWN["contact"])
    customer = db.session.get_one(Customer, (portal_id, customer_id))
    if customer.deleted_at is not None:
        raise NotFound(UNKNOWN["customer"])
    return customer, contact


def _why_not(customer: Customer, contact: Contact) -> str:
    if not customer.active:
        return "Mark the customer active first: an inactive one has no client users."
    if not contact.email:
        return "Add an e-mail first: the invitation goes there."
    if not email_valid(contact.email):
        return "Correct the e-mail first: no mail can be sent to it."
    return ""


def _invited(invitation: Invitation, contact: Contact, why_not: str) -> ClientState:
    return ClientState(
        state="invited" if invitation.works(now()) else "expired",
        since=invitation.invited_at,
        until=invitation.expires_at,
        email=invitation.email,
        moved=_differ(invitation.email, contact.email),
        why_not=why_not,
    )


def _differ(one: str | None, other: str | None) -> bool:
    return (one or "").strip().casefold() != (other or "").strip().casefold()
