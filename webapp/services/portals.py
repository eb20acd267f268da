"""Portals and the people in them: made, found, and what each may do."""

from __future__ import annotations

import re
import uuid

from flask_security import hash_password
from sqlalchemy import select

from webapp.extensions import db
from webapp.services import audit, members, profiles, strength
from webapp.services.audit import COMMAND_LINE
from webapp.services.errors import Invalid, NotFound
from webapp.store.columns import new_id
from webapp.store.portals import (
    PROFILES,
    Membership,
    Portal,
    Profile,
    User,
    membership_of,
    portal_by_key,
    user_by_email,
)
from webapp.sync.normal import email_valid
from webapp.walls import across_portals, inside

DUPLICATES = ("ask", "merge", "clone")
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def add_portal(key: str, name: str, *, currency: str = "EUR", country: str = "DE") -> Portal:
    """Make a portal with its four profiles. Raises ``Invalid`` for a key that is taken or cannot be one."""
    _require("key", _KEY.fullmatch(key), "Use small letters, digits and hyphens for a key, 40 at most.")
    _require("key", portal_by_key(key) is None, f"There is a portal {key} already: choose another key.")
    _require("name", 0 < len(name.strip()) <= 200, "Give the portal a name of at most 200 characters.")
    _require("currency", _CURRENCY.fullmatch(currency), "Give the currency by its code, such as EUR.")
    _require("country", _COUNTRY.fullmatch(country), "Give the country by its code, such as DE.")
    made = Portal(id=new_id(), key=key, name=name.strip(), currency=currency, country=country)
    with inside(made.id):
        db.session.add(made)
        db.session.flush()
        db.session.add_all(
            Profile(portal_id=made.id, name=profile, permissions=list(permissions))
            for profile, permissions in PROFILES.items()
        )
        audit.record(made.id, COMMAND_LINE, "portal.added", str(made.id), {"key": key})
        db.session.commit()
        db.session.refresh(made)
    return made


@across_portals()
def portals() -> list[Portal]:
    """List all portals by name."""
    return list(db.session.scalars(select(Portal).order_by(Portal.name, Portal.key)))


def portal(key: str) -> Portal:
    """Find a portal by its key; raises ``NotFound``."""
    found = portal_by_key(key)
    if found is None:
        raise NotFound(f"There is no portal {key}. See which there are with: tandem portal list.")
    return found


def add_user(
    portal_id: uuid.UUID,
    email: str,
    name: str,
    *,
    password: str | None,
    profile: str = "Employee",
    actor: str = COMMAND_LINE,
) -> User:
    """Give a person a place in a portal, and a login if they have none yet.

    A login that exists keeps its name and password. Raises ``Invalid`` naming the field at fault.
    """
    held = _profile(portal_id, profile)
    user = user_by_email(email)
    if user is None:
        user = _new_user(email, name, password)
    elif membership_of(user.id, portal_id) is not None:
        raise Invalid(
            "email", f"{user.email} has a place in this portal already. Change it with: tandem user profile."
        )
    db.session.add(user)
    db.session.flush()
    db.session.add(Membership(portal_id=portal_id, user_id=user.id, profile_id=held.id))
    audit.record(portal_id, actor, "user.added", str(user.id), {"profile": profile})
    db.session.commit()
    return user


def set_profile(portal_id: uuid.UUID, user_id: uuid.UUID, profile: str) -> Membership:
    """Give a member another profile by its name, as whoever runs the installation."""
    return members.set_profile(portal_id, user_id, _profile(portal_id, profile).id, by=None)


def set_duplicates(portal_id: uuid.UUID, duplicates: str, *, actor: str = COMMAND_LINE) -> None:
    """Set what an import does by itself with a name that exists: ask, merge or clone."""
    _require("duplicates", duplicates in DUPLICATES, "Choose to be asked, to merge, or to clone.")
    found = db.session.get(Portal, portal_id)
    if found is None:
        raise NotFound("This portal is gone.")
    audit.hold(portal_id)
    details = {"from": found.duplicates, "to": duplicates}
    found.duplicates = duplicates
    audit.record(portal_id, actor, "portal.duplicates_set", str(portal_id), details)
    db.session.commit()


def _new_user(email: str, name: str, password: str | None) -> User:
    address = email.strip()
    _require("email", email_valid(address), f"{address[:100]!r} is no e-mail address.")
    _require("name", 0 < len(name.strip()) <= 200, "Give a name of at most 200 characters.")
    if password is not None:
        strength.require(password, address, name)
    return User(
        id=new_id(),
        email=address,
        name=name.strip(),
        password=hash_password(password) if password is not None else None,
        fs_uniquifier=uuid.uuid4().hex,
    )


def _profile(portal_id: uuid.UUID, name: str) -> Profile:
    found = db.session.scalar(select(Profile).where(Profile.portal_id == portal_id, Profile.name == name))
    if found is None:
        names = ", ".join(each.name for each in profiles.of_portal(portal_id))
        raise Invalid("profile", f"There is no profile {name}: choose one of {names}.")
    return found


def _require(field: str, fine: object, reason: str) -> None:
    if not fine:
        raise Invalid(field, reason)
