"""Accounts: a connection opened, so that its provider can be asked; the only way services call out."""

from __future__ import annotations

from webapp.budget import Limits
from webapp.outside import CredentialStore, GuardedProvider, Named, OutsideAccount, Wire
from webapp.providers import SANDBOX, UnknownProvider, UnknownRegion
from webapp.read_only import WORDS
from webapp.sdk import Directory, Fatal, Provider, Unavailable
from webapp.services import context
from webapp.services.credentials import KeptCredentials
from webapp.services.kept_out import WithoutErased
from webapp.services.leases import Lease
from webapp.services.observing import Observer
from webapp.store import custom_fields, erased
from webapp.store.connections import Connection

PATIENCE_BULK = 5.0
PATIENCE_PERSON = 10.0
"""Seconds a call waits for the budget; longer pauses end the slice."""


def provider_of(connection: Connection) -> Provider:
    """Return the provider of a connection; raise Fatal, with the remedy, when its plugin is not there."""
    try:
        return context.registry().get(connection.provider)
    except UnknownProvider as error:
        raise Fatal(str(error)) from error


def open_account(
    connection: Connection,
    *,
    interactive: bool,
    lease: Lease | None = None,
    credentials: CredentialStore | None = None,
    region: str = "",
) -> OutsideAccount:
    """Open a connection's account, with its own credentials and in its own region unless others are given.

    With a lease every call first asks whether it still stands. Raises Fatal when plugin or region are not
    there, Unavailable in read-only mode. Make no call while the session's transaction has written to the
    connection: keeping renewed credentials would wait for it.
    """
    if context.settings().read_only:
        raise Unavailable(f"Its provider was not asked. {WORDS}")
    provider = provider_of(connection)
    registry = context.registry()
    region = region or connection.region
    try:
        place = registry.region(provider, region)
    except UnknownRegion as error:
        raise Fatal(str(error)) from error
    limits = Limits.of(
        provider.capabilities,
        setting=context.settings().calls_per_minute,
        sandbox=region == SANDBOX,
        calls_per_day=calls_per_day(connection),
    )
    observer = Observer(connection.provider, str(connection.id))
    return OutsideAccount(
        region=place,
        credentials=credentials or KeptCredentials(connection.portal_id, connection.id),
        budget=context.budget(),
        limits=limits,
        wire=Wire(registry.allowed_origins(provider, region), caps=context.caps()),
        provider=connection.provider,
        organization=connection.organization_id,
        budget_key=connection.organization_key,
        features=connection.features,
        custom_fields=custom_fields.told(connection),
        interactive=interactive,
        patience=PATIENCE_PERSON if interactive else PATIENCE_BULK,
        before_call=lease.check if lease else _no_fence,
        on_call=observer.call,
        on_refusal=observer.refusal,
    )


def open_directory(connection: Connection, *, interactive: bool, lease: Lease | None = None) -> Directory:
    """Open a connection's directory, guarded and without whom was erased here; see `open_account`."""
    account = open_account(connection, interactive=interactive, lease=lease)
    directory: Directory = GuardedProvider(provider_of(connection)).open(account)
    if account.custom_fields:
        directory = Named(directory, str(connection.id), {each.key: each for each in account.custom_fields})
    people, customers = erased.kept_out(connection.portal_id, connection.id)
    return WithoutErased(directory, people, customers) if people else directory


def calls_per_day(connection: Connection) -> int | None:
    """Return how many calls a day the organization's plan allows, if its provider told."""
    for organization in connection.organizations.get("offered", ()):
        if organization["id"] == connection.organization_id:
            return organization["calls_per_day"]
    return None


def _no_fence() -> None:
    """Let every call go out: the one who opened the account holds no lease."""
