"""What a password must be: long enough, and neither a common one nor made of who somebody is."""

from __future__ import annotations

from flask_security import password_complexity_validator

from webapp.services.errors import Invalid

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000
"""Hashing costs by length."""

LOOKED_AT = 72
"""Letters that are looked at, since looking costs by length: the rest only makes it harder."""


def require(password: str, *known: str) -> None:
    """Raise Invalid when a password will not do for somebody of whom this is known: e-mail and name, say."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid("password", f"A password needs at least {SHORTEST_PASSWORD} characters.")
    if len(password) > LONGEST_PASSWORD:
        raise Invalid("password", f"A password has at most {LONGEST_PASSWORD} characters.")
    if password.casefold() in {each.casefold() for each in known}:
        raise Invalid("password", "Choose one that is neither your e-mail nor your name.")
    words = [part for each in known for part in (each, *each.replace("@", " ").split())]
    told = {f"known_{number}": word for number, word in enumerate(words)}
    if password_complexity_validator(password[:LOOKED_AT], True, **told):
        raise Invalid(
            "password", "This one is easily guessed. Choose several words that do not belong together."
        )
