"""What Harbour is, and what it can do."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from webapp.sdk import Account, Capabilities, CredentialField, Organization, Provider, Region

from tandem_harbour import oauth
from tandem_harbour.client import Client
from tandem_harbour.directory import HarbourDirectory


def organizations(account: Account) -> Sequence[Organization]:
    """List the companies whose books the credentials open."""
    rows = Client(account).call("GET", "/v2")["organizations"]
    return [Organization(id=row["id"], name=row["name"], currency=row["currency"]) for row in rows]


def record_url(region: Region, organization: str, customer_id: str) -> str:
    """Say where a person sees a customer."""
    return f"{region.endpoints['web']}/{quote(organization, safe='')}/customers/{quote(customer_id, safe='')}"


HARBOUR = Provider(
    name="harbour",
    label="Harbour",
    mark="HA",
    api_version=1,
    capabilities=Capabilities(
        calls_per_minute=60,
        calls_at_once=2,
        inactive=True,
        deletes_customers=True,
        several_contacts=False,
        max_lengths={"customer": {"name": 100}},
        required={"customer": ("name",)},
    ),
    regions=(
        Region(
            key="world",
            label="World",
            endpoints={
                "api": "https://api.harbour.example",
                "accounts": "https://accounts.harbour.example",
                "web": "https://app.harbour.example",
            },
        ),
    ),
    credentials=(
        CredentialField(name="client_id", label="Client ID"),
        CredentialField(name="client_secret", label="Client secret", secret=True),
    ),
    guide=(
        "Sign in to Harbour and open Settings, then API clients.",
        "Add a client, and paste the redirect address shown here.",
        "Copy the client ID and the client secret into the fields here, and connect.",
    ),
    authorize_url=oauth.authorize_url,
    read_callback=oauth.read_callback,
    exchange=oauth.exchange,
    revoke=oauth.revoke,
    organizations=organizations,
    probe=lambda account: {"contact_census": True},
    open=lambda account: HarbourDirectory(Client(account)),
    record_url=record_url,
)
