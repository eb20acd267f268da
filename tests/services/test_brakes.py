"""What people decide about the brake: it goes on, nothing is lost, or the provider is asked again."""

import pytest

from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.services import audit, brakes, keeping_back, leases, unlinking
from webapp.services.errors import Conflict
from webapp.services.leases import LeaseLost
from webapp.services.look import look
from webapp.store.columns import new_id, now
from webapp.store.due import due_connections
from webapp.store.intents import Intent
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


def test_what_is_kept_waits_for_a_worker_and_is_left_alone_by_passes(synced, gone_there):
    brakes.keep(*place(synced), person(synced), count=MANY)
    assert (brakes.page(*place(synced)).held, brakes.left_to_keep(*place(synced))) == (0, MANY)
    look(synced.connection_id, interactive=True)
    assert (binned(synced, gone_there), brakes.left_to_keep(*place(synced))) == ([], MANY)
    assert synced.connection_id in {each.connection_id for each in due_connections(now())}
    db.session.rollback()
    synced.look()
    assert (binned(synced, gone_there), brakes.left_to_keep(*place(synced))) == ([], 0)


def test_a_worker_whose_time_is_up_leaves_the_rest_to_the_next_one(synced, gone_there, monkeypatch):
    monkeypatch.setattr(keeping_back, "AT_ONCE", 5)
    brakes.keep(*place(synced), person(synced), count=MANY)
    lease = leases.take(synced.connection_id)
    answers = iter([False, True])
    assert keeping_back.keep_slice(lease, until=lambda: next(answers))
    assert brakes.left_to_keep(*place(synced)) == MANY - 5
    lease.release()
    synced.look()
    assert (linked(synced, gone_there), brakes.left_to_keep(*place(synced))) == (set(), 0)


def test_who_lost_the_connection_keeps_nothing(synced, gone_there):
    brakes.keep(*place(synced), person(synced), count=MANY)
    lease = leases.take(synced.connection_id)
    lease.release()
    leases.take(synced.connection_id).release()
    with pytest.raises(LeaseLost):
        keeping_back.keep_slice(lease, until=lambda: False)
    db.session.rollback()
    assert brakes.left_to_keep(*place(synced)) == MANY


def test_a_customer_that_cannot_be_kept_is_held_again_and_the_others_are_kept(
    synced, gone_there, monkeypatch
):
    stubborn, end_links = gone_there[3][0], unlinking.end_links

    def ended(portal_id, connection_id, customer_id, actor):
        if customer_id == stubborn:
            raise ValueError("no")
        return end_links(portal_id, connection_id, customer_id, actor)

    monkeypatch.setattr(unlinking, "end_links", ended)
    brakes.keep(*place(synced), person(synced), count=MANY)
    synced.look()
    assert linked(synced, gone_there) == {stubborn}
    assert (brakes.page(*place(synced)).held, binned(synced, gone_there)) == (1, [])


def test_writes_in_doubt_of_who_is_unlinked_are_audited(synced, gone_there):
    our_id, their_id = gone_there[0]
    doubtful = {"kind": "customer update", "our_id": our_id, "their_id": their_id, "auditor": "portal"}
    doubtful |= {"their_customer_id": their_id, "sent": {"website": "https://w.example"}}
    db.session.add(
        Intent(portal_id=synced.portal_id, connection_id=synced.connection_id, id=new_id(), **doubtful)
    )
    db.session.commit()
    brakes.keep(*place(synced), person(synced), count=MANY)
    synced.look()
    told = [each for each in audit.newest(synced.portal_id, 50) if each.action.endswith("_in_doubt")]
    assert [(each.action, each.subject) for each in told] == [("provider.customer_update_in_doubt", their_id)]


def test_whatever_is_there_after_all_is_held_no_longer(synced, gone_there):
    brakes.look_again(*place(synced), person(synced))
    connection = synced.connection()
    assert connection.census_started_at is None
    assert connection.refresh_wanted_at is not None
