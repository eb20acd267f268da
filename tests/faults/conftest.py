"""One world for all cells of a module."""

import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.settings import Settings
from sandbox.state import State
from tests.faults.playing import Player
from tests.faults.world import World
from tests.mirror_world import BOOKS, portal_app
from webapp.extensions import db

AGO = 7200
"""Seconds the sandbox's clock is behind, so that it can be moved forward without being ahead."""


@pytest.fixture(scope="module")
def player(
    module_database_url: str, redis_url: str, as_owner: Callable[[str], psycopg.Connection]
) -> Iterator[Player]:
    """Plays cells over real HTTP, PostgreSQL and Valkey."""
    begun = time.time() - AGO - time.monotonic()
    state = State(Sample(customers=0), Settings(tokens_per_refresh_token=0), lambda: begun + time.monotonic())
    with (
        SandboxServer(state) as server,
        portal_app(module_database_url, redis_url, BOOKS, sandbox_url=server.url) as app,
        as_owner(module_database_url) as owner,
    ):
        yield Player(World(app, server, owner))
        db.session.rollback()
