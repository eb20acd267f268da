"""Custom fields: asked for, chosen, brought here without a call, kept in step, and never shown unasked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.import_world import ImportWorld
from tests.mirror_world import MemoryProvider, portal_app, set_connection
from tests.plugged import Plugin
from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.sdk import CustomField, Veto
from webapp.services import conflicts, custom_fields, customers, editing, undoing
from webapp.services import settling as decisions
from webapp.services.checks import Faults
from webapp.services.errors import Conflict, Invalid
from webapp.services.holding import customer_fields
from webapp.services.merge_choices import plan as plan_merge
from webapp.services.typed import Form
from webapp.store.audit import AuditEntry
from webapp.store.columns import now
from webapp.store.conflict_list import Wanted
from webapp.store.mirror import Mirror, MirrorCustomer
from webapp.store.mirror_pages import keep_customers, settle_contacts

TIER = CustomField(key="tier", label="Tier", kind="choice", choices=("Basic", "Plus", "Premium"))
SINCE = CustomField(key="since", label="Since", kind="date")
SCORE = CustomField(key="score", label="Score", kind="number", direction="from_provider")
CODE = CustomField(key="code", label="Code", max_length=6, required=True)
ALL = [TIER, SINCE, SCORE, CODE]
HELD = {"tier": "Plus", "since": "2024-03-01", "score": "7", "code": "A1"}


@pytest.fixture(scope="module")
def provider():
    return MemoryProvider(own=list(ALL))


@pytest.fixture(scope="module")
def new_world(module_database_url, redis_url, provider):
    with portal_app(module_database_url, redis_url, provider.provider()):
        yield lambda: ImportWorld.new(provider)


@pytest.fixture
def synced(world, provider):
    provider.own[:] = ALL
    provider.asked.clear()
    return SyncWorld(world)


def choose(synced, **ways):
    """Choose which way fields go, as a person does who looked at them just now."""
    place = (synced.portal_id, synced.connection_id)
    seen = custom_fields.choosing(*place).seen
    return custom_fields.choose(*place, ways, seen=seen, user_id=synced.imports.place.user_id)


def linked(synced, **ways):
    """Import Arc, choose, and wait until all is quiet."""
    [(our_id, their_id)] = synced.linked("Arc", custom_fields=HELD)
    if ways:
        choose(synced, **ways)
        synced.look()
    synced.theirs.calls.clear()
    return our_id, their_id


def name_of(synced, key):
    return f"custom.{synced.connection_id}.{key}"


def held(synced, our_id):
    """Return what a customer here holds, by key."""
    return {name.rpartition(".")[2]: value for name, value in synced.here(our_id).custom_fields.items()}


def held_there(synced, their_id):
    return dict(synced.there(their_id).customer.data.custom_fields)


def edit(synced, our_id, **typed):
    """Save the form of a customer, as somebody sees it now, with custom fields typed in it."""
    row = synced.here(our_id)
    form = Form(
        version=row.version,
        seen=customer_fields(row),
        typed={name_of(synced, key): value for key, value in typed.items()},
    )
    return editing.edit_customer(synced.portal_id, our_id, synced.imports.place.user_id, form)


def shown(synced, our_id):
    """Return the label and the fields that a customer shows of each connection."""
    return [
        (group.label, {own.field.label: value for own, value in group.values})
        for group in customers.detail(synced.portal_id, our_id).own
    ]


def test_nothing_is_shown_before_somebody_chose(synced):
    our_id, their_id = linked(synced)
    assert (held(synced, our_id), shown(synced, our_id)) == ({}, [])
    kept = db.session.get_one(MirrorCustomer, (synced.portal_id, synced.connection_id, their_id))
    assert {name.rpartition(".")[2]: value for name, value in kept.custom_fields.items()} == HELD


def test_what_is_known_comes_here_once_chosen_and_costs_no_call(synced):
    our_id, _ = linked(synced, tier="both", score="from_provider")
    assert held(synced, our_id) == {"tier": "Plus", "score": "7"}
    assert shown(synced, our_id) == [("Ledgerly", {"Tier": "Plus", "Score": "7"})]
    link = synced.link(our_id)
    assert link.agreed_ours[name_of(synced, "tier")] == link.agreed_theirs[name_of(synced, "tier")] == "Plus"
    choose(synced, tier="both", score="from_provider", since="both")
    synced.theirs.calls.clear()
    synced.look()
    assert held(synced, our_id)["since"] == "2024-03-01"
    assert [name for name in synced.called() if name != "changed"] == []
    assert (synced.due(), synced.conflicts(), synced.problems()) == ([], [], [])


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


def test_a_field_hidden_again_stops_travelling_and_comes_back_up_to_date(synced):
    our_id, their_id = linked(synced, tier="both")
    choose(synced)
    assert shown(synced, our_id) == []
    synced.edit_there(their_id, **{"custom.tier": "Basic"})
    synced.poll()
    assert held(synced, our_id) == {"tier": "Plus"}
    choose(synced, tier="both")
    synced.look()
    assert held(synced, our_id) == {"tier": "Basic"}


def test_the_provider_is_asked_once_a_day_and_the_choice_outlives_the_asking(synced, provider):
    our_id, _ = linked(synced, tier="both")
    synced.poll()
    assert provider.asked.count("custom_fields") == 1
    provider.own[:] = [SINCE]
    kept = synced.connection().custom_fields
    yesterday = (now() - timedelta(hours=25)).isoformat()
    set_connection(synced.connection_id, custom_fields={**kept, "asked_at": yesterday})
    synced.poll()
    assert provider.asked.count("custom_fields") == 2
    assert shown(synced, our_id) == []
    assert custom_fields.labels(synced.portal_id)[name_of(synced, "tier")] == "Tier (Ledgerly)"
    provider.own[:] = ALL
    set_connection(
        synced.connection_id, custom_fields={**synced.connection().custom_fields, "asked_at": yesterday}
    )
    synced.poll()
    assert shown(synced, our_id) == [("Ledgerly", {"Tier": "Plus"})]


def test_a_choice_is_refused_against_its_way_and_where_somebody_was_quicker(synced):
    linked(synced)
    with pytest.raises(Invalid, match="Score cannot go this way"):
        choose(synced, score="both")
    place = (synced.portal_id, synced.connection_id)
    seen = custom_fields.choosing(*place).seen
    assert choose(synced, tier="both") == 1
    with pytest.raises(Conflict):
        custom_fields.choose(*place, {}, seen=seen, user_id=synced.imports.place.user_id)
    told = db.session.scalars(db.select(AuditEntry).where(AuditEntry.portal_id == synced.portal_id))
    details = [each.details for each in told if each.action == "connection.custom_fields"]
    assert details == [{"before": {}, "chosen": {"tier": "both"}}]


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
