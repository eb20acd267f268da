"""Locales and time zones: all of them, found as people type them, and guessed for somebody new."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from webapp.services import locales


def test_every_zone_offered_can_be_used_and_no_place_stands_twice():
    zones = locales.zones()
    assert {"UTC", "Europe/Berlin", "Asia/Kolkata", "America/Argentina/Buenos_Aires"} <= set(zones)
    assert not {"Asia/Calcutta", "Etc/GMT+3", "EST5EDT", "localtime"} & set(zones)
    assert all(ZoneInfo(zone) for zone in zones)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("  europe / berlin ", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("utc", "UTC"),
        ("Asia/Calcutta", "Asia/Calcutta"),
        ("Atlantis", None),
        ("", None),
        ("../../etc/passwd", None),
        ("Europe/Berlin\0", None),
    ],
)
def test_a_zone_is_found_as_people_type_it(typed, zone):
    assert locales.zone_named(typed) == zone


@pytest.mark.parametrize(
    ("accepted", "country", "locale"),
    [
        (["de-AT", "de"], "DE", "de_AT"),
        (["de"], "CH", "de_CH"),
        (["fr", "en-GB"], "DE", "en_GB"),
        (["en"], "DE", "en_DE"),
        (["*", "xx-YY", "pt-BR"], "DE", "pt_BR"),
        (["zh-Hant-TW"], "DE", "zh_Hant_TW"),
        ([], "DE", None),
        (["x" * 500, "../..", "de_DE/../x"], "DE", None),
    ],
)
def test_a_locale_is_guessed_by_the_browser_and_the_portals_country(accepted, country, locale):
    assert locales.likely_locale(accepted, country) == locale


@pytest.mark.parametrize(
    ("country", "zone"),
    [("DE", "Europe/Berlin"), ("US", "America/New_York"), ("IN", "Asia/Kolkata"), ("", None), ("XX", None)],
)
def test_a_zone_is_guessed_by_the_portals_country(country, zone):
    assert locales.likely_zone(country) == zone


def test_main_zones_are_offered():
    assert set(locales.MAIN_ZONES.values()) <= set(locales.zones())


def test_usual_locales_are_among_all_and_all_can_be_used():
    assert set(locales.USUAL) <= set(locales.locales())
    assert all(locales.is_locale(code) for code in locales.locales())
    assert len(locales.locales()) > 500
    assert list(locales.locales().values()) == sorted(locales.locales().values())


def test_no_locale_is_offered_that_has_no_name():
    assert not set(locales.locales()) & set(locales.locales().values())
