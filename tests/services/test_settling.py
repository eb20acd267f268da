"""Settling conflicts: what a person decides travels, what gives way is kept, what moved is asked again."""

import pytest

from tests.queries import queries
from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import conflicts, settling
from webapp.services.checks import Faults
from webapp.services.errors import Conflict
from webapp.services.settling import AT_ONCE, Decision, settle, settle_all
from webapp.store.audit import AuditEntry
from webapp.store.conflict_list import Wanted


@pytest.fixture
def synced(world):
    return SyncWorld(world)


@pytest.fixture
def contested(synced):
    """Customers whose website was changed on both sides, as (our id, their id)."""

    def make(*names):
        linked = synced.linked(*names)
        for our_id, their_id in linked:
            synced.edit_there(their_id, website=f"https://theirs-{their_id}.example")
            synced.edit(our_id, website=f"https://ours-{their_id}.example")
        synced.poll()
        return linked

    return make


def rows(synced, **wanted):
    db.session.rollback()
    page = conflicts.page(synced.portal_id, Wanted(**wanted))
    return [field for record in page.rows for field in record.fields]


def decide(synced, row, winner):
    decision = Decision(key=row.key, winner=winner, seen=row.seen)
    return settle(synced.portal_id, [decision], synced.imports.place.user_id)


def settled_entry(synced, our_id):
    [entry] = [each for each in synced.told(our_id) if each.action == "settled"]
    return entry


@pytest.mark.parametrize(
    ("winner", "kept", "lost"), [("ours", "ours", "theirs"), ("theirs", "theirs", "ours")]
)
def test_the_chosen_value_is_on_both_sides_after_one_look_and_the_other_in_the_history(
    synced, contested, winner, kept, lost
):
    [(our_id, their_id)] = contested("Arc")
    [row] = rows(synced)
    assert len(decide(synced, row, winner).done) == 1
    assert synced.conflicts() == []
    synced.look(interactive=True)
    value = f"https://{kept}-{their_id}.example"
    assert synced.here(our_id).website == value
    assert synced.there(their_id).customer.data.website == value
    assert synced.conflicts() == []
    entry = settled_entry(synced, our_id)
    assert (entry.old, entry.new, entry.lost) == (f"https://{lost}-{their_id}.example", value, True)
    assert entry.actor == str(synced.imports.place.user_id)


def write(synced, row, value):
    return settling.write(synced.portal_id, row.key, value, synced.imports.place.user_id, seen=row.seen)


def test_another_value_is_on_both_sides_after_one_look_and_both_it_replaced_in_the_history(synced, contested):
    [(our_id, their_id)] = contested("Arc")
    [row] = rows(synced)
    assert len(write(synced, row, "https://third.example").done) == 1
    synced.look(interactive=True)
    assert synced.here(our_id).website == "https://third.example"
    assert synced.there(their_id).customer.data.website == "https://third.example"
    assert synced.conflicts() == []
    told = [each for each in synced.told(our_id) if each.action == "settled"]
    assert [(each.old, each.new, each.lost) for each in told] == [
        (f"https://ours-{their_id}.example", "https://third.example", True),
        (f"https://theirs-{their_id}.example", "https://third.example", True),
    ]


def test_what_both_had_agreed_on_before_can_be_written_again(synced, contested):
    [(our_id, their_id)] = contested("Arc")
    [row] = rows(synced)
    write(synced, row, "")
    synced.look(interactive=True)
    assert (synced.here(our_id).website, synced.there(their_id).customer.data.website) == ("", "")
    assert synced.conflicts() == []


def test_a_value_that_one_side_has_is_that_sides_win(synced, contested):
    [(our_id, _)] = contested("Arc")
    [row] = rows(synced)
    write(synced, row, row.theirs)
    synced.look(interactive=True)
    assert synced.here(our_id).website == row.theirs
    assert settled_entry(synced, our_id).old == row.ours


def test_another_value_that_cannot_be_kept_is_refused_as_in_an_edit_and_settles_nothing(synced, contested):
    contested("Arc")
    [row] = rows(synced)
    with pytest.raises(Faults) as refused:
        write(synced, row, "no address")
    assert list(refused.value.faults) == ["website"]
    assert len(synced.conflicts()) == 1


def test_another_value_is_not_written_over_one_that_was_not_seen(synced, contested):
    [(our_id, _)] = contested("Arc")
    [row] = rows(synced)
    synced.edit(our_id, website="https://newer.example")
    assert write(synced, row, "https://third.example").moved == [row.key]
    assert synced.here(our_id).website == "https://newer.example"


