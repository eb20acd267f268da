"""Locales, time zones and currencies: which there are, which one is meant, which is likely for somebody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.localedata import locale_identifiers
from babel.numbers import get_currency_name, get_territory_currencies

USUAL = (
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
"""The locales that stand first where one is chosen."""

MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
}
"""Where most people of a country with several zones live."""

_PLACE = re.compile(r"[A-Z]\w+/\S+")


@cache
def locales() -> Mapping[str, str]:
    """Return every locale that names a country, by its name in English."""
    found = [(code, Locale.parse(code)) for code in locale_identifiers()]
    names = {code: locale.get_display_name("en") for code, locale in found if locale.territory}
    # A few have no name in English yet: nobody would know them by their code.
    return dict(sorted(((code, name) for code, name in names.items() if name), key=lambda entry: entry[1]))


@cache
def usual_locales() -> Mapping[str, str]:
    """Return the locales most people look for, by their names in English."""
    return {code: locales()[code] for code in USUAL}


@cache
def currencies() -> Mapping[str, str]:
    """Return the currencies that are in use anywhere, by code, with their names in English."""
    used = {
        code for country in get_global("territory_currencies") for code in get_territory_currencies(country)
    }
    return {code: get_currency_name(code, locale="en") for code in sorted(used)}


def is_locale(code: str) -> bool:
    """Tell whether numbers and dates can be written by a locale."""
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return False
    return True


@cache
def zones() -> tuple[str, ...]:
    """Return every time zone that people name a place by, and UTC."""
    outdated = get_global("zone_aliases")
    places = (zone for zone in available_timezones() if _PLACE.fullmatch(zone))
    return (*sorted(zone for zone in places if zone not in outdated and not zone.startswith("Etc/")), "UTC")


def zone_named(text: str) -> str | None:
    """Find the time zone a person means: ``Europe/Berlin``, ``europe / berlin`` or just ``Berlin``."""
    wanted = _spelled(text)
    exact = {_spelled(zone): zone for zone in available_timezones()}
    if wanted in exact:
        return exact[wanted]
    places = [zone for zone in zones() if _spelled(zone.rpartition("/")[2]) == wanted]
    return places[0] if len(places) == 1 else None


def likely_zone(country: str) -> str | None:
    """Guess the time zone of somebody in a country."""
    found = get_global("territory_zones").get(country, [])
    return MAIN_ZONES.get(country) or (found[0] if len(found) == 1 else None)


def likely_locale(accepted: Iterable[str], country: str) -> str | None:
    """Guess a locale by what a browser accepts, the best first, and the portal's country."""
    for tag in accepted:
        for code in (tag.replace("-", "_"), f"{tag.partition('-')[0]}_{country}"):
            try:
                found = Locale.parse(code)
            except (UnknownLocaleError, ValueError):
                continue
            if found.territory:
                return str(found)
    return None


def _spelled(text: str) -> str:
    return re.sub(r"[\s_]+", "_", re.sub(r"\s*/\s*", "/", text.strip())).casefold()
