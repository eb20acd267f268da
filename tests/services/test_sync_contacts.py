"""The sync of contacts through its service: added, edited and deleted on either side."""

import pytest

from tests.services.synced import SyncWorld
from webapp.sdk import ContactData


@pytest.fixture
def synced(world):
    return SyncWorld(world)


def test_contacts_added_on_either_side_are_added_on_the_other(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    with synced.editing() as directory:
        directory.create_contact(str(our_id), ContactData(first_name="Cy", email="cy@arc.example"))
    with synced.theirs.behind():
        synced.theirs.create_contact(their_id, ContactData(first_name="Di", email="di@arc.example"))
    synced.poll()
    everyone = ["Anna", "Bo", "Cy", "Di"]
    assert synced.first_names(our_id) == synced.first_names_there(their_id) == everyone
    assert synced.written() == ["create_contact"]
    assert synced.due() == []


def test_contacts_edited_on_either_side_are_edited_on_the_other(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    with synced.editing() as directory:
        person = synced.person(our_id, "Anna")
        directory.update_contact(str(our_id), str(person.id), {"phone": "99"})
    with synced.theirs.behind():
        theirs = synced.person_there(their_id, "Bo")
        synced.theirs.update_contact(their_id, theirs.id, {"designation": "Boss", "primary": True})
    synced.poll()
    assert synced.person_there(their_id, "Anna").data.phone == "99"
    here = synced.person(our_id, "Bo")
    assert (here.designation, here.primary) == ("Boss", True)
    assert synced.due() == []


def test_contacts_deleted_on_either_side_are_deleted_on_the_other(synced):
    (first, first_there), (second, second_there) = synced.linked("Arc", "Bee")
    with synced.editing() as directory:
        directory.delete_contact(str(first), str(synced.person(first, "Bo").id))
    with synced.theirs.behind():
        gone = synced.person_there(second_there, "Bo")
        synced.theirs.delete_contact(second_there, gone.id)
    synced.poll()
    assert synced.first_names_there(first_there) == ["Anna"]
    assert synced.first_names(second) == ["Anna"]
    assert {"deleted_there"} <= {each.action for each in synced.told(first)}
    assert {"deleted"} <= {each.action for each in synced.told(second)}
    assert synced.due() == []


def test_a_contact_edited_here_comes_back_there(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    with synced.theirs.behind():
        synced.theirs.delete_contact(their_id, synced.person_there(their_id, "Bo").id)
    with synced.editing() as directory:
        directory.update_contact(str(our_id), str(synced.person(our_id, "Bo").id), {"phone": "1"})
    synced.poll()
    assert synced.first_names_there(their_id) == ["Anna", "Bo"]
    [made] = [each for each in synced.told(our_id) if each.action == "created_there"]
    assert made.new == "Bo Ek: edited here after it was deleted there"
