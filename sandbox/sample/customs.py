"""What sample customers hold in the custom fields of their organization: every third one, always alike."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.records import Custom, Organization

EVERY = 3
TIERS = ("Plus", "Basic", "Premium", "Basic")


def custom_fields(organization: Organization, number: int, created: int) -> dict[str, Custom]:
    """Return what the customer of a number holds."""
    if number % EVERY:
        return {}
    turn = number // EVERY
    held: dict[str, Custom] = {
        "cf_account_number": f"D-{10_000 + 7 * turn}",
        "cf_customer_since": datetime.fromtimestamp(created, UTC).date().isoformat(),
        "cf_discount": ("5", "2.5", "")[turn % 3],
        "cf_newsletter": turn % 2 == 0,
        "cf_tier": TIERS[turn % len(TIERS)],
        "cf_score": str(40 + 13 * turn % 60),
    }
    there = {field.api_name for field in organization.custom_fields}
    return {name: value for name, value in held.items() if name in there and value != ""}
