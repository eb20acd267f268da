"""How times, numbers and names are written for the person who reads them."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import phonenumbers
from babel import dates
from flask import Flask
from flask_security import current_user
from markupsafe import Markup

from webapp.services.checks import web_address
from webapp.services.reader import Reader, reader_of
from webapp.store.columns import now

TINTS = 6
DIALLED_ABROAD = re.compile(r"^\s*00(?=[1-9])")
NAME_WORD = re.compile(r"[^\W_]+")


def bind(app: Flask) -> None:
    """Give the filters to an application's templates."""
    times = (when, day, date_of, clock, moment, length_of_time)
    filters = (*times, number, initials, tint, counted, phone, safe_url)
    # Else a filter on a constant would be computed once, for the first reader's locale.
    app.jinja_env.optimized = False
    app.jinja_env.filters.update({filter.__name__: filter for filter in filters})


def reader() -> Reader:
    """The person who reads; English and UTC if nobody is logged in."""
    return reader_of(current_user)


def when(time: datetime | None) -> str | Markup:
    """Write a time as people say it ("2 minutes ago"), with the exact one on hover."""
    if time is None:
        return "never"
    return _timed(time, ago(time, now()))


def ago(time: datetime, reference: datetime) -> str:
    """Say how far a time is from another, in words."""
    return reader().ago(time, reference)


def moment(time: datetime | None) -> str | Markup:
    """Write day and time."""
    if time is None:
        return "never"
    return _timed(time, reader().moment(time))


def day(time: datetime | None) -> str:
    """Write the day, with its year unless it is this one's."""
    return reader().day(time)


def date_of(value: date | None) -> str:
    """Write a day that has no time, such as that on which a project ends."""
    return reader().date(value)


def clock(time: datetime | None) -> str:
    """Write the time of day."""
    return reader().clock(time)


def length_of_time(span: timedelta | float | None) -> str:
    """Write how long something takes ("6 minutes", "1 hour")."""
    if span is None:
        return ""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    return dates.format_timedelta(timedelta(seconds=max(1, round(seconds))), threshold=1.2, locale="en")


def number(value: int | float | Decimal | None) -> str:
    """Write a number, grouped as the reader is used to."""
    return reader().number(value)


def counted(value: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: ``3|counted("customer")`` is "3 customers"."""
    return reader().counted(value, one, many)


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
    return _as_dialled(text) if text else ""


@lru_cache(maxsize=4096)
def _as_dialled(text: str) -> str:
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
    return web_address(text)


def _timed(time: datetime, words: str) -> Markup:
    person = reader()
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        time.astimezone(UTC).isoformat(timespec="seconds"), person.exact(time), words
    )


def _is_one_letter_script(letter: str) -> bool:
    """Tell whether one letter of this script says enough, and two would join or crowd (Arabic, Chinese)."""
    return ord(letter) >= 0x0590 and not 0x1E00 <= ord(letter) < 0x2000
