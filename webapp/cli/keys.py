"""``tandem keys``: the keys of secrets at rest, and sealing everything with a new one."""

from __future__ import annotations

import click

from webapp.cli.application import in_application
from webapp.services import keys
from webapp.services.errors import Refused


@click.group("keys")
def group() -> None:
    """List the keys of secrets at rest, and seal everything with the first."""


@group.command("list")
@in_application
def list_keys() -> None:
    """List the keys, and how many secrets each of them sealed."""
    for use in keys.in_use():
        click.echo(f"{use.key}\t{use.values}\t{_words(use)}")


@group.command("rotate")
@in_application
def rotate() -> None:
    """Seal every secret with the first key of TANDEM_KEYS, while everything goes on."""
    rotation = keys.rotate()
    uses = keys.in_use()
    current = next(use.key for use in uses if use.current)
    click.echo(f"Sealed anew with the key {current}: {rotation.resealed}. It holds {uses[0].values} in all.")
    if rotation.left:
        reasons = "\n".join(f"{count} left: {reason}." for reason, count in rotation.left.items())
        raise Refused(f"{reasons}\nNo key was lost. See what needs which key with: tandem keys list.")
    removable = [use.key for use in uses if use.removable]
    if removable:
        click.echo(
            f"May be taken off TANDEM_KEYS, once every process runs with {current} first: "
            f"{', '.join(removable)}."
        )


@group.command("forget")
@click.argument("key")
@click.confirmation_option(prompt="Every connection sealed with it has to be connected again. Go on?")
@in_application
def forget(key: str) -> None:
    """Give up what KEY sealed, when that key is lost for good."""
    given_up = keys.forget(key)
    click.echo(f"Given up: {given_up}. Connect these connections again; their customers and links stay.")


def _words(use: keys.KeyUse) -> str:
    if not use.known:
        return "missing: add it to TANDEM_KEYS again"
    if use.current:
        return "seals"
    return "may be removed" if use.removable else "needed until: tandem keys rotate"
