"""Playing one cell of the matrix: the fault, what is seen of it, and what comes of all in the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from structlog.testing import capture_logs

from tests.crash.picture import differences
from tests.faults.ends import End
from tests.faults.kinds import FAULTS
from tests.faults.outcome import at_zoho, gone_here, in_the_portal, outcome
from tests.faults.scenes import SITE, Scene
from tests.faults.table import SCENES
from tests.faults.world import World
from webapp.services import connection_views
from webapp.store.customers import Customer
from webapp.store.problems import Problem


class Player:
    """Plays cells in one world, laying each scene once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._call = ""
        self._reference: dict[str, Any] = {}
        self._repeated: set[Any] = set()

    def play(self, fault: str, call: str, end: End) -> None:
        """Play a cell and check it against its end state."""
        world, scene = self._world, SCENES[call]
        self._lay(call)
        world.restore()
        mark = world.mark()
        with FAULTS[fault](world, scene), nothing_unexpected():
            for number in range(end.rounds):
                if number:
                    assert world.connection().paused_until, "it did not rest"
                    world.pause_is_over()
                    world.put_off_is_over()
                scene.play(world)
            self._check(end, mark, scene)
        self._recover(end, scene)
        self._check_end(end)

    @property
    def _scene(self) -> Scene:
        return SCENES[self._call]

    def _lay(self, call: str) -> None:
        if call == self._call:
            return
        scene, world = SCENES[call], self._world
        scene.lay(world)
        world.save()
        world.restore()
        scene.play(world)
        self._reference, self._repeated = outcome(world), repeated(world)
        here = "in the portal" if world.run_id or scene.sync else "in the mirror"
        assert self._reference[here] == self._reference["at Zoho"]
        assert not self._reference["problems"]
        self._call = call

    def _check(self, end: End, mark: str, scene: Scene) -> None:
        """Check what is seen while the fault lasts."""
        world = self._world
        connection = world.connection()
        assert connection.state == end.state, connection.attention
        self._check_rest(end)
        if end.rests or end.state == "attention":
            assert world.mark() == mark, "the mark passed a failure"
            self._check_idle(scene)
        if world.run_id is not None:
            self._check_item(end)
        if end.problem is not None:
            self._check_problem(*end.problem)
        assert repeated(world) <= self._repeated
        assert not gone_here(world) & set(world.register.contacts), "a customer was taken for gone unasked"
        found = outcome(world)
        if end.at_once and found["at Zoho"] == self._reference["at Zoho"]:
            assert found == self._reference

    def _check_rest(self, end: End) -> None:
        world = self._world
        assert world.place is not None
        view = connection_views.view(world.place.portal_id, world.connection_id)
        if end.rests:
            least, most = end.rests
            assert least <= world.rest() <= most, world.rest()
            assert re.search(end.told, view.pause_reason), view.pause_reason
        else:
            assert world.rest() == 0
            assert view.pause_reason == ""
        if end.state == "attention":
            assert re.search("reconnect", view.notice), view.notice
        if world.run_id is not None and (end.told or end.state == "attention"):
            assert re.search(end.told, world.run().pause), world.run().pause

    def _check_idle(self, scene: Scene) -> None:
        """Check that no call goes out while the connection rests, or needs a person."""
        scene.play(self._world)
        assert self._world.calls() == []

    def _check_item(self, end: End) -> None:
        world = self._world
        item, others = world.items()["Harbour"], [world.items()[name] for name in ("Alder", "Willow")]
        if end.rests or end.state == "attention":
            assert (item.state, world.run().state) == ("pending", "running")
            return
        assert (item.state, world.run().state) == (end.item, "done")
        assert re.search(end.reason, item.reason), item.reason
        assert bool(end.reason) == bool(item.reason)
        assert [other.state for other in others] == ["done", "done"]

    def _check_problem(self, question: str, words: str) -> None:
        """Check that one record waits, and that the other customers did not."""
        [problem] = self._world.rows(Problem)
        assert (problem.question, str(problem.their_customer_id)) == (question, self._world.subject)
        assert re.search(words, problem.reason), problem.reason
        others = [each.website for each in self._world.rows(Customer) if each.name != "Harbour"]
        there = self._world.register.contacts.values()
        assert others == [each.website for each in there if each.id != self._world.subject] == [SITE, SITE]

    def _recover(self, end: End, scene: Scene) -> None:
        """Let the fault be over, and what it asks for be done."""
        world = self._world
        world.server.state.faults.clear()
        world.server.state.outage.end()
        if end.state == "attention":
            world.reconnect()
        world.pause_is_over()
        world.put_off_is_over()
        scene.play(world)
        if end.then is not None:
            end.then(world)
        if scene.sync:
            world.look(interactive=False)

    def _check_end(self, end: End) -> None:
        """Check that all is as it would be without the fault."""
        world = self._world
        connection = world.connection()
        assert (connection.state, connection.failures, connection.pause_reason) == ("connected", 0, "")
        assert repeated(world) <= self._repeated
        assert not gone_here(world) & set(world.register.contacts)
        found = outcome(world)
        assert found["open intents"] == 0
        if self._scene.sync:
            wrong = differences(self._reference, found)
            assert end.changes or not wrong, wrong
        elif world.run_id is None:
            assert found["in the mirror"] == found["at Zoho"]
            assert found["in the portal"] == self._reference["in the portal"]
        elif not end.changes:
            again = end.item != "done"
            assert _settled(found, again=again) == _settled(self._reference, again=again)


@contextmanager
def nothing_unexpected() -> Iterator[None]:
    """Check that nothing is taken for a fault of the portal's own."""
    with capture_logs() as logs:
        yield
    assert not [entry for entry in logs if entry["event"] in ("look.failed", "run.item_failed")]


def repeated(world: World) -> set[Any]:
    """Return the customers that are there twice, on either side, or have somebody twice."""
    sides = {"at Zoho": at_zoho(world), "in the portal": in_the_portal(world)}
    return {
        (side, values, people)
        for side, customers in sides.items()
        for (values, people), number in Counter(each[:2] for each in customers.elements()).items()
        if number > 1 or len(set(people)) < len(people)
    }


def _settled(found: dict[str, Any], *, again: bool) -> dict[str, Any]:
    """Leave out what another attempt may add, if an item was imported again: what is told of it."""
    return {name: value for name, value in found.items() if not (again and name in ("told", "audited"))}
