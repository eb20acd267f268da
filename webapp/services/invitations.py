"""Invitations: people asked into a portal by mail, asked again, and asked no longer.

The link holds a token that is made of the installation's secret key and of the invitation, anew for each
mail; only its digest is kept. ``joining`` is what happens to whoever comes by it.
"""

from __future__ import annotations

import base64
import hmac
import re
import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta

from webapp.extensions import db
from webapp.services import audit, context, grants, mail_transport
from webapp.services.errors import Conflict, Invalid, NotFound, Refused
from webapp.services.sessions import digest_of
from webapp.services.signals import announce_mail
from webapp.store import invitations as store
from webapp.store import mails
from webapp.store.columns import new_id, now
from webapp.store.invitations import CLIENT, MEMBER, Invitation
from webapp.store.portals import membership_of, user_by_email
from webapp.sync.normal import email_valid

LASTS = timedelta(days=7)
"""How long a link works."""

MOST = 50
"""How many people may be asked at once."""

NO_MAIL = "This installation sends no mail, so it cannot invite anybody. Ask whoever runs it to add them."

NOBODY_YET = "Nobody was invited yet."

_BETWEEN = re.compile(r"[\s,;]+")


def addresses_in(text: str) -> list[str]:
    """Read the addresses of a text, each once: parted by commas, semicolons or white space."""
    found = {each.casefold(): each for each in _BETWEEN.split(text.replace("\0", "").strip()) if each}
    return list(found.values())


def invite(
    portal_id: uuid.UUID,
    emails: Sequence[str],
    profile_id: uuid.UUID,
    project_ids: Iterable[uuid.UUID] = (),
    *,
    by: uuid.UUID,
) -> list[Invitation]:
    """Ask people to be users of a portal, all of them or, as Invalid says why, nobody."""
    _require_mail()
    audit.hold(portal_id)
    grants.require_profile(portal_id, by, profile_id)
    if not emails:
        raise Invalid("emails", "Enter the e-mail of whom you want to invite.")
    if len(emails) > MOST:
        raise Invalid("emails", f"Invite at most {MOST} people at once.")
    for email in emails:
        _require_new(portal_id, email)
    projects = list(project_ids)
    made = [
        make(portal_id, MEMBER, each, by=by, profile_id=profile_id, project_ids=projects) for each in emails
    ]
    db.session.commit()
    announce_mail()
    return made


def invite_contact(
    portal_id: uuid.UUID,
    contact_id: uuid.UUID,
    email: str,
    *,
    name: str,
    by: uuid.UUID,
    instead_of: Invitation | None = None,
) -> Invitation:
    """Ask a contact to be a client user, in place of an invitation that went to another e-mail."""
    _require_mail()
    audit.hold(portal_id)
    if instead_of is not None:
        instead_of.withdrawn_at = now()
        db.session.flush()
    made = make(portal_id, CLIENT, email, by=by, name=name, contact_id=contact_id)
    db.session.commit()
    announce_mail()
    return made


def make(
    portal_id: uuid.UUID,
    kind: str,
    email: str,
    *,
    by: uuid.UUID,
    name: str = "",
    profile_id: uuid.UUID | None = None,
    contact_id: uuid.UUID | None = None,
    project_ids: Sequence[uuid.UUID] = (),
) -> Invitation:
    """Add an invitation and its mail to the caller's transaction, which holds the audit and asked who may."""
    moment = now()
    made = Invitation(
        portal_id=portal_id,
        id=new_id(),
        kind=kind,
        email=email.strip(),
        name=name,
        profile_id=profile_id,
        contact_id=contact_id,
        project_ids=list(project_ids),
        sent=1,
        invited_by=by,
        invited_at=moment,
        expires_at=moment + LASTS,
    )
    made.token_digest = digest_of(token_of(made))
    db.session.add(made)
    db.session.flush()
    mails.post_invitation(portal_id, made.id, moment=moment)
    audit.record(portal_id, str(by), "invitation.made", str(made.id), {"kind": kind})
    return made


def send_again(portal_id: uuid.UUID, invitation_id: uuid.UUID, *, by: uuid.UUID) -> Invitation:
    """Send another link, which works for as long as the first did; the one before works no longer."""
    _require_mail()
    invitation = hold_open(portal_id, invitation_id, by=by)
    moment = now()
    invitation.sent += 1
    invitation.token_digest = digest_of(token_of(invitation))
    invitation.expires_at = moment + LASTS
    invitation.invited_by = by
    db.session.flush()
    mails.post_invitation(portal_id, invitation_id, moment=moment)
    audit.record(portal_id, str(by), "invitation.sent_again", str(invitation_id))
    db.session.commit()
    announce_mail()
    return invitation


def withdraw(portal_id: uuid.UUID, invitation_id: uuid.UUID, *, by: uuid.UUID) -> Invitation:
    """Ask somebody no longer: their link works no more."""
    invitation = hold_open(portal_id, invitation_id, by=by)
    invitation.withdrawn_at = now()
    audit.record(portal_id, str(by), "invitation.withdrawn", str(invitation_id))
    db.session.commit()
    return invitation


def hold_open(portal_id: uuid.UUID, invitation_id: uuid.UUID, *, by: uuid.UUID) -> Invitation:
    """Return an invitation that waits, for somebody who may decide over it, and let others wait for them."""
    audit.hold(portal_id)
    invitation = store.hold(portal_id, invitation_id)
    if invitation is None:
        raise NotFound("There is no such invitation.")
    if not invitation.is_open:
        raise Conflict("This invitation was accepted or withdrawn meanwhile.")
    if invitation.kind == MEMBER and invitation.profile_id is not None:
        grants.require_profile(portal_id, by, invitation.profile_id)
    return invitation


def token_of(invitation: Invitation) -> str:
    """Make the token of an invitation's newest mail; it is kept nowhere."""
    named = f"invitation:{invitation.portal_id}:{invitation.id}:{invitation.sent}"
    made = hmac.digest(context.settings().secret_key.encode(), named.encode(), "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _require_mail() -> None:
    if not mail_transport.is_set_up():
        raise Refused(NO_MAIL)


def _require_new(portal_id: uuid.UUID, email: str) -> None:
    if not email_valid(email):
        raise Invalid("emails", f"“{email[:100]}” is no e-mail address. {NOBODY_YET}")
    user = user_by_email(email)
    place = membership_of(user.id, portal_id) if user else None
    if place is not None:
        remedy = " Their place is disabled: enable it again instead." if place.disabled_at else ""
        raise Invalid("emails", f"{email} is a user of this portal already.{remedy} {NOBODY_YET}")
    if store.open_to(portal_id, email) is not None:
        raise Invalid(
            "emails", f"{email} is invited already: send it again from the list. Nobody was invited yet."
        )
