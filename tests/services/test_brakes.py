"""What people decide about the brake: it goes on, nothing is lost, or the provider is asked again."""

import pytest

from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.services import brakes
from webapp.services.errors import Conflict
from webapp.store.links import Link
from webapp.store.notices import Notice

MANY = 12


@pytest.fixture
def synced(world):
    return SyncWorld(world)


@pytest.fixture
def pairs(synced):
    return synced.linked(*(f"Customer {number:02}" for number in range(MANY + 1)), people=())


@pytest.fixture
def gone_there(synced, pairs):
    """Twelve customers that are gone there, held."""
    with synced.theirs.behind():
        for _, their_id in pairs[:MANY]:
            synced.theirs.delete_customer(their_id)
    synced.census()
    return pairs[:MANY]


@pytest.fixture
def gone_here(synced, pairs):
    """Twelve customers that were deleted here, held."""
    with synced.editing() as directory:
        for our_id, _ in pairs[:MANY]:
            directory.delete_customer(str(our_id))
    synced.look()
    return pairs[:MANY]


def place(synced):
    return synced.portal_id, synced.connection_id


def person(synced):
    return synced.imports.place.user_id


def binned(synced, pairs):
    return [our_id for our_id, _ in pairs if synced.here(our_id).deleted_at is not None]


def linked(synced, pairs):
    db.session.rollback()
    query = db.select(Link.our_id).where(Link.connection_id == synced.connection_id)
    return set(db.session.scalars(query)) & {our_id for our_id, _ in pairs}


def test_each_customer_is_listed_with_what_it_would_lose_and_where(synced, gone_there):
    found = brakes.page(*place(synced))
    assert (found.held, found.total, found.sides) == (MANY, MANY, ("ours",))
    assert found.records("ours", "customer") == MANY
    assert [row.name for row in found.rows] == [f"Customer {number:02}" for number in range(MANY)]
    assert {(loss.side, loss.fields) for row in found.rows for loss in row.losses} == {("ours", ())}


def test_held_customers_are_searched(synced, gone_there):
    found = brakes.page(*place(synced), q="customer 07")
    assert ([row.name for row in found.rows], found.held) == (["Customer 07"], MANY)


def test_what_is_let_go_on_is_carried_out_and_the_brake_is_off(synced, gone_there):
    assert brakes.let_go_on(*place(synced), person(synced), count=MANY) == MANY
    assert synced.connection().brakes == []
    synced.look()
    assert len(binned(synced, gone_there)) == MANY
    [told] = db.session.scalars(db.select(Notice).where(Notice.subject_id == synced.connection_id))
    assert told.resolved_at is not None


def test_nothing_goes_on_when_another_number_is_held_than_was_seen(synced, gone_there):
    with pytest.raises(Conflict):
        brakes.let_go_on(*place(synced), person(synced), count=MANY - 1)
    synced.look()
    assert binned(synced, gone_there) == []
    assert len(synced.connection().brakes) == 1


def test_what_is_gone_there_is_kept_here_unlinked(synced, gone_there):
    assert brakes.keep(*place(synced), person(synced), count=MANY) == MANY
    synced.look()
    assert (binned(synced, gone_there), linked(synced, gone_there)) == ([], set())
    assert synced.connection().brakes == []


def test_what_was_deleted_here_comes_out_of_the_bin_and_stays_linked(synced, gone_here):
    assert len(binned(synced, gone_here)) == MANY
    assert brakes.page(*place(synced)).sides == ("theirs",)
    brakes.keep(*place(synced), person(synced), count=MANY)
    synced.look()
    assert binned(synced, gone_here) == []
    assert len(linked(synced, gone_here)) == MANY
    assert "delete_customer" not in synced.called()
    assert synced.connection().brakes == []


@pytest.mark.parametrize("side", ["there", "here"])
def test_values_that_were_blanked_come_back_from_the_other_side(synced, side):
    pairs = synced.linked(*(f"Customer {n:02}" for n in range(MANY)), website="https://w.example", people=())
    for our_id, their_id in pairs:
        if side == "there":
            synced.edit_there(their_id, website="")
        else:
            synced.edit(our_id, website="")
    synced.poll()
    found = brakes.page(*place(synced))
    assert {loss.fields for row in found.rows for loss in row.losses} == {("website",)}
    brakes.keep(*place(synced), person(synced), count=MANY)
    synced.look()
    held = {(synced.here(ours).website, synced.there(theirs).customer.data.website) for ours, theirs in pairs}
    assert held == {("https://w.example", "https://w.example")}
    assert synced.conflicts() == []


@pytest.fixture
def people_gone_there(synced):
    """One contact of each of twelve customers that is gone there, held."""
    pairs = synced.linked(*(f"Customer {number:02}" for number in range(MANY)))
    with synced.theirs.behind():
        for _, their_id in pairs:
            synced.theirs.delete_contact(their_id, synced.person_there(their_id, "Bo").id)
    synced.census()
    return pairs


def test_contacts_gone_there_are_kept_and_made_there_again(synced, people_gone_there):
    found = brakes.page(*place(synced))
    assert (found.held, found.records("ours", "contact")) == (MANY, MANY)
    assert {loss.name for row in found.rows for loss in row.losses} == {"Bo Ek"}
    assert brakes.keep(*place(synced), person(synced), count=MANY) == MANY
    synced.look()
    for our_id, their_id in people_gone_there:
        assert synced.first_names(our_id) == synced.first_names_there(their_id) == ["Anna", "Bo"]
    assert synced.connection().brakes == []


def test_contacts_gone_there_go_here_when_they_are_let_go(synced, people_gone_there):
    brakes.let_go_on(*place(synced), person(synced), count=MANY)
    synced.look()
    for our_id, their_id in people_gone_there:
        assert synced.first_names(our_id) == synced.first_names_there(their_id) == ["Anna"]
    assert synced.connection().brakes == []


def test_whatever_is_there_after_all_is_held_no_longer(synced, gone_there):
    brakes.look_again(*place(synced), person(synced))
    connection = synced.connection()
    assert connection.census_started_at is None
    assert connection.refresh_wanted_at is not None
