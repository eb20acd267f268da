"""Erasing a person: the record, all that is kept beside it, and what the audit says of them.

The chain of the audit stays whole (``audit.erase_person``). A provider that still holds an erased contact
sends it again: ``kept_out`` lets nobody see it here.
"""

from __future__ import annotations

import uuid

from sqlalchemy import delete, func, select

from webapp.extensions import db
from webapp.sdk import Gone
from webapp.services import audit, deleting, sessions
from webapp.services.errors import NotFound, Refused
from webapp.services.holding import UNKNOWN
from webapp.services.portals import portals
from webapp.store import bin as bin_store
from webapp.store import client_users, erased, traces
from webapp.store.client_users import ClientUser
from webapp.store.customers import Contact, Customer, contacts_of, locked_contact, locked_customer
from webapp.store.directory import PortalDirectory
from webapp.store.found_by import find_anew
from webapp.store.invitations import Invitation
from webapp.store.portals import OWNER, Membership, Profile, User
from webapp.walls import across_portals, inside

AT_ONCE = 20
"""So many erasures that waited a sweep carries out."""


def erase_contact(
    portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID, user_id: uuid.UUID, *, there: bool
) -> bool:
    """Erase a contact, ``there`` too once the deletion has reached every provider; tell whether it is done.

    Erased here alone, it stays at the providers, and is never read from them again. A login that gives no
    other place goes along. Raises ``NotFound``.
    """
    contact = db.session.get(Contact, (portal_id, contact_id))
    if contact is None or contact.customer_id != customer_id:
        raise NotFound(UNKNOWN["contact"])
    if there and traces.places_there(portal_id, contact_id):
        if contact.deleted_at is None:
            deleting.delete_contact(portal_id, customer_id, contact_id, user_id, version=contact.version)
        erased.want(portal_id, contact_id, user_id)
        audit.record(portal_id, str(user_id), "contact.erasure_wanted", str(contact_id))
        db.session.commit()
        return False
    _erase_contact(portal_id, customer_id, contact_id, audit.actor_of(user_id))
    return True


def erase_ready() -> int:
    """Erase the contacts whose deletion has reached every provider by now; tell how many."""
    ready = erased.ready(AT_ONCE)
    db.session.rollback()
    for row in ready:
        with inside(row.portal_id):
            _erase_contact(row.portal_id, row.customer_id, row.contact_id, audit.actor_of(row.wanted_by))
    return len(ready)


def erase_user(user_id: uuid.UUID, *, actor: str) -> None:
    """Erase a login with everything that tells whose it was, in every portal.

    Raises ``Refused`` while a portal has no other Owner, and ``NotFound``.
    """
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("This user is gone.")
    _require_other_owners(user_id)
    words, email = (user.email, user.name), user.email
    # Whoever asked may be this very user, whose request goes on.
    db.session.expunge(user)
    for portal_id in [portal.id for portal in portals()]:
        with inside(portal_id):
            _erase_user_in(portal_id, user_id, words, email, actor)
    sessions.forget_user(user_id)
    db.session.execute(delete(User).where(User.id == user_id).execution_options(synchronize_session=False))
    db.session.commit()


def _erase_contact(portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID, actor: str) -> None:
    customer = locked_customer(portal_id, customer_id)
    contact = locked_contact(portal_id, customer_id, contact_id) if customer is not None else None
    if customer is None or contact is None:
        db.session.rollback()
        return
    _leave_primary(portal_id, customer, contact)
    words, names = _words(contact), {each for each in (contact.first_name, contact.last_name) if each}
    there = [(row.connection_id, row.their_id, row.of) for row in traces.places_there(portal_id, contact_id)]
    login = client_users.of_contacts(portal_id, [contact_id]).get(contact_id)
    erased.keep_out(portal_id, there)
    traces.forget_links(portal_id, contact_id)
    for connection_id, their_id, _ in there:
        traces.forget_person_there(portal_id, connection_id, their_id)
    for row in traces.customers_there(portal_id, customer_id):
        traces.forget_primary_there(portal_id, row.connection_id, row.their_id)
    bin_store.erase(portal_id, "contact", [contact_id])
    traces.forget_words(portal_id, words)
    _find_anew(portal_id, customer_id)
    audit.erase_person(portal_id, contact_id, actor)
    audit.record(portal_id, actor, "contact.erased", "", {"providers": len(there)})
    traces.stop_work(portal_id, [connection_id for connection_id, _, _ in there])
    traces.forget_searches(portal_id, words | names)
    traces.forget_words_of_work(portal_id, words)
    db.session.commit()
    if login is not None and not _has_place(login.id):
        erase_user(login.id, actor=actor)


def _leave_primary(portal_id: uuid.UUID, customer: Customer, contact: Contact) -> None:
    """Let another contact be primary, as when one is deleted."""
    if contact.deleted_at is None and customer.deleted_at is None:
        try:
            PortalDirectory(portal_id).delete_contact(str(customer.id), str(contact.id))
        except Gone as error:
            raise NotFound(UNKNOWN["contact"]) from error


def _find_anew(portal_id: uuid.UUID, customer_id: uuid.UUID) -> None:
    db.session.expire_all()
    customer = db.session.get_one(Customer, (portal_id, customer_id))
    find_anew(customer, contacts_of(portal_id, [customer_id]))
    db.session.flush()


def _words(contact: Contact) -> set[str]:
    """Return what a person is told by: name, e-mail and phones."""
    full = " ".join(part for part in (contact.first_name, contact.last_name) if part)
    told = {full} if contact.first_name and contact.last_name else set()
    return told | {each for each in (contact.email, contact.phone, contact.mobile) if each}


def _erase_user_in(
    portal_id: uuid.UUID, user_id: uuid.UUID, words: tuple[str, ...], email: str, actor: str
) -> None:
    traces.forget_actor(portal_id, user_id)
    traces.forget_words(portal_id, words)
    asked = (Invitation.accepted_by == user_id) | (func.lower(Invitation.email) == email.lower())
    gone = delete(Invitation).where(Invitation.portal_id == portal_id, asked)
    db.session.execute(gone.execution_options(synchronize_session=False))
    if audit.erase_person(portal_id, user_id, actor if actor != str(user_id) else traces.ERASED):
        audit.record(portal_id, actor if actor != str(user_id) else traces.ERASED, "user.erased", "")
    traces.forget_words_of_work(portal_id, words)
    db.session.commit()


@across_portals()
def _has_place(user_id: uuid.UUID) -> bool:
    """Tell whether a login gives a place anywhere, one that was disabled for a while among them."""
    places = select(Membership.user_id).where(Membership.user_id == user_id)
    clients = select(ClientUser.user_id).where(ClientUser.user_id == user_id)
    return db.session.scalar(places.union_all(clients).limit(1)) is not None


@across_portals()
def _require_other_owners(user_id: uuid.UUID) -> None:
    profile = (Profile.portal_id == Membership.portal_id) & (Profile.id == Membership.profile_id)
    owners = (
        select(Membership.portal_id, func.bool_or(Membership.user_id == user_id), func.count())
        .join(Profile, profile)
        .join(User, User.id == Membership.user_id)
        .where(Profile.name == OWNER, Membership.disabled_at.is_(None), User.active)
        .group_by(Membership.portal_id)
    )
    if any(theirs and owners == 1 for _, theirs, owners in db.session.execute(owners)):
        raise Refused(
            "This is the only Owner of a portal: make somebody else Owner first, or delete the portal."
        )
