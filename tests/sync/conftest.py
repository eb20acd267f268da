"""What the tests of syncing share: two directories, and a customer linked between them."""

import pytest

from tests.sync.world import World, person


@pytest.fixture
def world():
    return World()


@pytest.fixture
def pair(world):
    """A linked customer with two contacts, Ann being the primary one."""
    return world.linked(
        "Ada", person("Ann", "ann@x.example"), person("Bob", "bob@x.example"), website="x.example"
    )
