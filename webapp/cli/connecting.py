"""``tandem connection``: connecting a portal to a finance app without a browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import IO

import click

from webapp.cli.application import in_application, portal_named, portal_option
from webapp.sdk import CredentialField, Provider
from webapp.services import connecting, connection_views, entering
from webapp.services.errors import Invalid

USUAL_REGION = "eu"
"""The region that is meant where none is named and a provider has several."""


@click.group("connection")
def group() -> None:
    """Connect a portal to a finance app, and list its connections."""


@group.command("add")
@portal_option
@click.option("--provider", required=True, help="The finance app, such as books.")
@click.option("--region", default="", help="Its data centre, or sandbox; eu unless it has only one.")
@click.option("--client-id", default="")
@click.option("--client-secret", default="", envvar="TANDEM_CLIENT_SECRET", show_envvar=True)
@click.option("--refresh-token", default="", envvar="TANDEM_REFRESH_TOKEN", show_envvar=True)
@click.option(
    "--keys",
    type=click.File("r", encoding="utf-8"),
    help="A file with what lets in, each line NAME=VALUE; - is standard input.",
)
@click.option("--organization", default="", help="Its organization's id; may be left out if there is one.")
@in_application
def add(
    portal_key: str, provider: str, region: str, keys: IO[str] | None, organization: str, **given: str
) -> None:
    """Connect with an app's keys, or with a refresh token that was made before; asks for what is missing."""
    portal = portal_named(portal_key)
    plugin = connecting.provider_named(provider)
    made = connecting.add(
        portal.id,
        provider=provider,
        region=region or _usual_region(plugin),
        credentials=_credentials(plugin, {**given, **_read(keys or (), plugin)}),
        organization_id=organization,
    )
    view = connection_views.view(portal.id, made)
    click.echo(f"{portal.name} is connected to {view.organization_name} in {view.label}.")
    click.echo(f"Connection: {made}")


@group.command("list")
@portal_option
@in_application
def list_connections(portal_key: str) -> None:
    """List the connections of a portal, with their states."""
    for view in connection_views.views(portal_named(portal_key).id):
        click.echo(f"{view.id}\t{view.label}\t{view.organization_name or '–'}\t{view.state}\t{view.words}")


def _usual_region(plugin: Provider) -> str:
    return plugin.regions[0].key if len(plugin.regions) == 1 else USUAL_REGION


def _credentials(plugin: Provider, given: Mapping[str, str]) -> dict[str, str]:
    """Return all that lets in: what was given, and what a person types for the rest."""
    stand_ins = entering.stand_ins(plugin, None)
    missing = [
        field
        for field in entering.without_browser(plugin)
        if not given.get(field.name) and field.name not in stand_ins
    ]
    return entering.entered_without_browser(plugin, {**given, **_typed(plugin, missing)})


def _typed(plugin: Provider, missing: Sequence[CredentialField]) -> dict[str, str]:
    """Ask for credentials; secrets are not shown."""
    try:
        return {field.name: click.prompt(field.label, hide_input=field.secret) for field in missing}
    except click.Abort:
        names = ", ".join(field.name for field in missing)
        raise Invalid(
            "keys", f"{plugin.label} lets nobody in without {names}: type it, or give a file with --keys."
        ) from None


def _read(lines: Iterable[str], plugin: Provider) -> dict[str, str]:
    """Read credentials from a file; blank lines and those that begin with # say nothing."""
    known = [field.name for field in entering.without_browser(plugin)]
    found = {}
    for number, line in enumerate(lines, 1):
        name, _, value = (part.strip() for part in line.partition("="))
        if not name or name.startswith("#"):
            continue
        if name not in known or not value:
            raise Invalid(
                "keys", f"Line {number} of the keys: write NAME=VALUE, where NAME is {' or '.join(known)}."
            )
        found[name] = value
    return found
