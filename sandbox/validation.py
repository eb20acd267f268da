"""The checks on what is sent: lengths, types, e-mails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox import errors
from sandbox.desk import Desk
from sandbox.records import Contact
from sandbox.register import fold

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def text(data: Mapping[str, Any], name: str, limit: int) -> str:
    """Return a text without outer white space; refuse other types and what is too long."""
    value = data.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise errors.invalid_value(name)
    given = str(value).strip()
    if len(given) > limit:
        raise errors.too_long(name, limit)
    return given


def texts(data: Mapping[str, Any], limits: Mapping[str, int]) -> dict[str, str]:
    """Return the texts that are given; a field that is not sent is left out."""
    return {name: text(data, name, limit) for name, limit in limits.items() if name in data}


def boolean(data: Mapping[str, Any], name: str) -> bool:
    """Return a truth value; forms send it as a word."""
    value = data.get(name, False)
    if value in ("true", "false"):
        return bool(value == "true")
    if not isinstance(value, bool):
        raise errors.invalid_value(name)
    return value


def valid_email(email: str) -> bool:
    """Say whether an e-mail is blank or has the form of one."""
    return email == "" or _EMAIL.fullmatch(email) is not None


def email_free(desk: Desk, contact: Contact, email: str, person_id: str = "") -> None:
    """Refuse an e-mail another person has, as far as the settings ask for it."""
    rule = desk.settings.unique_person_emails
    if not email or rule == "shared":
        return
    others = contact.persons if rule == "contact" else desk.register.persons.values()
    if any(fold(other.email) == fold(email) and other.id != person_id for other in others):
        raise errors.duplicate_email(email)
