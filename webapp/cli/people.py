"""``tandem portal`` and ``tandem user``: portals, and the people who may use them."""

from __future__ import annotations

import os
import secrets
from typing import IO

import click

from webapp.cli.application import in_application, portal_named, portal_option
from webapp.config import DatabaseOwner
from webapp.services import erasing, personal, portal_deletions, portals, two_factor, users
from webapp.services.audit import COMMAND_LINE


@click.group("portal")
def portal_group() -> None:
    """Make, list and delete portals."""


@portal_group.command("add")
@click.argument("key")
@click.argument("name")
@click.option("--currency", default="EUR", show_default=True, help="Code of its currency.")
@click.option(
    "--country", default="DE", show_default=True, help="Code of its country; phones are read by it."
)
@in_application
def add_portal(key: str, name: str, currency: str, country: str) -> None:
    """Make a portal; its addresses begin with /p/KEY/."""
    portal = portals.add_portal(key, name, currency=currency, country=country)
    click.echo(f"The portal {portal.name} is at /p/{portal.key}/. Add its owner with: tandem user add.")


@portal_group.command("list")
@in_application
def list_portals() -> None:
    """List all portals."""
    for portal in portals.portals():
        click.echo(f"{portal.key}\t{portal.name}\t{portal.currency}\t{portal.country}")


@portal_group.command("delete")
@click.argument("key")
@click.option("--name", required=True, help="The portal's name, to be sure which one is meant.")
@click.option("--now", is_flag=True, help="Do not wait seven days; needs TANDEM_OWNER_DATABASE_URL.")
@in_application
def delete_portal(key: str, name: str, now: bool) -> None:
    """Delete a portal with all it keeps, in seven days or now; authorisations go back to the providers."""
    portal = portal_named(key)
    asked = portal_deletions.ask(portal.id, None, typed=name, anew=False)
    if not now:
        click.echo(
            f"{name} is deleted on {asked.due_at:%Y-%m-%d %H:%M} UTC. Keep it with: tandem portal keep."
        )
        return
    portal_deletions.hasten(DatabaseOwner.from_environment(os.environ).url, portal.id, typed=name)
    portal_deletions.carry_out()
    click.echo(f"{name} is deleted.")


@portal_group.command("keep")
@click.argument("key")
@in_application
def keep_portal(key: str) -> None:
    """Keep a portal that somebody asked to delete."""
    portal = portal_named(key)
    portal_deletions.keep(portal.id, None)
    click.echo(f"{portal.key} stays.")


@click.group("user")
def user_group() -> None:
    """Add people, give them profiles and passwords, let them in or not, export and erase them."""


@user_group.command("add")
@portal_option
@click.option("--email", required=True, help="What the person logs in with.")
@click.option("--name", required=True, help="The person's name.")
@click.option("--profile", default="Employee", show_default=True, help="What they may do there.")
@click.option("--password", help="Their password; one is made and shown once if none is given.")
@in_application
def add_user(portal_key: str, email: str, name: str, profile: str, password: str | None) -> None:
    """Give a person a place in a portal, and a login if they have none yet."""
    portal = portal_named(portal_key)
    known = users.exists(email)
    chosen = password or generated_password()
    user = portals.add_user(portal.id, email, name, password=None if known else chosen, profile=profile)
    click.echo(f"{user.email} is {profile} of {portal.name}.")
    if known:
        click.echo("They log in as before.")
    elif not password:
        click.echo(f"Password: {chosen}")


@user_group.command("profile")
@portal_option
@click.argument("email")
@click.argument("profile")
@in_application
def set_profile(portal_key: str, email: str, profile: str) -> None:
    """Give a person another PROFILE in a portal; it counts from their next click on."""
    portal = portal_named(portal_key)
    user = users.user_named(email)
    portals.set_profile(portal.id, user.id, profile)
    click.echo(f"{user.email} is {profile} of {portal.name}.")


@user_group.command("password")
@click.argument("email")
@click.option("--password", help="The new password; one is made and shown once if none is given.")
@in_application
def set_password(email: str, password: str | None) -> None:
    """Give a person another password; they are logged out everywhere."""
    chosen = password or generated_password()
    user = users.set_password(email, chosen)
    click.echo(f"{user.email} has another password and is logged out everywhere.")
    if not password:
        click.echo(f"Password: {chosen}")


@user_group.command("disable")
@click.argument("email")
@in_application
def disable(email: str) -> None:
    """Let a person log in no longer; they are logged out everywhere."""
    click.echo(f"{users.set_active(email, active=False).email} can no longer log in.")


@user_group.command("enable")
@click.argument("email")
@in_application
def enable(email: str) -> None:
    """Let a disabled person log in again."""
    click.echo(f"{users.set_active(email, active=True).email} can log in again.")


@user_group.command("two-factor")
@click.argument("email")
@click.option("--off", is_flag=True, required=True, help="Turn it off: their password alone logs them in.")
@in_application
def two_factor_off(email: str, off: bool) -> None:
    """Turn two-factor off for a person who lost their app and their recovery codes."""
    user = users.user_named(email)
    two_factor.take_off(user)
    click.echo(f"{user.email} logs in with the password alone. They can turn two-factor on again.")


@user_group.command("export")
@click.argument("email")
@click.argument("file", type=click.File("wb"))
@in_application
def export_user(email: str, file: IO[bytes]) -> None:
    """Write all that is kept of a person's login into a ZIP FILE."""
    user = users.user_named(email)
    file.writelines(personal.of_user(user.id, actor=COMMAND_LINE))
    click.echo(f"Written to {file.name}.")


@user_group.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_application
def erase_user(email: str, yes: bool) -> None:
    """Erase a person's login with all that tells whose it was; there is no way back."""
    user = users.user_named(email)
    if not yes:
        click.confirm(f"Erase {user.email} for good?", abort=True)
    erasing.erase_user(user.id, actor=COMMAND_LINE)
    click.echo(f"{email} is erased.")


def generated_password() -> str:
    """Make a password nobody guesses."""
    return secrets.token_urlsafe(15)
