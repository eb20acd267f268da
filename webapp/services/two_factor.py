"""Two-factor: a code of a person's app beside their password, and recovery codes for when the app is lost.

off → begin (a secret for the app) → confirm (a code of it; recovery codes are shown once) → on → turn_off
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import uuid
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from flask_security import verify_password

from webapp.extensions import db
from webapp.services import audit, context, sessions
from webapp.services.errors import Invalid, NotFound, Refused
from webapp.services.sessions import digest_of
from webapp.services.strength import LONGEST_PASSWORD
from webapp.store import two_factor as store
from webapp.store.columns import now
from webapp.store.portals import Portal, User, places_of
from webapp.store.secrets import NO_PORTAL
from webapp.store.two_factor import TwoFactor

STEP = 30
"""Seconds that a code lasts, as every app has it."""

DRIFT = 1
"""Steps that the app's clock may be off, either way."""

RECOVERY_CODES = 10

_SECRET_BYTES = 20
_FIELD = "secret"
_CODE = re.compile(r"\d{6}")
_WRONG = "This code does not fit. Take the newest one of your app, and check the clock of its device."


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What an app is to be told: as an address in a QR code, and as letters to type."""

    uri: str
    letters: str


def begin(user_id: uuid.UUID, password: str) -> None:
    """Make a secret for the app of a user who knows their password; it asks for nothing until confirmed."""
    user = _knowing(user_id, password)
    _require(user.two_factor_at is None, "Two-factor is on already. Turn it off first to set up another app.")
    kept = db.session.get(TwoFactor, user_id) or TwoFactor(user_id=user_id)
    letters = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    kept.secret = context.safe().seal(letters, portal=NO_PORTAL, owner=user_id, field=_FIELD)
    kept.last_step, kept.begun_at = 0, now()
    db.session.add(kept)
    db.session.commit()


def begun(user_id: uuid.UUID) -> Begun | None:
    """Return what the app is to be told, while it is set up."""
    user, kept = _user(user_id), db.session.get(TwoFactor, user_id)
    if user.two_factor_at is not None or kept is None or not kept.secret:
        return None
    letters = _letters(kept)
    return Begun(uri=_totp(letters).get_provisioning_uri(user.email, "Tandem"), letters=letters)


def confirm(user_id: uuid.UUID, code: str, *, here: str) -> list[str]:
    """Turn two-factor on by a code of the app; return the recovery codes, which are told only now.

    Sessions elsewhere end: they were begun without it. ``here`` is the token of the one that stays.
    """
    user = _user(user_id)
    _require(user.two_factor_at is None, "Two-factor is on already.")
    if not _is_of_app(user_id, code):
        db.session.rollback()
        raise Invalid("code", _WRONG)
    user.two_factor_at = now()
    codes = _new_recovery_codes(user_id)
    audit.record_for_user(user_id, str(user_id), "user.two_factor_on")
    db.session.commit()
    sessions.end(user_id, here, key="")
    return codes


def turn_off(user_id: uuid.UUID, password: str) -> None:
    """Ask a user who knows their password for no code any more, unless a portal of theirs requires it."""
    user = _knowing(user_id, password)
    asking = next((each.portal for each in places_of(user_id) if each.portal.two_factor_required), None)
    if asking is not None:
        raise Refused(f"{asking.name} requires two-factor of its users, so it stays on.")
    _remove(user, actor=str(user_id))


def take_off(user: User) -> None:
    """Turn two-factor off for somebody who is locked out, by whoever runs the installation."""
    _remove(user, actor=audit.COMMAND_LINE)


def renew_recovery_codes(user_id: uuid.UUID, password: str) -> list[str]:
    """Give a user who knows their password other recovery codes; those before work no longer."""
    user = _knowing(user_id, password)
    _require(user.two_factor_at is not None, "Two-factor is off. Turn it on to have recovery codes.")
    codes = _new_recovery_codes(user_id)
    audit.record_for_user(user_id, str(user_id), "user.recovery_codes_renewed")
    db.session.commit()
    return codes


def passes(user_id: uuid.UUID, code: str) -> bool:
    """Tell whether a code lets a user in, and use it up: one of their app, or a recovery code."""
    if _is_of_app(user_id, code):
        db.session.commit()
        return True
    plain = re.sub(r"[\s-]", "", code).upper()
    if not store.use_recovery_code(user_id, digest_of(plain), now()):
        db.session.rollback()
        return False
    left = store.recovery_codes_left(user_id)
    audit.record_for_user(user_id, str(user_id), "user.recovery_code_used", {"left": left})
    db.session.commit()
    return True


def recovery_codes_left(user_id: uuid.UUID) -> int:
    """Count the recovery codes a user has not used."""
    return store.recovery_codes_left(user_id)


def require_of_all(portal_id: uuid.UUID, user_id: uuid.UUID, *, required: bool) -> None:
    """Require two-factor of every user of a portal, or no longer; whoever does has it on."""
    if required and _user(user_id).two_factor_at is None:
        raise Refused("Turn two-factor on for yourself first, under Your settings.")
    audit.hold(portal_id)
    portal = db.session.get(Portal, portal_id, populate_existing=True)
    if portal is None:
        raise NotFound("This portal is gone.")
    portal.two_factor_required = required
    audit.record(portal_id, str(user_id), "portal.two_factor_set", str(portal_id), {"required": required})
    db.session.commit()


def _remove(user: User, *, actor: str) -> None:
    _require(user.two_factor_at is not None, f"Two-factor is off for {user.email} already.")
    user.two_factor_at = None
    kept = db.session.get(TwoFactor, user.id)
    if kept is not None:
        db.session.delete(kept)
    store.forget_recovery_codes(user.id)
    audit.record_for_user(user.id, actor, "user.two_factor_off")
    db.session.commit()


def _is_of_app(user_id: uuid.UUID, code: str) -> bool:
    """Tell whether a code is the app's and was not taken before, and take it within the transaction."""
    typed, kept = code.replace(" ", ""), db.session.get(TwoFactor, user_id)
    if kept is None or not kept.secret or not _CODE.fullmatch(typed) or not typed.isascii():
        return False
    totp, here = _totp(_letters(kept)), int(now().timestamp()) // STEP
    for step in range(here - DRIFT, here + DRIFT + 1):
        if hmac.compare_digest(totp.generate(step * STEP), typed.encode()):
            return store.take_step(user_id, step)
    return False


def _new_recovery_codes(user_id: uuid.UUID) -> list[str]:
    codes = [base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(RECOVERY_CODES)]
    store.replace_recovery_codes(user_id, map(digest_of, codes))
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def _totp(letters: str) -> TOTP:
    # Apps know no other hash, whatever the address says.
    return TOTP(base64.b32decode(letters), 6, SHA1(), STEP)


def _letters(kept: TwoFactor) -> str:
    return context.safe().open(kept.secret, portal=NO_PORTAL, owner=kept.user_id, field=_FIELD)


def _knowing(user_id: uuid.UUID, password: str) -> User:
    user = _user(user_id)
    sane = 0 < len(password) <= LONGEST_PASSWORD
    if not user.password or not sane or not verify_password(password, user.password):
        raise Invalid("password", "This is not your password.")
    return user


def _user(user_id: uuid.UUID) -> User:
    user = db.session.get(User, user_id, populate_existing=True)
    if user is None:
        raise NotFound("This user is gone.")
    return user


def _require(fine: bool, reason: str) -> None:
    if not fine:
        raise Refused(reason)
