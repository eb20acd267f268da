"""Custom fields brought along and kept in step: by imports, edits, conflicts, hooks, merges and undos."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.plugged import Plugin
from tests.services.custom_fields.own_fields import (
    HELD,
    choose,
    edit,
    held,
    held_there,
    linked,
    name_of,
)
from webapp.extensions import db
from webapp.sdk import Veto
from webapp.services import conflicts, custom_fields, undoing
from webapp.services import settling as decisions
from webapp.services.checks import Faults
from webapp.services.merge_choices import plan as plan_merge
from webapp.store.conflict_list import Wanted
from webapp.store.mirror import Mirror
from webapp.store.mirror_pages import keep_customers, settle_contacts


def test_an_import_brings_them_along(synced):
    linked(synced, tier="both", score="from_provider")
    [(other, _)] = synced.linked("Bee", custom_fields={**HELD, "tier": "Basic"})
    assert held(synced, other) == {"tier": "Basic", "score": "7"}


def test_an_edit_travels_each_way_with_its_label_in_the_history(synced):
    our_id, their_id = linked(synced, tier="both", since="both")
    edit(synced, our_id, tier="Premium", since="")
    synced.look()
    assert held_there(synced, their_id) == {**HELD, "tier": "Premium", "since": ""}
    synced.edit_there(their_id, **{"custom.tier": "Basic"})
    synced.poll()
    assert held(synced, our_id)["tier"] == "Basic"
    told = [
        (entry.action, entry.old, entry.new)
        for entry in synced.told(our_id)
        if entry.field == name_of(synced, "tier")
    ]
    assert told == [
        ("changed", "Plus", "Premium"),
        ("changed_there", "Plus", "Premium"),
        ("changed", "Premium", "Basic"),
    ]
    assert custom_fields.labels(synced.portal_id)[name_of(synced, "tier")] == "Tier (Ledgerly)"


def listed(synced, their_id):
    """Let a list have told a customer as it is there, with those custom fields alone that hold something."""
    record = synced.there(their_id).customer
    own = {key: value for key, value in record.data.custom_fields.items() if value != ""}
    named = {name_of(synced, key).removeprefix("custom."): value for key, value in own.items()}
    mirror = Mirror(synced.portal_id, synced.connection_id)
    keep_customers(mirror, [replace(record, data=replace(record.data, custom_fields=named))])
    settle_contacts(mirror, [their_id])
    db.session.commit()


@pytest.mark.parametrize(
    ("edited", "value", "asked"),
    [({"custom.tier": ""}, "", {"customer"}), ({"currency": "SEK"}, "Plus", set())],
    ids=["cleared", "told"],
)
def test_a_value_that_lists_tell_no_more_is_asked_for_before_it_counts_as_cleared(
    synced, edited, value, asked
):
    our_id, their_id = linked(synced, tier="both")
    synced.edit_there(their_id, **edited)
    listed(synced, their_id)
    synced.look()
    assert (held(synced, our_id)["tier"], set(synced.called())) == (value, asked)
    assert (synced.due(), synced.conflicts(), synced.problems()) == ([], [], [])


def test_nobody_asks_for_a_field_that_is_shared_no_more(synced):
    our_id, their_id = linked(synced, tier="both")
    choose(synced)
    synced.edit_there(their_id, **{"custom.tier": ""})
    listed(synced, their_id)
    synced.theirs.calls.clear()
    synced.look()
    assert (held(synced, our_id)["tier"], synced.called(), synced.due()) == ("Plus", [], [])


def test_a_field_changed_on_both_sides_waits_and_is_settled(synced):
    our_id, their_id, row = contested(synced)
    [conflict] = synced.conflicts()
    assert (conflict.field, conflict.ours, conflict.theirs) == (name_of(synced, "tier"), "Premium", "Basic")
    assert conflicts.key_of(row.name) == row.key
    decision = decisions.Decision(key=row.key, winner="theirs", seen=row.seen)
    decisions.settle(synced.portal_id, [decision], synced.imports.place.user_id)
    synced.look()
    assert (held(synced, our_id)["tier"], held_there(synced, their_id)["tier"]) == ("Basic", "Basic")


def contested(synced):
    """Let both sides change the tier, and return the conflict."""
    our_id, their_id = linked(synced, tier="both")
    synced.edit_there(their_id, **{"custom.tier": "Basic"})
    edit(synced, our_id, tier="Premium")
    synced.poll()
    [record] = conflicts.page(synced.portal_id, Wanted()).rows
    [row] = record.fields
    return our_id, their_id, row


def test_a_conflict_may_get_another_value_of_its_kind_and_no_other(synced):
    our_id, their_id, row = contested(synced)
    place = (synced.portal_id, row.key)
    with pytest.raises(Faults) as refused:
        decisions.write(*place, "Gold", synced.imports.place.user_id, seen=row.seen)
    assert refused.value.faults == {name_of(synced, "tier"): "Choose one of those offered."}
    decisions.write(*place, "", synced.imports.place.user_id, seen=row.seen)
    synced.look()
    assert (held(synced, our_id)["tier"], held_there(synced, their_id)["tier"]) == ("", "")
    assert (synced.conflicts(), synced.problems()) == ([], [])


def test_a_field_from_the_provider_is_never_written_there_and_not_edited_here(synced):
    our_id, their_id = linked(synced, score="from_provider", tier="from_provider")
    editable = custom_fields.editable(synced.portal_id, our_id)
    assert editable == ()
    synced.edit(our_id, **{name_of(synced, "tier"): "Basic"})
    synced.look()
    assert held_there(synced, their_id)["tier"] == "Plus"
    assert held(synced, our_id)["tier"] == "Plus"
    assert [entry.lost for entry in synced.told(our_id) if entry.run_id and entry.field][-1:] == [True]


def test_a_field_from_the_portal_is_never_taken_from_there(synced):
    our_id, their_id = linked(synced, tier="from_portal")
    assert held(synced, our_id) == {}
    edit(synced, our_id, tier="Premium")
    synced.look()
    assert held_there(synced, their_id)["tier"] == "Premium"
    synced.edit_there(their_id, **{"custom.tier": "Basic"})
    synced.poll()
    assert (held(synced, our_id)["tier"], held_there(synced, their_id)["tier"]) == ("Premium", "Premium")


def test_what_cannot_be_held_is_refused_in_the_form(synced):
    our_id, _ = linked(synced, tier="both", since="both", code="both")
    refused = {
        "tier": ("Gold", "Choose one of those offered."),
        "since": ("soon", "Enter a date such as 2026-03-01."),
        "code": ("ABCDEFG", "has 7 characters, the provider takes 6"),
    }
    with pytest.raises(Faults) as found:
        edit(synced, our_id, **{key: typed for key, (typed, _) in refused.items()})
    told = {name.rpartition(".")[2]: reason for name, reason in found.value.faults.items()}
    assert told.keys() == refused.keys()
    assert all(words in told[key] for key, (_, words) in refused.items())
    with pytest.raises(Faults, match="needs the field Code"):
        edit(synced, our_id, code="")


def test_what_the_provider_refuses_is_a_problem_with_its_reason(synced):
    our_id, their_id = linked(synced, tier="both")
    # What was offered when the form was shown is not offered any more.
    synced.edit(our_id, **{name_of(synced, "tier"): "Gold"})
    synced.look()
    [problem] = synced.problems()
    assert (problem.field, problem.side) == (name_of(synced, "tier"), "theirs")
    assert "cannot hold “Gold” there" in problem.reason
    assert held_there(synced, their_id)["tier"] == "Plus"


def test_a_hook_sees_them_by_the_providers_names_and_may_adjust_or_veto(synced, plug):
    our_id, their_id = linked(synced, code="both", tier="both")

    def answer(writing):
        if writing.values.get("custom.tier") == "Basic":
            return Veto(reason="Not this one.", field="custom.tier")
        return {"custom.code": "Z9"} if "custom.code" in writing.values else None

    plugin = plug(Plugin(answer))
    edit(synced, our_id, code="B2")
    synced.look()
    assert (held(synced, our_id)["code"], held_there(synced, their_id)["code"]) == ("B2", "Z9")
    with pytest.raises(Faults) as refused:
        edit(synced, our_id, tier="Basic")
    assert refused.value.faults == {name_of(synced, "tier"): "Not this one."}
    synced.edit(our_id, **{name_of(synced, "tier"): "Basic"})
    synced.look()
    assert [(each.field, each.reason) for each in synced.problems()] == [
        (name_of(synced, "tier"), "Not this one.")
    ]
    assert {"custom.code": "B2"} in [dict(writing.values) for writing in plugin.told]


def test_an_undone_merge_puts_custom_fields_back(synced):
    linked(synced, tier="both")
    ours = synced.imports.here("Bee")
    their_id = synced.imports.there("Bee", custom_fields={"tier": "Basic"})
    synced.imports.mirror()
    run = synced.imports.confirmed([their_id], "merge")
    synced.imports.carry_out(run)
    assert held(synced, ours) == {"tier": "Basic"}
    undoing.start(run, synced.imports.place.user_id)
    synced.look()
    assert held(synced, ours) == {}


def test_a_merge_of_two_here_takes_along_what_the_other_one_has(synced):
    our_id, _ = linked(synced, tier="both")
    other = synced.imports.here("Arc & Co")
    [tier] = [each for each in plan_merge(synced.portal_id, other, our_id).fields if "custom" in each.field]
    assert (tier.field, tier.kind, tier.kept) == (name_of(synced, "tier"), "filled", "Plus")
