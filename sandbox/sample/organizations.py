"""The two organizations of the sandbox and their currencies."""

from __future__ import annotations

from sandbox.records import Currency, Organization

_CURRENCIES = (
    ("AED", "UAE Dirham", "AED", 2, "1,234,567.89"),
    ("CHF", "Swiss Franc", "CHF", 2, "1'234'567.89"),
    ("CZK", "Czech Koruna", "Kč", 2, "1.234.567,89"),
    ("DKK", "Danish Krone", "kr", 2, "1.234.567,89"),
    ("EUR", "Euro", "€", 2, "1.234.567,89"),
    ("GBP", "Pound Sterling", "£", 2, "1,234,567.89"),
    ("HUF", "Hungarian Forint", "Ft", 2, "1.234.567,89"),
    ("INR", "Indian Rupee", "₹", 2, "12,34,567.89"),
    ("JPY", "Japanese Yen", "¥", 0, "1,234,567"),
    ("NOK", "Norwegian Krone", "kr", 2, "1.234.567,89"),
    ("PLN", "Polish Zloty", "zł", 2, "1.234.567,89"),
    ("SEK", "Swedish Krona", "kr", 2, "1.234.567,89"),
    ("USD", "United States Dollar", "$", 2, "1,234,567.89"),
)


def _currencies(first_id: int) -> dict[str, Currency]:
    return {
        code: Currency(str(first_id + 2 * number), code, name, symbol, precision, style)
        for number, (code, name, symbol, precision, style) in enumerate(_CURRENCIES)
    }


MAIN = Organization(
    id="2084417530",
    name="Nordlicht Studio",
    time_zone="Europe/Berlin",
    base_currency="EUR",
    country_code="DE",
    country_name="Germany",
    created_date="2023-10-02",
    user_id="460000000000093001",
    user_name="Jonas Petersen",
    user_email="jonas@nordlicht-studio.example",
    currencies=_currencies(460_000_000_000_000_097),
    is_default=True,
    has_portal=True,
)
SECOND = Organization(
    id="2084417614",
    name="Nordlicht Studio North America",
    time_zone="America/New_York",
    base_currency="USD",
    country_code="US",
    country_name="U.S.A",
    created_date="2025-01-15",
    user_id="460000000000293001",
    user_name="Jonas Petersen",
    user_email="jonas@nordlicht-studio.example",
    currencies=_currencies(460_000_000_000_200_097),
    is_default=False,
    has_portal=False,
    plan_name="Free",
)
ORGANIZATIONS = (MAIN, SECOND)
