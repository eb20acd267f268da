"""The two organizations of the sandbox and their currencies."""

from __future__ import annotations

from sandbox.records import Currency, CustomField, Organization

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


def _custom_fields(first_id: int) -> tuple[CustomField, ...]:
    """The fields people add most: one of each kind."""
    fields = (
        ("cf_account_number", "Account number", "string", (), 50),
        ("cf_customer_since", "Customer since", "date", (), 0),
        ("cf_discount", "Discount in percent", "decimal", (), 0),
        ("cf_newsletter", "Newsletter", "check_box", (), 0),
        ("cf_tier", "Service tier", "dropdown", ("Basic", "Plus", "Premium"), 0),
        ("cf_score", "Payment score", "formula", (), 0),
    )
    return tuple(CustomField(str(first_id + 2 * number), *field) for number, field in enumerate(fields))


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
    custom_fields=_custom_fields(460_000_000_000_070_001),
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
    custom_fields=_custom_fields(460_000_000_000_270_001)[:2],
)
ORGANIZATIONS = (MAIN, SECOND)
