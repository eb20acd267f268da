"""``tandem plugin``: which are installed, writing a new one, and checking one against its promises."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO

import click

from webapp import logs
from webapp.providers import Registry, UnknownProvider, UnknownRegion
from webapp.services.plugins import installed
from webapp.workshop.checking import CannotCheck, check
from webapp.workshop.making import CannotMake, new_plugin, write
from webapp.workshop.patience import SECONDS
from webapp.workshop.subject import Trial


@click.group("plugin")
def group() -> None:
    """List provider plugins, write a new one, and check one against what it promises."""


@group.command("list")
def list_plugins() -> None:
    """List the plugins: name, distribution, version, API version, capabilities, state.

    After what a provider can do come the hooks a plugin answers.
    """
    for each in installed(_registry()):
        does = ", ".join((*each.abilities, *each.hooks)) or "not set up"
        version = each.version or "–"
        if each.left_out:
            columns = (version, "–", "–", f"left out: {each.left_out}")
        else:
            columns = (version, f"API {each.api_version}", does, "ok")
        click.echo("\t".join((each.name, each.distribution, *columns)))


@group.command("new")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--label", default="", help="What people read; made of the name if it is left out.")
@click.option("--keys", is_flag=True, help="The system lets in by an API key alone, without a consent page.")
def new(name: str, folder: Path | None, label: str, keys: bool) -> None:
    """Write the distribution of a plugin for the system NAME into FOLDER, which must not be there yet."""
    try:
        plugin = new_plugin(name, label, _registry(), keys=keys)
        target = folder or Path(plugin.distribution)
        made = write(plugin, target)
    except CannotMake as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{plugin.label} is in {target}: {len(made)} files. It works as it is; make it yours.")
    click.echo(f"Install it:  pip install --no-build-isolation --editable {target}")
    click.echo(f"Test it:     cd {target} && pytest")
    click.echo(f"Check it:    tandem plugin check {plugin.name}")


@group.command("check")
@click.argument("name")
@click.option("--credentials", type=click.File("r"), help="A JSON file of what an account keeps; - reads it.")
@click.option("--region", default="", help="Where the account is; the provider's first region if left out.")
@click.option("--organization", default="", help="Its organization's id; may be left out if there is one.")
@click.option("--write", "writes", is_flag=True, help="Also write to the account, which has to be empty.")
@click.option(
    "--patience",
    type=click.FloatRange(min=0, min_open=True),
    default=SECONDS,
    show_default=True,
    help="How many seconds one test may take.",
)
@click.pass_context
def check_plugin(
    context: click.Context,
    name: str,
    credentials: IO[str] | None,
    region: str,
    organization: str,
    writes: bool,
    patience: float,
) -> None:
    """Run the standard tests against the plugin NAME, and say in sentences which promises it keeps.

    With credentials a real account is tried too: it is only read, unless --write is there. Ends with 0 when
    every promise is kept, else with 1, and at once when a test does not end.
    """
    if credentials is None and (region or organization or writes):
        raise click.UsageError("--region, --organization and --write need an account: give --credentials.")
    trial = Trial(
        plugin=name,
        region=region,
        organization=organization,
        credentials=_read(credentials) if credentials else {},
        writes=writes,
        sandbox_url=os.environ.get("TANDEM_SANDBOX_URL", ""),
        patience=patience,
    )
    try:
        _require(trial)
        code, renewed = check(trial)
    except (CannotCheck, UnknownProvider, UnknownRegion) as error:
        raise click.ClickException(str(error)) from error
    if renewed is not None and credentials is not None:
        _keep(credentials, renewed)
    context.exit(code)


def _registry(sandbox_url: str = "") -> Registry:
    # What is left out, and why, is said by the commands themselves.
    logs.configure(level="error")
    return Registry.load(sandbox_url=sandbox_url or None)


def _require(trial: Trial) -> None:
    registry = _registry(trial.sandbox_url)
    provider = registry.get(trial.plugin)
    if trial.region:
        registry.region(provider, trial.region)


def _read(file: IO[str]) -> dict[str, str]:
    try:
        told = json.load(file)
    except ValueError as error:
        raise click.UsageError(f"{file.name} is no JSON: {error}.") from error
    if not isinstance(told, dict) or not told or not all(isinstance(each, str) for each in told.values()):
        raise click.UsageError(f'{file.name} is not like {{"client_id": "…", "refresh_token": "…"}}.')
    return told


def _keep(file: IO[str], renewed: object) -> None:
    """Write credentials that were renewed back, since the old ones may work no longer."""
    path = Path(file.name)
    if path.is_file():
        path.write_text(json.dumps(renewed, indent=2) + "\n", encoding="utf-8")
        click.echo(f"The credentials were renewed: {path} holds those of now.")
    else:
        click.echo("The credentials were renewed while checking; the ones you gave may work no longer.")
