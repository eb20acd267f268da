"""Imports without a person in front of them."""

import pytest

from tests.portal_world import World, portal_app
from webapp.extensions import db
from webapp.services import imports
from webapp.services.errors import Refused
from webapp.store.runs import Run, Selection


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


def test_names_the_ids_that_nobody_has_and_queues_nothing():
    world = World.new()
    world.there("1", "Arc")
    selection = Selection(ids=frozenset(["1", "7", "8"]))
    with pytest.raises(Refused, match="has the id 7, 8"):
        imports.start(world.portal_id, world.connection_id, None, selection, "skip")
    assert db.session.scalars(db.select(Run).where(Run.portal_id == world.portal_id)).all() == []
