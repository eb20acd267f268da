"""``tandem connection``: connecting a portal to a finance app without a browser."""

from __future__ import annotations

import click

from webapp.cli.application import in_application, portal_named, portal_option
from webapp.services import connecting, connection_views


@click.group("connection")
def group() -> None:
    """Connect a portal to a finance app, and list its connections."""


@group.command("add")
@portal_option
@click.option("--provider", required=True, help="The finance app, such as books.")
@click.option("--region", default="eu", show_default=True, help="Its data centre, or sandbox.")
@click.option("--client-id", required=True)
@click.option("--client-secret", required=True, envvar="TANDEM_CLIENT_SECRET", show_envvar=True)
@click.option("--refresh-token", required=True, envvar="TANDEM_REFRESH_TOKEN", show_envvar=True)
@click.option("--organization", default="", help="Its organization's id; may be left out if there is one.")
@in_application
def add(
    portal_key: str,
    provider: str,
    region: str,
    client_id: str,
    client_secret: str,
    refresh_token: str,
    organization: str,
) -> None:
    """Connect with a refresh token that was made before."""
    portal = portal_named(portal_key)
    credentials = {"client_id": client_id, "client_secret": client_secret, "refresh_token": refresh_token}
    made = connecting.add(
        portal.id, provider=provider, region=region, credentials=credentials, organization_id=organization
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
