"""Disconnecting keeps links; reconnecting shows first what a pass would do, and doubles nobody."""

import pytest

from tests.mirror_world import MAIN, poll
from tests.services.synced import ANNA, BO, SyncWorld
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import connections, sync, sync_pages, sync_previews, sync_settings
from webapp.services.errors import Conflict, Refused
from webapp.store.customers import Customer


@pytest.fixture
def synced(world):
    return SyncWorld(world)


def disconnect(synced):
    connections.disconnect(synced.portal_id, synced.connection_id, user_id=synced.imports.place.user_id)


def reconnect(synced):
    assert synced.imports.place.connect(organization_id=MAIN.id) == synced.connection_id
    poll(synced.connection_id)


def hold(synced):
    return sync_pages.hold(synced.portal_id, synced.connection_id)


def go_on(synced, seen=None):
    seen = seen or hold(synced).since
    sync_settings.go_on(synced.portal_id, synced.connection_id, synced.imports.place.user_id, seen=seen)


def names_here(synced):
    query = db.select(Customer.name).where(
        Customer.portal_id == synced.portal_id, Customer.deleted_at.is_(None)
    )
    return sorted(db.session.scalars(query))


def test_what_changed_meanwhile_waits_until_a_person_lets_it_go_on(synced):
    [(ours, theirs)] = synced.linked("Arc")
    disconnect(synced)
    synced.edit(ours, website="https://here.example")
    synced.edit_there(theirs, name="Arc there")
    reconnect(synced)
    assert hold(synced).why == "reconnected"
    assert (synced.here(ours).name, synced.written()) == ("Arc", [])
    found = sync_previews.preview(synced.portal_id, synced.connection_id)
    assert found.counts == {"changed here": 1, "changed there": 1}
    [row] = found.rows
    assert {(each.kind, each.fields) for each in row.changes} == {
        ("changed here", ("name",)),
        ("changed there", ("website",)),
    }
    go_on(synced)
    synced.look()
    assert synced.here(ours).name == "Arc there"
    assert synced.there(theirs).customer.data.website == "https://here.example"
    assert synced.due() == []


def test_nobody_is_doubled_by_reconnecting(synced):
    pairs = synced.linked("Arc", "Bee")
    disconnect(synced)
    (first, their_first), (second, their_second) = pairs
    with synced.editing() as directory:
        directory.create_contact(
            str(first), ContactData(first_name="Cy", last_name="Or", email="cy@arc.example")
        )
    with synced.theirs.behind():
        twin = ContactData(first_name="Cy", last_name="Or", email="cy@arc.example")
        synced.theirs.create_contact(their_first, twin)
        synced.theirs.create_contact(their_second, ContactData(first_name="Di", email="di@bee.example"))
        gone = synced.person_there(their_second, "Anna")
        synced.theirs.delete_contact(their_second, gone.id)
    reconnect(synced)
    assert synced.first_names(first) == ["Anna", "Bo", "Cy"]
    go_on(synced)
    synced.census()
    assert names_here(synced) == ["Arc", "Bee"]
    assert synced.first_names(first) == synced.first_names_there(their_first) == ["Anna", "Bo", "Cy"]
    assert synced.first_names(second) == synced.first_names_there(their_second) == ["Bo", "Di"]
    synced.theirs.calls.clear()
    synced.census()
    assert synced.written() == []


def test_an_authorisation_that_was_lost_is_taken_up_without_asking(synced):
    [(ours, theirs)] = synced.linked("Arc")
    connections.needs_attention(synced.connection_id, "The authorisation was taken back.")
    synced.edit(ours, website="https://here.example")
    reconnect(synced)
    assert hold(synced) is None
    assert synced.there(theirs).customer.data.website == "https://here.example"


def test_a_connection_without_links_is_reconnected_without_asking(synced):
    disconnect(synced)
    reconnect(synced)
    assert hold(synced) is None


def test_how_often_is_looked_outlives_a_reconnection(synced):
    place = synced.imports.place
    seen = sync_settings.settings(synced.portal_id, synced.connection_id).seen
    sync_settings.save(
        synced.portal_id, synced.connection_id, minutes="30", rule="portal", seen=seen, user_id=place.user_id
    )
    disconnect(synced)
    reconnect(synced)
    assert (synced.connection().poll_seconds, synced.connection().rule) == (1800, "portal")


def test_a_pass_asked_for_is_refused_while_it_is_held(synced):
    synced.linked("Arc")
    disconnect(synced)
    reconnect(synced)
    with pytest.raises(Refused):
        sync.request(synced.portal_id, synced.connection_id)


def test_what_holds_it_by_now_has_to_have_been_seen(synced):
    synced.linked("Arc")
    disconnect(synced)
    reconnect(synced)
    with pytest.raises(Conflict):
        go_on(synced, seen="2026-01-01T00:00:00+00:00")
    assert hold(synced) is not None


def test_a_preview_says_who_would_go_and_what_waits_for_a_person(synced):
    (gone, theirs), (both, their_both) = synced.linked("Arc", "Bee")
    disconnect(synced)
    with synced.theirs.behind():
        synced.theirs.delete_contact(theirs, synced.person_there(theirs, "Bo").id)
    synced.edit(both, website="https://here.example")
    synced.edit_there(their_both, website="https://there.example")
    reconnect(synced)
    synced.census()
    found = sync_previews.preview(synced.portal_id, synced.connection_id)
    assert found.counts == {"deleted here": 1, "conflict": 1}
    by_name = {row.name: [(each.kind, each.record) for each in row.changes] for row in found.rows}
    assert by_name == {"Arc": [("deleted here", "Bo Ek")], "Bee": [("conflict", "")]}
    assert synced.first_names(gone) == ["Anna", "Bo"]


def test_a_pause_lets_both_sides_be_read_and_none_be_written(synced):
    [(ours, theirs)] = synced.linked("Arc")
    place = synced.imports.place
    sync_settings.pause(synced.portal_id, synced.connection_id, place.user_id)
    synced.edit(ours, website="https://here.example")
    synced.edit_there(theirs, name="Arc there")
    poll(synced.connection_id)
    assert (synced.here(ours).name, synced.written()) == ("Arc", [])
    view = sync_pages.view(synced.portal_id, synced.connection_id)
    assert (view.paused_by, view.writes, view.moving, view.on_its_way) == ("Ada", False, False, 1)
    sync_settings.resume(synced.portal_id, synced.connection_id, place.user_id)
    synced.look()
    assert synced.here(ours).name == "Arc there"
    assert synced.there(theirs).customer.data.website == "https://here.example"


def test_a_rule_that_lets_a_side_win_settles_what_waited(synced):
    [(ours, theirs)] = synced.linked("Arc", people=(ANNA, BO))
    synced.edit(ours, website="https://here.example")
    synced.edit_there(theirs, website="https://there.example")
    synced.poll()
    settings = sync_settings.settings(synced.portal_id, synced.connection_id)
    assert settings.waiting == 1
    place = synced.imports.place
    settled = sync_settings.save(
        synced.portal_id,
        synced.connection_id,
        minutes="5",
        rule="portal",
        seen=settings.seen,
        user_id=place.user_id,
    )
    assert settled == 1
    synced.look()
    assert synced.conflicts() == []
    assert synced.there(theirs).customer.data.website == "https://here.example"
    assert any(entry.lost for entry in synced.told(ours))
