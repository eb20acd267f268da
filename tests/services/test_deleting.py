"""Deleting customers and contacts, and taking them back before and after it has travelled."""

from __future__ import annotations

import pytest

from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.services import audit, customers, deleting, reviews
from webapp.services.errors import Conflict, NotFound
from webapp.services.holding import Binned
from webapp.store.columns import new_id
from webapp.store.customers import Contact


@pytest.fixture
def synced(world):
    return SyncWorld(world)


@pytest.fixture
def arc(synced):
    """Arc, linked and in step, with Anna, who is the primary contact, and Bo."""
    [(our_id, _)] = synced.linked("Arc")
    return our_id


def delete(synced, our_id):
    version = synced.here(our_id).version
    return deleting.delete_customer(synced.portal_id, our_id, synced.imports.place.user_id, version=version)


def delete_contact(synced, contact):
    place = (synced.portal_id, contact.customer_id, contact.id, synced.imports.place.user_id)
    return deleting.delete_contact(*place, version=contact.version)


def restore(synced, our_id):
    return deleting.restore_customer(synced.portal_id, our_id, synced.imports.place.user_id)


def restore_contact(synced, our_id, contact_id):
    return deleting.restore_contact(synced.portal_id, our_id, contact_id, synced.imports.place.user_id)


def decisions(synced):
    return [
        entry.action
        for entry in reversed(audit.newest(synced.portal_id, 9))
        if ".deleted" in entry.action or ".restored" in entry.action
    ]


def test_tells_by_name_where_a_deletion_reaches(synced, arc):
    reach = deleting.reach(synced.portal_id, arc)
    [place] = reach.places
    assert (reach.name, reach.contacts, place.label, place.deletes) == ("Arc", 2, "Ledgerly", True)
    anna = synced.person(arc, "Anna")
    assert deleting.reach(synced.portal_id, arc, anna.id).was_primary
    assert deleting.reach(synced.portal_id, synced.imports.here("Bolt")).places == ()
    for unknown in [(new_id(), None), (arc, new_id())]:
        with pytest.raises(NotFound):
            deleting.reach(synced.portal_id, *unknown)


def test_a_deleted_contact_is_deleted_there_and_made_anew_when_it_is_restored(synced, arc):
    anna = synced.person(arc, "Anna")
    their_id, anna_id = synced.link(arc).their_id, anna.id
    before = synced.person_there(their_id, "Anna").id
    touched = delete_contact(synced, anna)
    assert touched.others == (synced.person(arc, "Bo").id,)
    synced.look(interactive=True)
    assert synced.first_names_there(their_id) == ["Bo"]
    assert restore_contact(synced, arc, anna_id) == "Anna Lund"
    synced.look(interactive=True)
    assert synced.first_names_there(their_id) == ["Anna", "Bo"]
    assert synced.person_there(their_id, "Anna").id != before
    told = [(e.action, e.old, e.new) for e in synced.told(arc) if e.record_id == anna_id and e.run_id is None]
    assert ("deleted", "Anna Lund", None) in told
    assert ("restored", None, "Anna Lund") in told
    assert decisions(synced) == ["contact.deleted", "contact.restored"]


def test_a_contact_taken_back_at_once_is_not_written_there(synced, arc):
    bo = synced.person(arc, "Bo")
    bo_id = bo.id
    delete_contact(synced, bo)
    restore_contact(synced, arc, bo_id)
    restore_contact(synced, arc, bo_id)
    synced.look(interactive=True)
    assert synced.written() == []
    assert synced.first_names(arc) == ["Anna", "Bo"]


def test_a_customer_taken_back_before_it_travelled_stays_linked(synced, arc):
    delete(synced, arc)
    told = deleting.in_bin(synced.portal_id, arc)
    assert (told.deletion.by, told.contacts, told.on_its_way, told.gone_too) == ("Ada", 2, ("Ledgerly",), ())
    restore(synced, arc)
    synced.look(interactive=True)
    assert (synced.written(), synced.problems(), synced.due()) == ([], [], [])
    assert synced.first_names(arc) == ["Anna", "Bo"]
    assert deleting.in_bin(synced.portal_id, arc) is None


def test_a_customer_restored_after_it_travelled_is_unlinked_and_asks_to_be_linked_again(synced, arc):
    their_id = synced.link(arc).their_id
    delete(synced, arc)
    synced.look(interactive=True)
    assert "delete_customer" in synced.written()
    told = deleting.in_bin(synced.portal_id, arc)
    assert (told.on_its_way, told.gone_too) == ((), ("Ledgerly",))
    restore(synced, arc)
    [asked] = synced.problems()
    assert (asked.question, asked.our_id) == ("restored", arc)
    assert synced.imports.links() == []
    synced.look(interactive=True)
    assert len(synced.problems()) == 1
    synced.imports.there("Arc")
    synced.imports.mirror()
    run = customers.link_again(synced.portal_id, arc, synced.connection_id, synced.imports.place.user_id)
    [item] = reviews.review_page(run, "link").items
    assert (item.action, item.our_id) == ("merge", arc)
    assert item.their_id != their_id


def test_a_customer_with_transactions_stays_there_and_becomes_an_open_item(synced, arc):
    their_id = synced.link(arc).their_id
    synced.theirs.transactions.add(their_id)
    delete(synced, arc)
    synced.look(interactive=True)
    [asked] = synced.problems()
    assert asked.question == "cannot be deleted there"
    assert synced.there(their_id).customer.data.name == "Arc"


def test_what_somebody_changed_meanwhile_is_not_deleted_unseen(synced, arc):
    bo = synced.person(arc, "Bo")
    bo_id, seen = bo.id, bo.version
    with synced.editing() as directory:
        directory.update_contact(str(arc), str(bo_id), {"designation": "Chef"})
    place = (synced.portal_id, arc, bo_id, synced.imports.place.user_id)
    with pytest.raises(Conflict, match="Nothing was deleted"):
        deleting.delete_contact(*place, version=seen)
    assert synced.first_names(arc) == ["Anna", "Bo"]


def test_a_contact_comes_back_only_with_its_customer(synced, arc):
    bo = synced.person(arc, "Bo")
    bo_id = bo.id
    delete_contact(synced, bo)
    delete(synced, arc)
    with pytest.raises(Binned, match="Arc is in the bin"):
        restore_contact(synced, arc, bo_id)
    with pytest.raises(Binned):
        delete(synced, arc)
    restore(synced, arc)
    assert db.session.get_one(Contact, (synced.portal_id, bo_id)).deleted_at is not None
    assert synced.first_names(arc) == ["Anna"]


def test_nobody_deletes_or_restores_in_another_portal(synced, arc, new_world):
    other = SyncWorld(new_world())
    user = other.imports.place.user_id
    with pytest.raises(NotFound):
        deleting.delete_customer(other.portal_id, arc, user, version=1)
    delete(synced, arc)
    with pytest.raises(NotFound):
        deleting.restore_customer(other.portal_id, arc, user)
    assert deleting.in_bin(other.portal_id, arc) is None
