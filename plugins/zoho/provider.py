"""Making a provider of a product: the same parts, told which product they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from plugins.zoho import custom_fields, oauth, webhooks
from plugins.zoho.client import Client
from plugins.zoho.directory import ZohoDirectory
from plugins.zoho.organizations import organizations
from plugins.zoho.product import FAMILY, Product
from plugins.zoho.regions import REGIONS, customer_page
from webapp.sdk import (
    Account,
    AuthorizationLost,
    CredentialField,
    CustomField,
    Directory,
    Organization,
    Provider,
    Region,
    Skip,
)

_CREDENTIALS = (
    CredentialField(name="client_id", label="Client ID", help="Begins with “1000.”", sandbox="1000.SANDBOX"),
    CredentialField(name="client_secret", label="Client secret", secret=True, sandbox="sandbox-secret"),
)

_GUIDE = (
    "Open Zoho's API console at api-console.zoho.com, or its like in your data centre, and sign in as a user "
    "of {label} who may read and edit contacts.",
    "Choose “Add client”, then “Server-based Applications”.",
    "Enter a name and the address of this portal as its homepage.",
    "Paste the redirect address shown here under “Authorized Redirect URIs”, exactly as it is, and create "
    "the client.",
    "Under “Settings”, enable the data centres your users sign in to (“Multi DC”) and use the same secret "
    "for all.",
    "Copy the client ID and the client secret from “Client Secret” into the fields here.",
    "Choose the data centre you sign in to and connect; Zoho then asks you to consent.",
)


def zoho_provider(product: Product) -> Provider:
    """Return the provider of one of Zoho's finance products."""
    return Provider(
        name=product.name,
        family=FAMILY,
        label=product.label,
        mark=product.mark,
        capabilities=product.capabilities,
        regions=REGIONS,
        credentials=_CREDENTIALS,
        guide=tuple(step.format(label=product.label) for step in _GUIDE),
        authorize_url=partial(oauth.authorize_url, product),
        read_callback=oauth.read_callback,
        exchange=oauth.exchange,
        organizations=partial(_organizations, product),
        probe=partial(_probe, product),
        custom_fields=partial(_custom_fields, product),
        open=partial(_open, product),
        revoke=oauth.revoke,
        record_url=partial(_record_url, product),
        verify_webhook=webhooks.verify,
        webhook_guide=tuple(step.format(label=product.label) for step in webhooks.GUIDE),
    )


def _organizations(product: Product, account: Account) -> Sequence[Organization]:
    return organizations(Client(product, account))


def _probe(product: Product, account: Account) -> Mapping[str, bool]:
    return {"contact_census": ZohoDirectory(Client(product, account)).lists_contacts()}


def _custom_fields(product: Product, account: Account) -> Sequence[CustomField]:
    """List the custom fields; whoever may not ask for them keeps those that are known."""
    try:
        return Client(product, account).call(
            "GET", custom_fields.PATH, custom_fields.fields, params=custom_fields.PARAMS
        )
    except (Skip, AuthorizationLost):
        # The settings are closed to some roles and plans that may well read contacts.
        return account.custom_fields


def _open(product: Product, account: Account) -> Directory:
    return ZohoDirectory(Client(product, account))


def _record_url(product: Product, region: Region, organization: str, customer_id: str) -> str:
    return customer_page(region, product.site, organization, customer_id)
