"""The machine with real tables here and the sandbox over HTTP there: nothing lost or doubled."""

from __future__ import annotations

import pytest

from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.state import State
from tests.mirror_world import BOOKS, portal_app
from tests.services import real_deeds, real_mishaps
from tests.services.real_house import RealHouse
from tests.soaking import seeds
from webapp.extensions import db
from webapp.walls import inside

STEPS = 25

RULES = (
    real_deeds.add,
    real_deeds.edit,
    real_deeds.edit_customer,
    real_deeds.activate,
    real_deeds.make_primary,
    real_deeds.drop,
    real_deeds.drop_customer,
    real_deeds.drop_all,
    real_deeds.restore,
    real_deeds.purge,
    real_deeds.transact,
    real_deeds.merge_there,
    real_deeds.merge_here,
    real_deeds.bring,
    real_deeds.release,
    real_deeds.change_rule,
    real_deeds.decide,
    real_mishaps.poll,
    real_mishaps.census,
    real_mishaps.tick,
    real_mishaps.lag,
    real_mishaps.shift,
    real_mishaps.lose_answer,
    real_mishaps.refuse,
    real_mishaps.crash,
    real_mishaps.overtake,
    real_mishaps.race,
)
"""As many as the machine in memory has, in memory's words, and what needs tables."""

OFTEN = (real_deeds.add, real_deeds.edit, real_deeds.edit_customer, real_mishaps.poll, real_mishaps.crash)

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def sandbox(module_database_url, redis_url):
    with (
        SandboxServer(State(Sample(customers=0))) as server,
        portal_app(module_database_url, redis_url, BOOKS, sandbox_url=server.url),
    ):
        yield server


@pytest.mark.parametrize("seed", seeds(1, soak=1000))
def test_comes_to_rest_with_nothing_lost_or_doubled(sandbox, seed):
    house = RealHouse(sandbox, seed)
    with inside(house.place.portal_id):
        for _ in range(STEPS):
            house.chance.choice(RULES + OFTEN)(house)
        house.settle()
    db.session.rollback()
