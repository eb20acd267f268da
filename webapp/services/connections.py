"""Connections as people see and end them: their state in words, disconnecting, and what asks for attention."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationChoice:
    """One organization that the credentials open; `taken_by` names the connection that has it already, or is blank."""

    id: str
    name: str
    currency: str
    active: bool
    taken_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the first refresh has come; a total is None until it is known."""

    step: str
    """``customers`` or ``contacts``"""
    customers: int
    contacts: int
    pages: int
    total_pages: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """A connection as a page shows it.

    ``state`` is one of ``store.connections.STATES``; ``words`` says it in a sentence for people, with what to do.
    ``notice`` is what else they should know (a census that made no sense, a reconnect that failed), or blank.
    ``available`` is False when no plugin for the provider is loaded. ``sandbox``: not a real account.
    """

    id: uuid.UUID
    portal_id: uuid.UUID
    provider: str
    label: str
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
    raise NotImplementedError


def views(portal_id: uuid.UUID) -> list[ConnectionView]:
    """Return the portal's connections, those in use first, attempts that never got anywhere left out."""
    raise NotImplementedError


def customer_address(portal_id: uuid.UUID, connection_id: uuid.UUID, their_id: str) -> str:
    """Return where a person sees a customer at the provider, or blank."""
    raise NotImplementedError


def disconnect(portal_id: uuid.UUID, connection_id: uuid.UUID, *, user_id: uuid.UUID | None) -> None:
    """End a connection: its credentials are wiped and given back, its customers and links stay. Raises NotFound."""
    raise NotImplementedError


def needs_attention(connection_id: uuid.UUID, reason: str) -> None:
    """Mark that a connection cannot go on until a person has acted; its work waits and nothing is lost."""
    raise NotImplementedError
