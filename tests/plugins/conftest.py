"""A sandbox of Zoho over HTTP and an account at it, for every test of the Zoho plugins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.plugins.zoho_world import World

StartWorld = Callable[..., World]


@pytest.fixture
def start_world() -> Iterator[StartWorld]:
    """Start sandboxes of any size; they stop with the test."""
    with ExitStack() as stack:
        yield lambda **sample: stack.enter_context(World(**sample))


@pytest.fixture
def world(start_world: StartWorld) -> World:
    """A sandbox with a handful of customers."""
    return start_world(customers=12)
