"""Connections as people see them: their state in words, what comes next, and how much was read."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog

from webapp.budget import BudgetState
from webapp.extensions import db
from webapp.outside import GuardedProvider
from webapp.providers import SANDBOX, UnknownProvider, UnknownRegion
from webapp.sdk import Provider, ProviderError
from webapp.services import context
from webapp.services.accounts import calls_per_day
from webapp.services.authorizing import offered, organization_key
from webapp.services.census import census_of, mirror_of
from webapp.services.connections import known
from webapp.services.labels import label_of, name_of
from webapp.services.refresh import is_stale
from webapp.store import connections as store
from webapp.store import mirror as mirrors
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.portals import User

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationChoice:
    """One organization the credentials open; `taken_by` is the product that has it, or blank."""

    id: str
    name: str
    currency: str
    active: bool
    taken_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the first refresh has come: what was read, and the pages of its step (None: not known yet).

    ``step`` is blank at the very start, then ``customers``, ``contacts`` and ``checks``.
    """

    step: str
    customers: int
    contacts: int
    pages: int
    total_pages: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """A connection as a page shows it.

    ``label`` is what it is called in the portal, ``product`` its provider's label alone.
    ``state`` is one of ``store.connections.STATES``; ``words`` says it in a sentence for people, with what
    to do. ``notice`` is what else they should know (a census that made no sense, a reconnect that failed), or
    blank. ``available`` is False when no plugin for the provider is loaded. ``sandbox``: not a real account.
    ``pause_reason`` is blank unless ``paused_until`` lies ahead.
    """

    id: uuid.UUID
    portal_id: uuid.UUID
    provider: str
    label: str
    product: str
    mark: str
    available: bool
    state: str
    words: str
    notice: str
    region: str
    region_label: str
    sandbox: bool
    organization_id: str
    organization_name: str
    currency: str
    time_zone: str
    choices: tuple[OrganizationChoice, ...]
    connected_by: str
    connected_at: datetime | None
    refreshed_at: datetime | None
    full_pass_at: datetime | None
    poll_seconds: int
    stale: bool
    refreshing: bool
    progress: Progress | None
    paused_until: datetime | None
    pause_reason: str
    calls_left_today: int | None
    calls_per_day: int | None


def view(portal_id: uuid.UUID, connection_id: uuid.UUID) -> ConnectionView:
    """Return one connection of a portal as pages show it; raise NotFound."""
    return _view(known(portal_id, connection_id))


def views(portal_id: uuid.UUID) -> list[ConnectionView]:
    """Return the portal's connections, those in use first; attempts that never got anywhere are left out."""
    return views_of(store.connections_of(portal_id))


def views_of(connections: Iterable[Connection]) -> list[ConnectionView]:
    """Return connections that were read before as ``views`` does."""
    begun = [connection for connection in connections if connection.state != "new"]
    return [_view(connection) for connection in sorted(begun, key=lambda one: one.state == "disconnected")]


def customer_address(portal_id: uuid.UUID, connection_id: uuid.UUID, their_id: str) -> str:
    """Return where a person sees a customer at the provider, or blank."""
    connection = known(portal_id, connection_id)
    provider = _provider_of(connection)
    if provider is None:
        return ""
    try:
        region = context.registry().region(provider, connection.region)
        return GuardedProvider(provider).record_url(region, connection.organization_id, their_id)
    except (UnknownRegion, ProviderError) as error:
        log.warning("connection.no_address", connection=str(connection_id), reason=str(error))
        return ""


def _provider_of(connection: Connection) -> Provider | None:
    try:
        return context.registry().get(connection.provider)
    except UnknownProvider:
        return None


