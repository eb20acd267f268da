"""The `sandbox` command: a practice Zoho on this machine."""

from __future__ import annotations

import gc
import signal
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import FrameType

import click

from sandbox.keeping import InUse, Keeper
from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.settings import Settings
from sandbox.state import State


@click.command("sandbox")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
@click.option("--seed", default=1, show_default=True, type=int, help="Seed of the sample data.")
@click.option(
    "--customers",
    default=1284,
    show_default=True,
    type=click.IntRange(0, 1_000_000),
    help="Customers to make.",
)
@click.option(
    "--contacts-per-customer",
    default=2.5,
    show_default=True,
    type=click.FloatRange(0, 100),
    help="Mean number of contact persons.",
)
@click.option("--latency-ms", default=0, type=click.IntRange(0), help="How long each call takes.")
@click.option("--calls-per-minute", default=0, type=click.IntRange(0), help="Limit a minute; 0 for none.")
@click.option(
    "--calls-per-day",
    default=10_000,
    show_default=True,
    type=click.IntRange(0),
    help="Limit a day; 0 for none.",
)
@click.option(
    "--concurrency",
    default=10,
    show_default=True,
    type=click.IntRange(0),
    help="Calls at once; 0 for no limit.",
)
@click.option(
    "--keep",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to keep records, settings and tokens in, from one start to the next.",
)
def sandbox_command(
    host: str,
    port: int,
    seed: int,
    customers: int,
    contacts_per_customer: float,
    latency_ms: int,
    calls_per_minute: int,
    calls_per_day: int,
    concurrency: int,
    keep: Path | None,
) -> None:
    """Run a practice Zoho: accounts, Books and Invoice over HTTP, with sample data and faults on demand."""
    settings = Settings(
        latency_ms=latency_ms,
        calls_per_minute=calls_per_minute,
        calls_per_day=calls_per_day,
        concurrency=concurrency,
    )
    state = State(Sample(seed, customers, contacts_per_customer), settings)
    with ExitStack() as running:
        if keep is not None:
            _keep(state, keep, running)
        _serve(_open(state, host, port))


def _keep(state: State, path: Path, running: ExitStack) -> None:
    """Keep the state in a file until the end of `running`."""
    try:
        running.enter_context(Keeper(state, path, say=partial(click.echo, err=True)))
    except InUse as error:
        raise click.ClickException(
            f"Another sandbox keeps its data in {path}: stop it, or name another file with --keep."
        ) from error
    except OSError as error:
        raise click.ClickException(
            f"Cannot keep data in {path} ({error.strerror}). Name a file you may write with --keep."
        ) from error


def _serve(server: SandboxServer) -> None:
    gc.freeze()
    signal.signal(signal.SIGTERM, _leave)
    click.echo(f"Sandbox is ready: {server.url}")
    try:
        server.run()
    except KeyboardInterrupt:
        click.echo("Sandbox stopped.")


def _open(state: State, host: str, port: int) -> SandboxServer:
    try:
        return SandboxServer(state, host, port)
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {host}, port {port}. Choose another --port, or 0 for a free one."
        ) from error


def _leave(number: int, frame: FrameType | None) -> None:
    # A second signal must not cut the orderly end short.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(0)
