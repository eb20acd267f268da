"""The sync through its service: what changed on one side comes to the other, and nothing else is touched."""

import pytest

from tests.mirror_world import set_connection
from tests.queries import queries
from tests.services.synced import ANNA, SyncWorld
from webapp.extensions import db
from webapp.sdk import Gone


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


def test_an_edit_there_is_here_after_a_poll(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit_there(their_id, name="Arc & Sons", website="https://arc.example")
    synced.poll()
    here = synced.here(our_id)
    assert (here.name, here.website) == ("Arc & Sons", "https://arc.example")
    assert synced.written() == []
    assert synced.due() == []
    told = [entry for entry in synced.told(our_id) if entry.field == "name"]
    assert [(each.old, each.new, each.actor) for each in told] == [
        ("Arc", "Arc & Sons", f"provider:{synced.connection_id}")
    ]
    [run] = synced.runs()
    assert (run.cause, run.counts["here"], run.counts["there"]) == ("poll", 1, 0)


def test_fields_edited_on_either_side_go_to_the_other(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit_there(their_id, name="Arc & Sons")
    synced.edit(our_id, website="https://arc.example")
    synced.poll()
    there = synced.there(their_id).customer.data
    assert (there.name, there.website) == ("Arc & Sons", "https://arc.example")
    assert (synced.here(our_id).name, synced.here(our_id).website) == (there.name, there.website)
    assert synced.conflicts() == []


def test_the_same_value_on_both_sides_is_agreed_and_written_nowhere(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit_there(their_id, website="https://arc.example")
    synced.edit(our_id, website="https://arc.example")
    told = len(synced.told(our_id))
    synced.poll()
    assert synced.written() == []
    assert len(synced.told(our_id)) == told
    assert synced.link(our_id).agreed_ours["website"] == "https://arc.example"


def test_different_values_wait_as_a_conflict_while_other_fields_go_on(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit_there(their_id, website="https://there.example", name="Arc there")
    synced.edit(our_id, website="https://here.example")
    synced.poll()
    assert synced.there(their_id).customer.data.website == "https://there.example"
    assert (synced.here(our_id).website, synced.here(our_id).name) == ("https://here.example", "Arc there")
    [conflict] = synced.conflicts()
    assert (conflict.field, conflict.ours, conflict.theirs) == (
        "website",
        "https://here.example",
        "https://there.example",
    )
    assert conflict.ours_by == str(synced.imports.place.user_id)
    assert conflict.ours_at is not None
    assert synced.runs()[-1].counts["conflicts"] == 1
    assert synced.due() == []


def test_a_conflict_that_stays_keeps_when_it_was_found_and_goes_once_both_agree(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit_there(their_id, website="https://there.example")
    synced.edit(our_id, website="https://here.example")
    synced.poll()
    [first] = [(each.found_at, each.ours) for each in synced.conflicts()]
    synced.edit(our_id, website="https://again.example")
    synced.look()
    [again] = [(each.found_at, each.ours) for each in synced.conflicts()]
    assert (again[0], again[1]) == (first[0], "https://again.example")
    assert sum(run.counts["conflicts"] for run in synced.runs()) == 1
    synced.edit_there(their_id, website="https://again.example")
    synced.poll()
    assert synced.conflicts() == []


@pytest.mark.parametrize(("rule", "winner"), [("portal", "here"), ("provider", "there")])
def test_a_rule_decides_and_what_gives_way_stays_in_the_history(synced, rule, winner):
    [(our_id, their_id)] = synced.linked("Arc")
    set_connection(synced.connection_id, rule=rule)
    synced.edit_there(their_id, website="https://there.example")
    synced.edit(our_id, website="https://here.example")
    synced.poll()
    kept, lost = (
        f"https://{winner}.example",
        "https://here.example https://there.example".replace(f"https://{winner}.example", "").strip(),
    )
    assert synced.here(our_id).website == synced.there(their_id).customer.data.website == kept
    assert [each.old for each in synced.told(our_id) if each.lost] == [lost]
    assert synced.conflicts() == []


def test_marking_inactive_goes_both_ways(synced):
    (first, first_there), (second, second_there) = synced.linked("Arc", "Bee")
    synced.edit(first, active=False)
    synced.edit_there(second_there, active=False)
    synced.poll()
    assert synced.there(first_there).customer.data.active is False
    assert synced.here(second).active is False


def test_a_customer_made_on_one_side_stays_there(synced):
    synced.linked("Arc")
    synced.imports.here("Only here")
    synced.imports.there("Only there")
    synced.census()
    assert synced.written() == []
    assert [each.name for each in synced.imports.customers()] == ["Arc", "Only here"]


def test_a_customer_deleted_here_is_deleted_there(synced):
    (our_id, their_id), _ = synced.linked("Arc", "Bee")
    with synced.editing() as directory:
        directory.delete_customer(str(our_id))
    synced.look(interactive=True)
    assert synced.written() == ["delete_customer"]
    with pytest.raises(Gone):
        synced.there(their_id)
    assert [link.our_id for link in synced.imports.links() if link.our_id == our_id] == []
    assert synced.due() == []


def test_a_customer_gone_there_goes_into_the_bin_here(synced):
    (our_id, their_id), (other, _) = synced.linked("Arc", "Bee", people=())
    with synced.theirs.behind():
        synced.theirs.delete_customer(their_id)
    synced.census()
    assert synced.here(our_id).deleted_at is not None
    assert synced.here(other).deleted_at is None
    assert [each.our_id for each in synced.imports.links()] == [other]


def test_an_edit_here_beats_a_deletion_there_as_an_open_item(synced):
    (our_id, their_id), _ = synced.linked("Arc", "Bee")
    with synced.theirs.behind():
        synced.theirs.delete_customer(their_id)
    synced.edit(our_id, website="https://arc.example")
    synced.census()
    assert synced.here(our_id).deleted_at is None
    assert [(each.question, each.our_id, each.attempts) for each in synced.problems()] == [
        ("gone there", our_id, 0)
    ]
    assert synced.due() == []


def test_an_edit_there_beats_a_deletion_here_and_the_history_says_so(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    with synced.editing() as directory:
        directory.delete_customer(str(our_id))
    synced.edit_there(their_id, website="https://arc.example")
    synced.poll()
    here = synced.here(our_id)
    assert (here.deleted_at, here.website) == (None, "https://arc.example")
    [restored] = [each for each in synced.told(our_id) if each.action == "restored"]
    assert restored.new == "edited there after it was deleted here"
    assert synced.written() == []


def test_what_the_provider_keeps_for_its_transactions_is_an_open_item(synced):
    (our_id, their_id), _ = synced.linked("Arc", "Bee")
    synced.theirs.transactions.add(their_id)
    with synced.editing() as directory:
        directory.delete_customer(str(our_id))
    synced.look()
    assert [(each.question, each.our_id) for each in synced.problems()] == [
        ("cannot be deleted there", our_id)
    ]
    assert synced.there(their_id).customer.id == their_id
    assert synced.written() == ["delete_customer"]
    assert synced.due() == []


def test_a_merge_there_offers_the_survivor(synced):
    (our_id, their_id), _ = synced.linked("Arc", "Bee")
    survivor = synced.imports.there("Arc Group", ANNA)
    with synced.theirs.behind():
        synced.theirs.delete_customer(their_id)
    synced.census()
    [problem] = synced.problems()
    assert (problem.question, problem.survivors) == ("merged there", [survivor])
    assert synced.here(our_id).deleted_at is None
    assert synced.due() == []


def test_a_blank_travels_and_an_unknown_does_not(synced):
    [(our_id, their_id)] = synced.linked("Arc", website="https://arc.example")
    synced.edit_there(their_id, website="")
    synced.poll()
    assert synced.here(our_id).website == ""
    synced.edit(our_id, website="https://new.example")
    synced.look()
    assert synced.there(their_id).customer.data.website == "https://new.example"


def test_three_dirty_of_many_touch_three(synced):
    ids = synced.linked(*(f"Customer {number}" for number in range(12)))
    for our_id, _ in ids[:3]:
        synced.edit(our_id, website="https://new.example")
    synced.look(interactive=True)
    assert synced.called() == ["customer", "update_customer"] * 3
    assert synced.runs()[-1].counts["looked"] == 3


def test_after_coming_to_rest_nothing_is_written_on_either_side(synced):
    ids = synced.linked("Arc", "Bee")
    synced.edit(ids[0][0], website="https://new.example")
    synced.edit_there(ids[1][1], website="https://there.example")
    synced.poll()
    runs, versions = len(synced.runs()), [synced.here(our_id).version for our_id, _ in ids]
    synced.theirs.calls.clear()
    synced.census()
    assert synced.written() == []
    assert [synced.here(our_id).version for our_id, _ in ids] == versions
    assert len(synced.runs()) == runs


def test_an_idle_pass_makes_one_call_and_asks_the_database_little(synced):
    synced.linked("Arc", "Bee")
    with queries(db.engine) as seen:
        synced.poll()
    assert synced.called() == ["changed"]
    assert len(seen) <= 40, "\n".join(seen)
