"""The sync through its service: what changed on one side comes to the other, and what did not is left alone."""

import pytest

from tests.services.synced import SyncWorld


@pytest.fixture
def synced(world):
    return SyncWorld(world)


def test_nothing_is_due_after_an_import_was_looked_at_and_no_call_was_made(synced):
    ids = [synced.imports.there("Arc"), synced.imports.there("Bee")]
    synced.imports.mirror()
    synced.imports.carry_out(synced.imports.confirmed(ids))
    synced.theirs.calls.clear()
    assert len(synced.due()) == 2
    synced.look()
    assert synced.due() == []
    assert synced.called() == []
    assert synced.runs() == []


def test_an_edit_here_is_there_after_one_interactive_look(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit(our_id, website="https://arc.example")
    synced.look(interactive=True)
    assert synced.there(their_id).customer.data.website == "https://arc.example"
    assert synced.called() == ["customer", "update_customer"]
    assert synced.due() == []
    [run] = synced.runs()
    assert (run.cause, run.state) == ("edit", "done")
    assert {name: run.counts[name] for name in ("looked", "there", "here", "calls")} == {
        "looked": 1,
        "there": 1,
        "here": 0,
        "calls": 2,
    }
