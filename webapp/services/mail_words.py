"""What mails say: written when they are sent, from how matters stand then."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from datetime import timedelta
from typing import Any

from flask import render_template
from flask_mail import Message
from flask_security.recoverable import generate_reset_password_token

from webapp.extensions import db
from webapp.services import context, invitations, notices
from webapp.services.addresses import address_of
from webapp.services.mail_transport import MailTrouble
from webapp.services.notice_kinds import KINDS
from webapp.services.reader import reader_of
from webapp.services.sessions import digest_of
from webapp.store import notices as store
from webapp.store.columns import now
from webapp.store.invitations import Invitation
from webapp.store.mails import CHANGED, RESET, Claim
from webapp.store.portals import Portal, User, membership_of, user_by_email
from webapp.walls import inside

RESET_LASTS = timedelta(minutes=30)
"""How long a link to choose a new password works, and how long after it was asked for one is sent."""

WORTH_SENDING = timedelta(days=2)
"""Whatever could not be sent for longer is not sent any more: a mail of last week helps nobody."""

LONGEST_SUBJECT = 150


def compose(claim: Claim) -> Message | None:
    """Write a mail; None when there is no reason for it any more, MailTrouble when it cannot be written."""
    if claim.invitation_id is not None and claim.portal_id is not None:
        with inside(claim.portal_id):
            return _invitation(claim, claim.portal_id, claim.invitation_id)
    user = db.session.get(User, claim.user_id, populate_existing=True)
    age = now() - claim.asked_at
    if user is None or not user.active or age > WORTH_SENDING:
        return None
    if claim.portal_id is not None:
        with inside(claim.portal_id):
            return _notice(claim, user)
    if claim.about == RESET:
        return _reset(claim, user) if age < RESET_LASTS else None
    return _changed(claim, user)


def in_one_line(text: str) -> str:
    """Make of text what may stand in a header: one line, with nothing in it that is not seen."""
    seen = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    line = " ".join(seen.split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def _notice(claim: Claim, user: User) -> Message | None:
    assert claim.portal_id is not None and claim.notice_id is not None
    place = membership_of(user.id, claim.portal_id)
    notice = place and store.worth_a_mail(notices.audience_of(place), claim.notice_id)
    if not place or place.disabled_at or not notice or notice.kind not in KINDS:
        return None
    kind, reader = KINDS[notice.kind], reader_of(user)
    words = notices.words_of(notice, reader)
    return _message(
        claim,
        (user.name, user.email),
        "notice",
        subject=f"{words.title} · {place.portal.name}",
        words=words,
        kind=kind,
        reported=reader.counted(notice.times, "time") if notice.times > 1 else "",
        since=reader.moment(notice.first_at),
        portal=place.portal,
        page=address_of("notices.open_one", portal_key=place.portal.key, notice_id=notice.id),
        settings=address_of("account.show", anchor="notices"),
    )


def _reset(claim: Claim, user: User) -> Message:
    page = address_of("passwords.choose", token=generate_reset_password_token(user))
    minutes = int(RESET_LASTS.total_seconds() // 60)
    to = user.name, user.email
    return _message(claim, to, RESET, subject="Choose a new password", page=page, minutes=minutes)


def _changed(claim: Claim, user: User) -> Message:
    reader = reader_of(user)
    return _message(
        claim,
        (user.name, user.email),
        CHANGED,
        subject="Your password was changed",
        moment=reader.moment(claim.asked_at),
        page=address_of("passwords.ask"),
    )


def _invitation(claim: Claim, portal_id: uuid.UUID, invitation_id: uuid.UUID) -> Message | None:
    invitation = db.session.get(Invitation, (portal_id, invitation_id), populate_existing=True)
    if invitation is None or not invitation.works(now()):
        return None
    token = invitations.token_of(invitation)
    if digest_of(token) != invitation.token_digest:
        raise MailTrouble(
            "SECRET_KEY changed since this was asked for: send the invitation again.", final=True
        )
    known, host = user_by_email(invitation.email), db.session.get(User, invitation.invited_by)
    portal = db.session.get_one(Portal, portal_id)
    by = host.name if host else portal.name
    return _message(
        claim,
        (known.name if known else invitation.name, invitation.email),
        "invitation",
        subject=f"{by} invites you to {portal.name}",
        by=by,
        address=host.email if host else "",
        portal=portal,
        kind=invitation.kind,
        until=reader_of(known or host).moment(invitation.expires_at),
        page=address_of("invitations.show", token=token),
    )


def _message(claim: Claim, to: tuple[str, str], template: str, *, subject: str, **words: Any) -> Message:
    sender = context.settings().mail
    assert sender is not None
    words |= {"name": to[0], "base_url": context.settings().base_url, "subject": subject}
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if "settings" in words:
        headers["List-Unsubscribe"] = f"<{words['settings']}>"
    message = Message(
        subject=in_one_line(subject),
        recipients=[(in_one_line(to[0]), to[1])],
        sender=(in_one_line(sender.sender_name) or "Tandem", sender.sender_address),
        body=render_template(f"mail/{template}.txt", **words),
        html=render_template(f"mail/{template}.html", **words),
        charset="utf-8",
        extra_headers=headers,
    )
    # A mail that is handed in twice, since a crash hid the first time, is one mail to those who read it.
    message.msgId = f"<{_digest(claim)}@{sender.sender_address.rpartition('@')[2]}>"
    return message


def _digest(claim: Claim) -> str:
    what = claim.user_id, claim.about, claim.notice_id, claim.invitation_id
    named = f"{':'.join(map(str, what))}:{claim.asked_at.isoformat()}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]
