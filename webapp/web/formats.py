"""How times, numbers and names are written for the person who reads them."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from babel import Locale, UnknownLocaleError, dates, numbers
from flask import Flask
from flask_security import current_user
from markupsafe import Markup, escape

from webapp.store.columns import now

LOCALES = {
    code: Locale.parse(code).get_display_name("en") or code
    for code in (
        "en_GB",
        "en_US",
        "en_IN",
        "da_DK",
        "de_AT",
        "de_CH",
        "de_DE",
        "el_GR",
        "es_ES",
        "es_MX",
        "fi_FI",
        "fr_CA",
        "fr_FR",
        "hu_HU",
        "it_IT",
        "ja_JP",
        "nb_NO",
        "nl_NL",
        "pl_PL",
        "pt_BR",
        "pt_PT",
        "sv_SE",
        "tr_TR",
    )
}
"""The locales whose way of writing numbers and dates can be chosen."""

TINTS = 6
DIALLED_ABROAD = re.compile(r"^\s*00(?=[1-9])")
NAME_WORD = re.compile(r"[^\W_]+")


def bind(app: Flask) -> None:
    """Give the filters to an application's templates."""
    filters = (when, day, clock, moment, number, initials, tint, counted, phone, safe_url, length_of_time)
    # Else a filter on a constant would be computed once, for the first reader's locale.
    app.jinja_env.optimized = False
    app.jinja_env.filters.update({filter.__name__: filter for filter in filters})


def locale() -> Locale:
    """The locale of the person who reads; English if nobody is logged in."""
    try:
        return Locale.parse(getattr(current_user, "locale", "en") or "en")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def zone() -> tzinfo:
    """The time zone of the person who reads; UTC if nobody is logged in."""
    try:
        return ZoneInfo(getattr(current_user, "time_zone", "UTC") or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def when(time: datetime | None) -> str | Markup:
    """Write a time as people say it ("2 minutes ago"), with the exact one on hover."""
    if time is None:
        return "never"
    return _timed(time, ago(time, now()))


def ago(time: datetime, reference: datetime) -> str:
    """Say how far a time is from another, in words."""
    if abs(reference - time) < timedelta(seconds=45):
        return "just now" if time <= reference else "in a moment"
    if abs(reference - time) > timedelta(days=20):
        return day(time)
    return dates.format_timedelta(time - reference, add_direction=True, threshold=1.2, locale="en")


def moment(time: datetime | None) -> str | Markup:
    """Write day and time."""
    if time is None:
        return "never"
    return _timed(time, f"{day(time)}, {clock(time)}")


def day(time: datetime | None) -> str:
    """Write the day, with its year unless it is this one's."""
    if time is None:
        return ""
    local = time.astimezone(zone())
    if local.year != now().astimezone(zone()).year:
        return dates.format_date(local, "long", locale=locale())
    return dates.format_skeleton("MMMMd", local, locale=locale())


def clock(time: datetime | None) -> str:
    """Write the time of day."""
    return "" if time is None else dates.format_time(time.astimezone(zone()), "short", locale=locale())


def length_of_time(span: timedelta | float | None) -> str:
    """Write how long something takes ("6 minutes", "1 hour")."""
    if span is None:
        return ""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    return dates.format_timedelta(timedelta(seconds=max(1, round(seconds))), threshold=1.2, locale="en")


def number(value: int | float | Decimal | None) -> str:
    """Write a number, grouped as the reader is used to."""
    return "" if value is None else numbers.format_decimal(value, locale=locale())


def counted(value: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: ``3|counted("customer")`` is "3 customers"."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def initials(name: str | None) -> str:
    """Make the one or two letters of an avatar."""
    words = NAME_WORD.findall(name or "")
    if not words:
        return "?"
    if _is_one_letter_script(words[0][0]):
        return words[0][0]
    letters = words[0][0] + (words[1][0] if len(words) > 1 else "")
    return letters.upper()


def tint(name: str | None) -> str:
    """Choose an avatar's colour class by the name, always the same one."""
    return f"t{zlib.crc32((name or '').encode()) % TINTS + 1}"


def phone(text: str | None) -> str:
    """Write a phone number as its country does; what cannot be read for sure stays as it is."""
    if not text:
        return ""
    try:
        # A number without its country's code may belong to any country: a customer need not be at home here.
        parsed = phonenumbers.parse(DIALLED_ABROAD.sub("+", text), None)
    except phonenumbers.NumberParseException:
        return text
    # A number that may not exist is shown as it was typed: only its owner knows what was meant.
    if parsed.extension or not phonenumbers.is_valid_number(parsed):
        return text
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def safe_url(text: str | None) -> str:
    """Return an address that may be made a link, or nothing: only http and https lead out of here."""
    text = (text or "").strip()
    if not text or not text.isprintable() or " " in text:
        return ""
    if re.match(r"[a-z][a-z0-9+.-]*:(?!\d)", text, re.IGNORECASE) is None:
        text = f"https://{text.lstrip('/')}"
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.hostname else ""


def _timed(time: datetime, words: str) -> Markup:
    exact = dates.format_datetime(time.astimezone(zone()), "full", locale=locale())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        time.astimezone(UTC).isoformat(timespec="seconds"), escape(exact), words
    )


def _is_one_letter_script(letter: str) -> bool:
    """Tell whether one letter of this script says enough, and two would join or crowd (Arabic, Chinese)."""
    return ord(letter) >= 0x0590 and not 0x1E00 <= ord(letter) < 0x2000
