"""The credentials a person enters to connect, and what stands in for those left blank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webapp.sdk import CredentialField, Fatal, Provider
from webapp.services import context
from webapp.services.credentials import KeptCredentials
from webapp.services.errors import Invalid
from webapp.store.connections import Connection

LONGEST_CREDENTIAL = 1000

KEPT, OPERATOR = "kept", "operator"
"""Where a stand-in comes from: from the connection itself, or from the installation's environment."""

REFRESH_TOKEN = CredentialField(name="refresh_token", label="Refresh token", secret=True)
"""What stands for a person's consent where there is no browser to give it in."""


def entered(plugin: Provider, connection: Connection | None, typed: Mapping[str, str]) -> dict[str, str]:
    """Return all credentials a provider asks for: those typed, and what stands in for the others.

    Raises Invalid for a field that is left out or cannot be right.
    """
    return _complete(plugin, connection, typed, plugin.credentials)


def without_browser(plugin: Provider) -> tuple[CredentialField, ...]:
    """List what lets in without a browser: what is entered, and what stands for consent where it is asked."""
    return plugin.credentials if plugin.keys_alone else (*plugin.credentials, REFRESH_TOKEN)


def entered_without_browser(plugin: Provider, typed: Mapping[str, str]) -> dict[str, str]:
    """Return all that lets in without a browser, as ``entered`` does."""
    return _complete(plugin, None, typed, without_browser(plugin))


def stand_ins(plugin: Provider, connection: Connection | None) -> dict[str, str]:
    """Tell for which fields something stands in when they are left blank, and whence it comes."""
    return {name: source for name, (source, _) in _stand_ins(plugin, connection, {}).items()}


def _complete(
    plugin: Provider,
    connection: Connection | None,
    typed: Mapping[str, str],
    fields: Sequence[CredentialField],
) -> dict[str, str]:
    typed = {field.name: typed.get(field.name, "").strip() for field in fields}
    present = typed | {name: value for name, (_, value) in _stand_ins(plugin, connection, typed).items()}
    for field in fields:
        value = present[field.name]
        if not value:
            raise Invalid(field.name, f"Enter the {field.label}: {plugin.label} shows it.")
        if len(value) > LONGEST_CREDENTIAL or not value.isprintable():
            raise Invalid(field.name, f"This is no {field.label}: copy it again, without anything around it.")
    return present


def _stand_ins(
    plugin: Provider, connection: Connection | None, typed: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Return source and value for the fields that were left blank.

    A secret belongs to the public values it came with, so it never stands in beside others.
    """
    public = {field.name for field in plugin.credentials if not field.secret}
    present = {name: typed[name] for name in public if typed.get(name)}
    found: dict[str, tuple[str, str]] = {}
    for source, values in _sources(plugin, connection):
        if any(values.get(name, value) != value for name, value in present.items()):
            continue
        for field in plugin.credentials:
            if not typed.get(field.name) and field.name not in found and values.get(field.name):
                found[field.name] = source, values[field.name]
                if field.name in public:
                    present[field.name] = values[field.name]
    return found


def _sources(plugin: Provider, connection: Connection | None) -> list[tuple[str, Mapping[str, str]]]:
    """List what may stand in, the first first; for the operator's own client the operator knows best."""
    operator = context.settings().client_credentials.get(plugin.name, {})
    kept = _kept(connection)
    public = [field.name for field in plugin.credentials if not field.secret]
    if public and all(kept.get(name) == operator.get(name) for name in public):
        return [(OPERATOR, operator), (KEPT, kept)]
    return [(KEPT, kept), (OPERATOR, operator)]


def _kept(connection: Connection | None) -> Mapping[str, str]:
    """Return what is kept of a connection's credentials; what cannot be opened has to be entered again."""
    if connection is None or not connection.credentials:
        return {}
    try:
        return KeptCredentials(connection.portal_id, connection.id).load()[1]
    except Fatal:
        return {}