def _view(connection: Connection) -> ConnectionView:
    provider = _provider_of(connection)
    label = name_of(connection)
    moment = now()
    calls = _calls(connection)
    person = db.session.get(User, connection.connected_by) if connection.connected_by else None
    pauses = [at for at in (connection.paused_until, connection.bulk_paused_until) if at and at > moment]
    paused = bool(pauses and connection.pause_reason and connection.state == "connected")
    return ConnectionView(
        id=connection.id,
        portal_id=connection.portal_id,
        provider=connection.provider,
        label=label,
        product=provider.label if provider else connection.provider,
        mark=provider.mark if provider else connection.provider[:2].upper(),
        available=provider is not None,
        state=connection.state,
        words=_words(connection, label, available=provider is not None),
        notice=_notice(connection),
        region=connection.region,
        region_label=_region_label(connection, provider),
        sandbox=connection.region == SANDBOX,
        organization_id=connection.organization_id,
        organization_name=connection.organization_name,
        currency=connection.currency,
        time_zone=connection.time_zone,
        choices=_choices(connection, provider),
        connected_by=(person.name or person.email) if person else "",
        connected_at=connection.connected_at,
        refreshed_at=connection.refreshed_at,
        full_pass_at=connection.census_finished_at,
        poll_seconds=connection.poll_seconds,
        stale=is_stale(connection, moment),
        refreshing=connection.refresh_wanted_at is not None or bool(census_of(connection).step),
        progress=_progress(connection),
        paused_until=max(pauses) if paused else None,
        pause_reason=connection.pause_reason if paused else "",
        calls_left_today=calls.calls_left_today if calls else None,
        calls_per_day=(calls.day_limit if calls else None) or calls_per_day(connection),
    )


def _calls(connection: Connection) -> BudgetState | None:
    """Return what is known of the calls; where nothing but the database knows, what was read of it."""
    if not connection.organization_key:
        return None
    told = context.budget().told(connection.organization_key)
    return told or BudgetState.from_mapping(connection.calls)


def _words(connection: Connection, label: str, *, available: bool) -> str:
    if not available:
        return f"The plugin for {label} is not available: install it again, or disconnect."
    return {
        "new": f"Not connected to {label} yet.",
        "authorizing": f"Signing in to {label}. This takes a few seconds.",
        "choosing": f"You are signed in to {label}. Choose the organization to connect.",
        "connected": f"Connected to {connection.organization_name}.",
        "attention": _attention(connection, label),
        "disconnected": "Disconnected. Customers and links are kept; reconnect to keep them in step again.",
    }[connection.state]


def _attention(connection: Connection, label: str) -> str:
    if connection.organization_id:
        return f"{label} no longer lets us in. Nothing is lost; changes wait until you reconnect."
    return f"{label} is not connected: {connection.attention}"


def _notice(connection: Connection) -> str:
    """Return what else people should know: why an attempt failed, or what was odd about the last census."""
    if connection.attention and (connection.state != "attention" or connection.organization_id):
        return connection.attention
    return census_of(connection).fault


def _region_label(connection: Connection, provider: Provider | None) -> str:
    regions = context.registry().regions(provider) if provider else ()
    return next((region.label for region in regions if region.key == connection.region), connection.region)


def _choices(connection: Connection, provider: Provider | None) -> tuple[OrganizationChoice, ...]:
    if connection.state != "choosing" or provider is None:
        return ()
    organizations = offered(connection)
    keys = [organization_key(provider, organization.id) for organization in organizations]
    taken = {
        other.organization_key: label_of(other.provider)
        for other in store.connections_to(connection.portal_id, keys)
        if other.state != "disconnected"
    }
    return tuple(
        OrganizationChoice(
            id=organization.id,
            name=organization.name,
            currency=organization.currency,
            active=organization.active,
            taken_by=taken.get(key, ""),
        )
        for key, organization in zip(keys, organizations, strict=True)
    )


def _progress(connection: Connection) -> Progress | None:
    if connection.state != "connected" or connection.census_finished_at is not None:
        return None
    census, mirror = census_of(connection), mirror_of(connection)
    return Progress(
        step=census.step if census.step in ("", "customers", "contacts") else "checks",
        # The census counts again what it reads twice while it looks for the end of the list.
        customers=mirrors.live_count(mirror),
        contacts=mirrors.contact_count(mirror),
        pages=census.pages,
        total_pages=census.total_pages,
    )
