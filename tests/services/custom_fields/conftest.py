"""A provider with custom fields of its own, and a portal in step with it."""

from __future__ import annotations

import pytest

from tests.import_world import ImportWorld
from tests.mirror_world import MemoryProvider, portal_app
from tests.services.custom_fields.own_fields import ALL
from tests.services.synced import SyncWorld


@pytest.fixture(scope="module")
def provider():
    return MemoryProvider(own=list(ALL))


@pytest.fixture(scope="module")
def new_world(module_database_url, redis_url, provider):
    with portal_app(module_database_url, redis_url, provider.provider()):
        yield lambda: ImportWorld.new(provider)


@pytest.fixture
def synced(world, provider):
    provider.own[:] = ALL
    provider.asked.clear()
    return SyncWorld(world)
