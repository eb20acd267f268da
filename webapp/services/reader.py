"""The reader: how times and numbers are written for one person. The words are English for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError, dates, numbers

from webapp.store.columns import now


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads: their locale and their time zone."""

    locale: Locale
    zone: tzinfo

    @property
    def language(self) -> str:
        """What HTML calls the language that days are written in."""
        return str(self.locale).replace("_", "-")

    def day(self, time: datetime | None) -> str:
        """Write the day, with its year unless it is this one's."""
        if time is None:
            return ""
        local = time.astimezone(self.zone)
        if local.year != now().astimezone(self.zone).year:
            return dates.format_date(local, "long", locale=self.locale)
        return dates.format_skeleton("MMMMd", local, locale=self.locale)

    def date(self, day: date | None) -> str:
        """Write a day that is the same everywhere, with its year unless it is this one's."""
        if day is None:
            return ""
        if day.year != now().astimezone(self.zone).year:
            return dates.format_date(day, "long", locale=self.locale)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return dates.format_skeleton("MMMMd", midnight, locale=self.locale)

    def clock(self, time: datetime | None) -> str:
        """Write the time of day."""
        if time is None:
            return ""
        return dates.format_time(time.astimezone(self.zone), "short", locale=self.locale)

    def moment(self, time: datetime) -> str:
        """Write day and time."""
        return f"{self.day(time)}, {self.clock(time)}"

    def exact(self, time: datetime) -> str:
        """Write a time in full, with its zone."""
        return dates.format_datetime(time.astimezone(self.zone), "full", locale=self.locale)

    def ago(self, time: datetime, reference: datetime) -> str:
        """Say how far a time is from another, in words."""
        if abs(reference - time) < timedelta(seconds=45):
            return "just now" if time <= reference else "in a moment"
        if abs(reference - time) > timedelta(days=20):
            return self.day(time)
        return dates.format_timedelta(time - reference, add_direction=True, threshold=1.2, locale="en")

    def number(self, value: int | float | Decimal | None) -> str:
        """Write a number, grouped as the reader is used to."""
        return "" if value is None else _grouped(value, self.locale)

    def counted(self, value: int, one: str, many: str | None = None) -> str:
        """Write a number with its noun: "3 customers"."""
        return f"{self.number(value)} {one if value == 1 else many or one + 's'}"


def reader_of(person: object) -> Reader:
    """Make the reader a user is; whoever is not logged in reads English and UTC."""
    return _reader(getattr(person, "locale", None) or "en", getattr(person, "time_zone", None) or "UTC")


@lru_cache(maxsize=4096)
def _grouped(value: int | float | Decimal, locale: Locale) -> str:
    return numbers.format_decimal(value, locale=locale)


@lru_cache(maxsize=256)
def _reader(locale: str, zone: str) -> Reader:
    return Reader(_locale(locale), _zone(zone))


def _locale(code: str) -> Locale:
    try:
        return Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
