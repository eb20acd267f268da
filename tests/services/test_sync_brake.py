"""The brake: what would delete or blank too much waits for a person, and everything else goes on."""

import pytest

from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.links import Link
from webapp.store.notices import Notice
from webapp.store.small_losses import COUNT_FOR, SmallLoss

MANY = 12


@pytest.fixture
def synced(world):
    return SyncWorld(world)


def delete_there(synced, pairs):
    with synced.theirs.behind():
        for _, their_id in pairs:
            synced.theirs.delete_customer(their_id)


def binned(synced, pairs):
    return [our_id for our_id, _ in pairs if synced.here(our_id).deleted_at is not None]


def brakes(synced):
    return [(each["side"], each["kind"], each["records"]) for each in synced.connection().brakes]


def braked(synced):
    db.session.rollback()
    query = db.select(Link.our_id).where(Link.connection_id == synced.connection_id, Link.brake == "held")
    return list(db.session.scalars(query))


def release(synced):
    db.session.execute(
        db.update(Link)
        .where(Link.connection_id == synced.connection_id, Link.brake == "held")
        .values(brake="released", due_at=now())
    )
    db.session.commit()


def test_losses_of_a_census_are_held_together_while_the_rest_goes_on(synced):
    pairs = synced.linked(*(f"Customer {number}" for number in range(MANY + 3)), people=())
    delete_there(synced, pairs[:MANY])
    synced.edit_there(pairs[-1][1], website="https://new.example")
    synced.census()
    assert binned(synced, pairs) == []
    assert synced.here(pairs[-1][0]).website == "https://new.example"
    assert brakes(synced) == [("ours", "customer", MANY)]
    assert len(braked(synced)) == MANY
    assert synced.due() == []
    told = db.session.scalars(db.select(Notice).where(Notice.subject_id == synced.connection_id)).all()
    assert [(each.kind, each.resolved_at) for each in told] == [("sync.brake", None)]


def test_few_losses_are_carried_out(synced):
    pairs = synced.linked(*(f"Customer {number}" for number in range(MANY)), people=())
    delete_there(synced, pairs[:3])
    synced.census()
    assert len(binned(synced, pairs)) == 3
    assert brakes(synced) == []


def test_what_a_person_has_let_go_is_carried_out(synced):
    pairs = synced.linked(*(f"Customer {number}" for number in range(MANY + 1)), people=())
    delete_there(synced, pairs[:MANY])
    synced.census()
    release(synced)
    synced.look()
    assert len(binned(synced, pairs)) == MANY
    assert braked(synced) == []


def test_a_bulk_delete_here_is_held_as_well(synced):
    pairs = synced.linked(*(f"Customer {number}" for number in range(MANY)), people=())
    with synced.editing() as directory:
        for our_id, _ in pairs:
            directory.delete_customer(str(our_id))
    synced.look(interactive=True)
    assert synced.written() == []
    assert brakes(synced) == [("theirs", "customer", MANY)]


def test_blanked_values_count_like_deletions(synced):
    pairs = synced.linked(
        *(f"Customer {number}" for number in range(MANY)), people=(), website="https://a.example"
    )
    for _, their_id in pairs:
        synced.edit_there(their_id, website="")
    synced.poll()
    assert brakes(synced) == [("ours", "customer", MANY)]
    assert {synced.here(our_id).website for our_id, _ in pairs} == {"https://a.example"}


def test_what_is_held_counts_along_so_that_nothing_follows_little_by_little(synced):
    pairs = synced.linked(*(f"Customer {number}" for number in range(MANY + 5)), people=())
    delete_there(synced, pairs[:MANY])
    synced.census()
    delete_there(synced, pairs[MANY : MANY + 2])
    synced.census()
    assert binned(synced, pairs) == []
    assert brakes(synced) == [("ours", "customer", MANY + 2)]


def test_losses_that_trickle_in_are_held_once_they_are_many(synced):
    pairs = synced.linked(*(f"Customer {number}" for number in range(40)), people=())
    for at in range(0, 12, 4):
        delete_there(synced, pairs[at : at + 4])
        synced.census()
    assert len(binned(synced, pairs)) == 8
    assert brakes(synced) == [("ours", "customer", 4)]
    assert synced.connection().brakes[0]["lately"] == 8


def test_what_went_long_ago_or_by_a_persons_word_does_not_count(synced):
    pairs = synced.linked(*(f"Customer {number}" for number in range(60)), people=())
    delete_there(synced, pairs[:MANY])
    synced.census()
    release(synced)
    synced.look()
    delete_there(synced, pairs[MANY : MANY + 9])
    synced.census()
    assert len(binned(synced, pairs)) == MANY + 9
    db.session.execute(db.update(SmallLoss).values(at=SmallLoss.at - COUNT_FOR))
    db.session.commit()
    delete_there(synced, pairs[MANY + 9 : MANY + 18])
    synced.census()
    assert (len(binned(synced, pairs)), braked(synced)) == (MANY + 18, [])


def test_a_hold_ends_when_nothing_would_be_deleted_any_more(synced):
    pairs = synced.linked(
        *(f"Customer {number}" for number in range(MANY)), people=(), website="https://a.example"
    )
    for _, their_id in pairs:
        synced.edit_there(their_id, website="")
    synced.poll()
    for _, their_id in pairs[1:]:
        synced.edit_there(their_id, website="https://a.example")
    synced.poll()
    assert braked(synced) == [pairs[0][0]]
    assert brakes(synced) == [("ours", "customer", 1)]
    synced.edit_there(pairs[0][1], website="https://a.example")
    synced.poll()
    assert (braked(synced), brakes(synced)) == ([], [])
    notice = db.session.scalars(db.select(Notice).where(Notice.subject_id == synced.connection_id)).one()
    assert notice.resolved_at is not None
