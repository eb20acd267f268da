"""Work that dies at any point whatever, and is taken up by another worker, ends as if it had not died."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import update

from tests.crash.pass_scenes import PASSES
from tests.crash.picture import Picture, differences, picture
from tests.crash.points import Crash, Moment, Points, moment_of
from tests.crash.sampling import after_writes, with_writes
from tests.crash.scenes import PROVIDER, SCENES
from tests.import_world import ImportWorld
from tests.mirror_world import portal_app, until_done
from webapp.extensions import db
from webapp.services import refresh
from webapp.services.look import look
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.links import Link

LEAST_POINTS = 14
"""A look that writes nothing comes to so many: it takes a lease, looks, and gives the lease back."""

SLICE = 600.0
"""So long that no look ends for want of time, nor asks now and then who waits: the points are the same."""

Scene = Callable[[], ImportWorld]


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url: str, redis_url: str) -> Iterator[Flask]:
    with (
        portal_app(module_database_url, redis_url, PROVIDER.provider()) as made,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("webapp.services.look.BULK_SHARE", SLICE)
        yield made


def work(world: ImportWorld) -> None:
    """Do all that is due, as a worker whose bell rings again and again."""
    until_done(lambda: look(world.connection_id, interactive=False, seconds=SLICE))


def work_whole(scene: Scene) -> tuple[list[str], Picture]:
    """Work without dying: return the points it came to, and what it left."""
    world = scene()
    points = Points()
    with points.watching(world.theirs):
        work(world)
    return points.names, settled(world)


def die(world: ImportWorld, at: Moment) -> None:
    """Work until a point; leave what a killed process leaves: its lease, and no open transaction."""
    points = Points(at)
    with points.watching(world.theirs), suppress(Crash):
        work(world)
    db.session.remove()
    db.engine.dispose()
    assert points.dead, f"it never came to {at}"


def take_up(world: ImportWorld) -> None:
    """Let the dead one's lease run out, and another worker do what is due."""
    ran_out = update(Connection).where(Connection.id == world.connection_id, Connection.lease_until > now())
    db.session.execute(ran_out.values(lease_until=now()))
    db.session.commit()
    work(world)


def settled(world: ImportWorld) -> Picture:
    """Have the mirror follow what was written there, do what was put off, and take the picture."""
    refresh.request(world.portal_id, world.connection_id)
    work(world)
    later = update(Link).where(Link.portal_id == world.portal_id, Link.due_at > now())
    db.session.execute(later.values(due_at=now()))
    db.session.commit()
    work(world)
    return picture(world)


@pytest.mark.parametrize("scene", [*SCENES, *PASSES], ids=lambda scene: scene.__name__)
def test_dying_at_any_point_ends_as_not_dying(scene: Scene) -> None:
    names, wanted = work_whole(scene)
    assert len(names) > LEAST_POINTS, names
    wrong = []
    choose = after_writes if scene in PASSES else with_writes
    for at in choose(names):
        name = names[at]
        world = scene()
        die(world, moment_of(names, at))
        take_up(world)
        wrong += [f"{at} {name}: {each}" for each in differences(wanted, settled(world))]
    assert not wrong, f"{names}\n" + "\n".join(wrong)
