"""Plugins hear that a run ended, after all that it did is kept."""

import pytest

from tests.plugged import install
from tests.services.synced import SyncWorld
from webapp.sdk import hookimpl
from webapp.services import context, hook_faults, run_ends, runs
from webapp.services.signals import run_ended


class Listener:
    """A plugin that keeps what it hears, and then fails if it shall."""

    def __init__(self):
        self.heard = []
        self.fails = False

    @hookimpl
    def tandem_after_run(self, run):
        self.heard.append(run)
        if self.fails:
            raise RuntimeError("boom")


@pytest.fixture
def listener(monkeypatch, world):
    """An installed plugin that listens, told at once of whatever is announced."""
    plugin = Listener()
    install(monkeypatch, plugin, "ear")
    with run_ended.connected_to(lambda sender, **ids: run_ends.tell(**ids)):
        yield plugin
    context.valkey().delete(hook_faults.REMEMBERED)


def test_tells_of_an_import_and_of_a_sync(world, listener):
    synced = SyncWorld(world)
    [(our_id, _)] = synced.linked("Arc")
    synced.edit(our_id, website="https://new.example")
    synced.look()
    imported, edited = listener.heard
    assert (imported.kind, imported.state, imported.counts["created"]) == ("import", "done", 1)
    assert (edited.kind, edited.cause, edited.counts["there"]) == ("sync", "edit", 1)
    assert (edited.provider, edited.portal) == ("ledgerly", str(world.portal_id))
    assert edited.finished_at >= edited.started_at


def test_does_not_tell_of_a_look_that_found_nothing(world, listener):
    synced = SyncWorld(world)
    synced.linked("Arc")
    listener.heard.clear()
    synced.poll()
    assert listener.heard == []


def test_tells_of_an_import_that_was_cancelled_before_its_turn(world, listener):
    their_id = world.there("Arc")
    world.mirror()
    runs.cancel(world.confirmed([their_id]), world.place.user_id)
    assert [(each.kind, each.state) for each in listener.heard] == [("import", "cancelled")]


def test_a_plugin_that_fails_is_noted_and_the_run_is_over_all_the_same(world, listener):
    listener.fails = True
    their_id = world.there("Arc")
    world.mirror()
    run = world.confirmed([their_id])
    world.carry_out(run)
    assert [item.state for item in world.items(run)] == ["done"]
    assert "The plugin ear failed in tandem_after_run: RuntimeError" in hook_faults.noted()[0].words


def test_announces_nothing_where_nobody_listens(world):
    told = []
    with run_ended.connected_to(lambda sender, **ids: told.append(ids)):
        SyncWorld(world).linked("Arc")
    assert told == []
