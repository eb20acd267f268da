"""Times, numbers and names as the reader is used to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from webapp.store.columns import now
from webapp.web import formats


@pytest.fixture
def reader(monkeypatch):
    """Let somebody read: ``reader(locale=..., time_zone=...)``."""

    def read(**settings):
        person = SimpleNamespace(**{"locale": "en_GB", "time_zone": "UTC"} | settings)
        monkeypatch.setattr(formats, "current_user", person)

    read()
    return read


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(minutes=2), "2 minutes ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(seconds=-3), "in a moment"),
        (timedelta(minutes=-5), "in 5 minutes"),
    ],
)
def test_times_are_said_as_people_say_them(reader, before, words):
    reference = now()
    assert formats.ago(reference - before, reference) == words


def test_a_time_carries_the_exact_one_in_the_readers_zone(reader):
    reader(time_zone="Asia/Tokyo")
    written = formats.when(datetime(2026, 3, 17, 13, 2, tzinfo=UTC))
    assert 'datetime="2026-03-17T13:02:00+00:00"' in written
    assert "22:02" in written


def test_no_time_is_never(reader):
    assert formats.when(None) == formats.moment(None) == "never"


def test_days_and_clock_follow_the_locale(reader):
    time = datetime(2024, 3, 17, 23, 30, tzinfo=UTC)
    reader(locale="de_DE", time_zone="Europe/Berlin")
    assert (formats.day(time), formats.clock(time)) == ("18. März 2024", "00:30")
    reader(locale="en_US", time_zone="UTC")
    assert (formats.day(time), formats.clock(time).replace("\u202f", " ")) == ("March 17, 2024", "11:30 PM")


@pytest.mark.parametrize(
    ("locale", "text"),
    [("en_GB", "1,284"), ("de_DE", "1.284"), ("fr_FR", "1\u202f284"), ("nonsense", "1,284")],
)
def test_numbers_are_grouped_by_locale(reader, locale, text):
    reader(locale=locale)
    assert formats.number(1284) == text


def test_an_unknown_zone_is_utc(reader):
    reader(time_zone="Nowhere/Land")
    assert formats.reader().zone is UTC


def test_nouns_follow_their_number(reader):
    assert formats.counted(1, "customer") == "1 customer"
    assert formats.counted(1284, "customer") == "1,284 customers"
    assert formats.counted(2, "person", "people") == "2 people"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Mette Kjærgaard", "MK"),
        ("ærø Søtransport ApS", "ÆS"),
        ("Łódzkie", "Ł"),
        ("株式会社みなと設計", "株"),
        ("شركة النور", "ش"),
        ("Αφοί Παπαδόπουλοι", "ΑΠ"),
        ("<script>", "S"),
        ("=HYPERLINK(1)", "H1"),
        ("🍳", "?"),
        ("", "?"),
        (None, "?"),
    ],
)
def test_initials_are_made_of_letters(name, letters):
    assert formats.initials(name) == letters


def test_a_name_always_has_the_same_tint():
    assert formats.tint("Ærø") == formats.tint("Ærø")
    assert {formats.tint(str(number)) for number in range(100)} == {f"t{number}" for number in range(1, 7)}


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("040 66969120", "040 66969120"),
        ("+49 4066969120", "+49 40 66969120"),
        ("0045 62550141", "+45 62 55 01 41"),
        ("+45 62550141", "+45 62 55 01 41"),
        ("(616) 555-0143 ext. 12", "(616) 555-0143 ext. 12"),
        ("call me", "call me"),
        ("", ""),
        (None, ""),
    ],
)
def test_phones_are_written_as_their_country_does_where_they_name_it(typed, shown):
    assert formats.phone(typed) == shown


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://a.example/b?c=d", "https://a.example/b?c=d"),
        ("http://a.example", "http://a.example"),
        ("a.example", "https://a.example"),
        ("a.example:8080/x", "https://a.example:8080/x"),
        ("HTTPS://A.example", "HTTPS://A.example"),
        ("//a.example", "https://a.example"),
        ("javascript:alert(1)", ""),
        ("JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("mailto:a@b.example", ""),
        ("java\nscript:alert(1)", ""),
        ("https://", ""),
        ("https://[broken", ""),
        ("two words", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_web_addresses_become_links(address, link):
    assert formats.safe_url(address) == link


def test_lengths_are_said_in_words():
    assert formats.length_of_time(timedelta(minutes=6, seconds=12)) == "6 minutes"
    assert formats.length_of_time(0.2) == "1 second"
    assert formats.length_of_time(None) == ""
