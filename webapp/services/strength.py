"""How hard a password is to guess: common ones, and those made of who somebody is, will not do."""

from __future__ import annotations

from flask_security import password_complexity_validator

from webapp.services.errors import Invalid

LOOKED_AT = 72
"""Letters that are looked at, since looking costs by length: the rest only makes it harder."""


def require(password: str, *known: str) -> None:
    """Raise Invalid when a password is easily guessed by somebody who knows, say, name and e-mail."""
    words = [part for each in known for part in (each, *each.replace("@", " ").split())]
    told = {f"known_{number}": word for number, word in enumerate(words)}
    if password_complexity_validator(password[:LOOKED_AT], True, **told):
        raise Invalid(
            "password", "This one is easily guessed. Choose several words that do not belong together."
        )