def test_another_value_of_a_contact_travels_too_and_is_gone_once_settled(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    with synced.editing() as directory:
        directory.update_contact(str(our_id), str(synced.person(our_id, "Bo").id), {"designation": "Here"})
    with synced.theirs.behind():
        bo = synced.person_there(their_id, "Bo").id
        synced.theirs.update_contact(their_id, bo, {"designation": "There"})
    synced.census()
    [row] = rows(synced)
    write(synced, row, "Elsewhere")
    synced.look(interactive=True)
    assert synced.person(our_id, "Bo").designation == "Elsewhere"
    assert synced.person_there(their_id, "Bo").data.designation == "Elsewhere"
    assert write(synced, row, "Again").gone == 1


def test_a_decision_is_in_the_audit(synced, contested):
    contested("Arc")
    [row] = rows(synced)
    decide(synced, row, "ours")
    query = db.select(AuditEntry).where(
        AuditEntry.portal_id == synced.portal_id, AuditEntry.action == "conflict.settled"
    )
    [entry] = db.session.scalars(query)
    assert entry.details["settled"][0]["winner"] == "ours"


def test_a_value_edited_after_it_was_shown_is_asked_again_with_the_new_one(synced, contested):
    [(our_id, _)] = contested("Arc")
    [row] = rows(synced)
    synced.edit(our_id, website="https://newer.example")
    result = decide(synced, row, "theirs")
    assert (result.done, result.moved) == ([], [row.key])
    [again] = rows(synced)
    assert again.ours == "https://newer.example"
    assert again.seen != row.seen
    synced.look(interactive=True)
    assert synced.here(our_id).website == "https://newer.example"


def test_what_somebody_else_settled_is_only_counted(synced, contested):
    contested("Arc")
    [row] = rows(synced)
    decide(synced, row, "ours")
    assert decide(synced, row, "theirs").gone == 1


def test_who_is_primary_is_settled_too(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    with synced.theirs.behind():
        cid = synced.theirs.create_contact(their_id, ContactData(first_name="Cy"))
    synced.poll()
    with synced.editing() as directory:
        directory.update_contact(str(our_id), str(synced.person(our_id, "Bo").id), {"primary": True})
    with synced.theirs.behind():
        synced.theirs.update_contact(their_id, cid.id, {"primary": True})
    synced.census()
    [row] = [each for each in rows(synced) if each.field == "primary"]
    assert (row.ours, row.theirs) == ("Bo Ek", "Cy")
    decide(synced, row, "ours")
    synced.look(interactive=True)
    assert synced.person_there(their_id, "Bo").data.primary
    assert synced.person(our_id, "Bo").primary
    assert synced.conflicts() == []


def test_all_of_a_field_are_settled_for_one_side(synced, contested):
    linked = contested("Arc", "Bee", "Cid")
    [first, *_] = rows(synced)
    user_id = synced.imports.place.user_id
    result = settle_all(synced.portal_id, Wanted(field="website"), "ours", user_id, count=3)
    assert len(result.done) == 3
    assert first.field == "website"
    synced.look(interactive=True)
    for our_id, their_id in linked:
        assert synced.there(their_id).customer.data.website == synced.here(our_id).website
        assert synced.here(our_id).website.startswith("https://ours-")


def test_nothing_is_settled_when_there_are_more_by_now_than_were_counted(synced, contested):
    contested("Arc", "Bee")
    with pytest.raises(Conflict):
        settle_all(synced.portal_id, Wanted(), "ours", synced.imports.place.user_id, count=1)
    assert len(synced.conflicts()) == 2


def test_settling_many_takes_as_many_queries_as_settling_few(synced, contested):
    names = [f"Firm {number}" for number in range(12)]
    contested(*names)
    user_id = synced.imports.place.user_id
    few = [Decision(key=row.key, winner="ours", seen=row.seen) for row in rows(synced)[:2]]
    with queries(db.engine) as first:
        settle(synced.portal_id, few, user_id)
    left = [Decision(key=row.key, winner="ours", seen=row.seen) for row in rows(synced)]
    with queries(db.engine) as second:
        settle(synced.portal_id, left, user_id)
    assert len(left) == 10 < AT_ONCE
    assert len(second) <= len(first) + 1


def test_conflicts_are_found_by_customer_and_field(synced, contested):
    contested("Arc", "Bee")
    assert [row.customer for row in rows(synced, q="bee")] == ["Bee"]
    assert rows(synced, field="name") == []
    page = conflicts.page(synced.portal_id, Wanted(q="bee"))
    assert (page.waiting, page.total) == (1, 1)
