"""A worker whose lease another took, at any moment of its work, writes nothing more, here or there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask, current_app
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.crash.pass_scenes import PASSES
from tests.crash.picture import Picture, picture
from tests.crash.points import Points
from tests.crash.sampling import sample
from tests.crash.scenes import PROVIDER, SCENES, merging, reading
from tests.import_world import ImportWorld
from tests.mirror_world import portal_app
from webapp.extensions import db
from webapp.sdk import AuthorizationLost, Rejected, Unavailable
from webapp.sdk.memory import Call
from webapp.services.look import look
from webapp.walls import across_portals

Scene = Callable[[], ImportWorld]


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url: str, redis_url: str) -> Iterator[Flask]:
    with portal_app(module_database_url, redis_url, PROVIDER.provider()) as made:
        yield made


class Thief(Points):
    """Takes the connection away at a point, and remembers what was there right then.

    While a transaction of the holder has asserted the fence nobody can: then it is done at the next point.
    """

    def __init__(self, world: ImportWorld, at: int) -> None:
        super().__init__()
        self.left: Picture | None = None
        self.in_flight = ""
        self.writes: list[str] = []
        self._robbed_at = 0
        self._world = world
        self._at = at
        self._stealing = False

    def reach(self, name: str) -> None:
        """Come to a point."""
        if self._stealing:
            return
        super().reach(name)
        if self.left is not None:
            self._watch(name)
        elif len(self.names) > self._at and self._steal():
            self._robbed_at = len(self.names)
            self.in_flight = name if name.startswith("before ") else ""
            self.left = self._look()

    def _watch(self, name: str) -> None:
        if not name.startswith(("before create", "before update", "before delete")):
            return
        if self.names[self._robbed_at : -1] in ([], ["after a commit"]):
            # The lease was lost between the question whether it stands and the call: that one is in flight.
            self.in_flight = name
        else:
            self.writes.append(name)

    def _steal(self) -> bool:
        taken = text("""
            UPDATE connection SET fence = fence + 1, lease_holder = 'heir',
                lease_until = clock_timestamp() + interval '60 seconds' WHERE id = :id
        """)
        self._stealing = True
        try:
            with across_portals(), db.engine.begin() as side:
                side.execute(text("SET LOCAL lock_timeout = '20ms'"))
                side.execute(taken, {"id": self._world.connection_id})
        except OperationalError:
            return False
        finally:
            self._stealing = False
        return True

    def _look(self) -> Picture:
        self._stealing = True
        try:
            with current_app._get_current_object().app_context(), across_portals():  # type: ignore[attr-defined]
                return picture(self._world)
        finally:
            self._stealing = False


def interrupted(world: ImportWorld, name: str, error: Exception) -> ImportWorld:
    """Let the provider answer a call with an error."""

    def fail(*given: object) -> object:
        if world.theirs.interrupt is not None:
            world.theirs.interrupt(Call(name), "before")
        raise error

    setattr(world.theirs, name, fail)
    return world


def pausing() -> ImportWorld:
    """A merge whose provider cannot be reached."""
    return interrupted(merging(), "create_contact", Unavailable("Ledgerly cannot be reached."))


def losing_authorisation() -> ImportWorld:
    """A connection whose authorisation is gone."""
    return interrupted(reading(), "census", AuthorizationLost("It was revoked."))


def being_refused() -> ImportWorld:
    """A merge of which the provider refuses a part."""
    return interrupted(merging(), "update_contact", Rejected("Too long."))


@pytest.mark.parametrize(
    "scene",
    [*SCENES, *PASSES, pausing, losing_authorisation, being_refused],
    ids=lambda scene: scene.__name__,
)
def test_writes_nothing_more_wherever_its_lease_is_lost(scene: Scene) -> None:
    world = scene()
    whole = Points()
    with whole.watching(world.theirs):
        look(world.connection_id, interactive=False, seconds=600)
    robbed = 0
    for at in sample(len(whole.names)):
        world = scene()
        thief = Thief(world, at)
        with thief.watching(world.theirs):
            look(world.connection_id, interactive=False, seconds=600)
        if thief.left is None:
            continue
        robbed += 1
        found = picture(world)
        flying = thief.in_flight.removeprefix("before ")
        assert thief.writes == [], thief.names
        for part in thief.left:
            if part != "there" or not hasattr(world.theirs, flying):
                assert found[part] == thief.left[part], f"{part} after {thief.names[at]}, point {at}"
    assert robbed
