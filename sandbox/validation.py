"""The checks on what is sent: lengths, types, e-mails, custom fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox import errors
from sandbox.desk import Desk
from sandbox.records import Contact, Custom, CustomField, Organization
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


def custom_values(organization: Organization, given: Any) -> dict[str, Custom]:
    """Return the values of custom fields; of a field that nobody added any text is taken."""
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise errors.invalid_value("custom_fields")
    found: dict[str, Custom] = {}
    for each in given:
        name = each.get("api_name")
        if not isinstance(name, str) or not name.startswith("cf_"):
            raise errors.invalid_value("custom_fields")
        field = organization.custom_field(name)
        found[name] = text(each, "value", 500) if field is None else _custom_value(field, each)
    return found


def _custom_value(field: CustomField, each: Mapping[str, Any]) -> Custom:
    if field.data_type == "formula":
        raise errors.invalid_value(field.label)
    if field.data_type == "check_box":
        return "" if each.get("value") in (None, "") else boolean(each, "value")
    given = text(each, "value", field.value_length or 500)
    if given and not _is_kind(field, given):
        raise errors.invalid_value(field.label)
    return given


def _is_kind(field: CustomField, given: str) -> bool:
    if field.data_type == "dropdown":
        return given in field.values
    try:
        if field.data_type == "date":
            date.fromisoformat(given)
        elif field.data_type == "decimal":
            Decimal(given)
    except (ValueError, InvalidOperation):
        return False
    return True
