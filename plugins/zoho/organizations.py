"""The organizations an authorisation opens, as Zoho lists them."""

from __future__ import annotations

from collections.abc import Sequence

from plugins.zoho.client import Client
from plugins.zoho.mapping import Misshapen, Shape, identity, text
from webapp.sdk import Organization


def organizations(client: Client) -> Sequence[Organization]:
    """List the organizations the user who connected belongs to."""
    return client.call("GET", "/organizations", _read)


def _read(body: Shape) -> tuple[Organization, ...]:
    rows = body.get("organizations")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Misshapen("an answer without organizations")
    return tuple(_organization(row) for row in rows)


def _organization(row: Shape) -> Organization:
    settings = row.get("org_settings")
    told = [part.get("is_org_active") for part in (row, settings) if isinstance(part, dict)]
    return Organization(
        id=identity(row, "organization_id"),
        name=text(row, "name") or "",
        currency=text(row, "currency_code") or "",
        time_zone=text(row, "time_zone") or "",
        # The plan does not tell the calls a day: one recorded as Professional had 1,000, not 5,000. The
        # first answer's headers do.
        plan=text(row, "plan_name") or "",
        active=False not in told,
    )
