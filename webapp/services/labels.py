"""What people call connections and their providers."""

from __future__ import annotations

import uuid

from webapp.providers import UnknownProvider
from webapp.services import context
from webapp.store.connections import Connection, known_connection


def provider_label(portal_id: uuid.UUID, connection_id: uuid.UUID) -> str:
    """Return what a connection is called, as ``name_of`` does."""
    connection = known_connection(portal_id, connection_id)
    return name_of(connection) if connection else "the provider"


def name_of(connection: Connection) -> str:
    """Return the label of a connection's provider, with the organization where the portal has two of it."""
    label = label_of(connection.provider)
    several = connection.has_twin and connection.organization_name
    return f"{label} ({connection.organization_name})" if several else label


def actor_label(portal_id: uuid.UUID, actor: str) -> str:
    """Return the label of the provider that an actor of the history is; blank where it is none."""
    kind, _, connection = actor.partition(":")
    return provider_label(portal_id, uuid.UUID(connection)) if kind == "provider" else ""


def is_available(provider: str) -> bool:
    """Tell whether a plugin for a provider is loaded."""
    return any(each.name == provider for each in context.registry().providers())


def label_of(provider: str) -> str:
    """Return a provider's label; its name while no plugin for it is loaded."""
    try:
        return context.registry().get(provider).label
    except UnknownProvider:
        return provider


def holds_inactive(provider: str) -> bool:
    """Tell whether a provider's customers can be marked inactive; no while no plugin for it is loaded."""
    try:
        return context.registry().get(provider).capabilities.inactive
    except UnknownProvider:
        return False


def keeps_several(provider: str) -> bool:
    """Tell whether a provider keeps several contacts of a customer; no plugin, no limit that is known."""
    try:
        return context.registry().get(provider).capabilities.several_contacts
    except UnknownProvider:
        return True
