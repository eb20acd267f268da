"""Checks of what a person typed: the portal's rules, and those of every provider a record travels to."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import phonenumbers
from babel import Locale
from email_validator import EmailNotValidError, validate_email

from webapp.providers import UnknownProvider
from webapp.sdk import Address, Capabilities, Value
from webapp.services import context
from webapp.services.errors import Invalid
from webapp.services.labels import name_of
from webapp.services.typed import LINES
from webapp.store.connections import Connection
from webapp.store.customers import MAX_LENGTHS
from webapp.store.in_step import is_named_there
from webapp.sync.link import Fields, Kind, is_blank, parts_of
from webapp.sync.normal import name_key

PHONES = ("phone", "mobile")
NAMED_BY = ("first_name", "last_name", "email")
"""What a contact is called by: one of these at least."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)


class Faults(Invalid):
    """Values that cannot be taken: why, by field; the part of an address by a dotted name."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(*next(iter(faults.items())))
        self.faults = dict(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A provider that a record travels to: its label, what it takes, and which customer there is the twin."""

    connection_id: uuid.UUID
    label: str
    capabilities: Capabilities
    their_id: str


def places_of(linked: Iterable[tuple[Connection, str]]) -> tuple[Place, ...]:
    """Return the places of a customer's connections; a provider whose plugin is not loaded has no rules."""
    found = []
    for connection, their_id in linked:
        try:
            provider = context.registry().get(connection.provider)
        except UnknownProvider:
            continue
        found.append(
            Place(
                connection_id=connection.id,
                label=name_of(connection),
                capabilities=provider.capabilities,
                their_id=their_id,
            )
        )
    return tuple(found)


def faults_of(
    kind: Kind, changes: Fields, whole: Fields, places: Iterable[Place], country: str
) -> dict[str, str]:
    """Say by field why changes cannot be kept here or at any of the places; empty when they can.

    ``whole`` is the record with them, ``country`` where its phones are at home.
    """
    places = tuple(places)
    faults: dict[str, str] = {}
    for name, text in _texts(changes):
        reason = _unkept(name, text) or _too_long(kind, name, text, places) or _unread(name, text, country)
        if reason:
            faults[name] = reason
    for name, reason in _missing(kind, changes, whole, places):
        faults.setdefault(name, reason)
    return faults


def check_name(portal_id: uuid.UUID, name: str, places: Iterable[Place]) -> None:
    """Raise ``Faults`` if a provider takes each name once, and another customer there has this one."""
    for place in places:
        if not place.capabilities.unique_names:
            continue
        if is_named_there(portal_id, place.connection_id, name_key(name), but=place.their_id):
            raise Faults(
                {
                    "name": f"{place.label} has another customer called “{name}” and takes each name once. "
                    "Choose another name, or rename the other one there first."
                }
            )


def why_full(places: Iterable[Place], people: int) -> str:
    """Say why a customer of so many people takes no further one; blank where it does."""
    full = next((place for place in places if people and not place.capabilities.several_contacts), None)
    if full is None:
        return ""
    return (
        f"{full.label} keeps one contact of a customer, and this one has one: edit that, "
        f"or unlink the customer from {full.label} first."
    )


def unusual(changes: Fields, country: str) -> tuple[str, ...]:
    """Say of phones that were kept as typed that they are none people can usually call."""
    typed = ((name, changes.get(name)) for name in PHONES)
    odd = [text for _, text in typed if isinstance(text, str) and text and not _is_usual(text, country)]
    return tuple(f"“{text}” is kept as typed. It is not a usual phone number: check it." for text in odd)


def web_address(text: str | None) -> str:
    """Return an address that may be made a link, or nothing: only http and https lead out of here."""
    text = (text or "").strip()
    if not text or not text.isprintable() or " " in text:
        return ""
    address = text if _has_scheme(text) else f"https://{text.lstrip('/')}"
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.hostname else ""


def country_code(address: Value, otherwise: str) -> str:
    """Return the code of an address's country, named in English or by its code; else the portal's."""
    name = address.country.strip() if isinstance(address, Address) else ""
    return _countries().get(name.casefold(), otherwise)


def _missing(
    kind: Kind, changes: Fields, whole: Fields, places: Iterable[Place]
) -> Iterator[tuple[str, str]]:
    if kind == "customer" and "name" in changes and is_blank(whole["name"]):
        yield "name", "A customer needs a name: give it one."
    if kind == "contact" and all(is_blank(whole.get(name)) for name in NAMED_BY):
        yield "first_name", "A contact needs a name or an e-mail: give one of them."
    for place in places:
        for name in place.capabilities.required.get(kind, ()):
            if name in changes and is_blank(changes[name]):
                yield name, f"{place.label} needs the {_words(name)} of every {kind}."


def _too_long(kind: Kind, name: str, text: str, places: Iterable[Place]) -> str:
    limits = [("The portal", MAX_LENGTHS), *((each.label, each.capabilities.max_lengths) for each in places)]
    for label, by_kind in limits:
        known = by_kind.get(kind, {})
        limit = known.get(name, known.get(name.partition(".")[0]))
        if limit is not None and len(text) > limit:
            return f"This has {len(text)} characters, and {label} takes {limit}: shorten it."
    return ""


def _unkept(name: str, text: str) -> str:
    lines = name.partition(".")[2] in LINES
    if any(unicodedata.category(sign) == "Cc" and not (lines and sign == "\n") for sign in text):
        return "This holds a character that cannot be kept: type it anew."
    return ""


def _unread(name: str, text: str, country: str) -> str:
    """Say what is wrong with an e-mail, a phone or an address of the web."""
    if not text:
        return ""
    if name == "email":
        return _email_fault(text)
    if name in PHONES:
        return _phone_fault(text, country)
    return _website_fault(text) if name == "website" else ""


def _email_fault(text: str) -> str:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError as error:
        return f"This is no e-mail address. {error}"
    return ""


def _phone_fault(text: str, country: str) -> str:
    try:
        phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        if error.error_type == error.INVALID_COUNTRY_CODE:
            return "No country's numbers begin like this: check what follows the plus."
        return "This is no phone number: type its digits, for another country with + and its code."
    return ""


def _is_usual(text: str, country: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, country))
    except phonenumbers.NumberParseException:
        return False


def _website_fault(text: str) -> str:
    address = web_address(text)
    if not address:
        return "This is no address of the web: it begins with https:// or http://."
    host = urlsplit(address).hostname or ""
    return "" if _has_scheme(text) or "." in host else "Add what follows the dot, such as example.com."


def _has_scheme(text: str) -> bool:
    return _SCHEME.match(text) is not None


def _texts(values: Fields) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Address):
            yield from ((f"{name}.{part}", text) for part, text in parts_of(value).items())
        elif isinstance(value, str):
            yield name, value


def _words(name: str) -> str:
    return {"email": "e-mail"}.get(name, name.replace("_", " "))


@cache
def _countries() -> Mapping[str, str]:
    names = Locale("en").territories
    known = {code: name for code, name in names.items() if code in phonenumbers.SUPPORTED_REGIONS}
    return {told.casefold(): code for code, name in known.items() for told in (code, name)}
