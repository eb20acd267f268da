"""The `sandbox` command: a practice Zoho on this machine."""

from __future__ import annotations

import gc
import signal
import sys
from types import FrameType

import click

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
) -> None:
    """Run a practice Zoho: accounts, Books and Invoice over HTTP, with sample data and faults on demand."""
    settings = Settings(
        latency_ms=latency_ms,
        calls_per_minute=calls_per_minute,
        calls_per_day=calls_per_day,
        concurrency=concurrency,
    )
    server = _open(State(Sample(seed, customers, contacts_per_customer), settings), host, port)
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
    sys.exit(0)
