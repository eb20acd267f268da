"""Plugins are asked beforehand about what people do to many customers, to two, and to conflicts."""

import pytest

from tests.plugged import Plugin
from tests.services.synced import BO, SyncWorld
from webapp.sdk import ContactData, Veto
from webapp.services import bulk, conflicts, merge_choices, merging, settling, ticks
from webapp.services.checks import Faults
from webapp.services.errors import Refused
from webapp.services.settling import Decision
from webapp.store.conflict_list import Wanted

CY = ContactData(first_name="Cy", email="cy@trial.example")


@pytest.fixture
def synced(world):
    return SyncWorld(world)


def refuse(field, value):
    """Make a plugin that refuses one value of a field."""

    def answer(writing):
        bad = writing.values.get(field) == value
        return Veto(reason="It is bad: take another.", field=field) if bad else None

    return Plugin(answer)


def all_of(synced):
    return ticks.tick_all(synced.portal_id, ticks.Ticks(), ticks.query_of("", ""))


def mark(synced, expected):
    user_id = synced.imports.place.user_id
    return bulk.carry_out(synced.portal_id, all_of(synced), "inactive", expected, user_id)


def test_whom_a_plugin_keeps_back_is_told_before_many_are_marked_and_stays(synced, plug):
    [(arc, _), (bee, _)] = synced.linked("Arc", "Bee")
    lone = synced.imports.here("Lone")
    plugin = plug(
        Plugin(lambda writing: Veto(reason="Not Arc.") if writing.before["name"] == "Arc" else None)
    )
    told = bulk.prospect(synced.portal_id, all_of(synced), "inactive")
    assert [(each.customer_id, each.reason) for each in told.kept_back] == [(arc, "Not Arc.")]
    assert (told.customers, told.changing, [each.customers for each in told.reach]) == (3, 2, [1])
    assert {writing.before["name"] for writing in plugin.told} == {"Arc", "Bee"}
    assert (plugin.told[0].where, dict(plugin.told[0].values)) == ("provider", {"active": False})
    done = mark(synced, 3)
    assert (done.customers, done.kept_back) == (2, 1)
    assert [synced.here(each).active for each in (arc, bee, lone)] == [True, False, False]


def test_nobody_is_asked_about_many_that_are_deleted_nor_kept_back_by_a_plugin_that_fails(synced, plug):
    synced.linked("Arc")
    plugin = plug(Plugin(lambda writing: 1 // 0))
    assert bulk.prospect(synced.portal_id, all_of(synced), "delete").kept_back == ()
    assert plugin.told == []
    assert bulk.prospect(synced.portal_id, all_of(synced), "inactive").kept_back == ()
    assert mark(synced, 1).customers == 1


@pytest.fixture
def contested(synced):
    """Arc's website and company name were changed on both sides."""
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit_there(their_id, website="https://theirs.example", company_name="Theirs")
    synced.edit(our_id, website="https://ours.example", company_name="Ours")
    synced.poll()
    return our_id


def rows(synced):
    [record] = conflicts.page(synced.portal_id, Wanted()).rows
    return {row.field: row for row in record.fields}


def settle(synced, **winners):
    found = rows(synced)
    decisions = [
        Decision(key=found[name].key, winner=winner, seen=found[name].seen)
        for name, winner in winners.items()
    ]
    return settling.settle(synced.portal_id, decisions, synced.imports.place.user_id)


@pytest.mark.parametrize(("winner", "where"), [("ours", "provider"), ("theirs", "portal")])
def test_a_choice_that_a_plugin_refuses_is_not_settled_and_the_other_one_is(
    synced, contested, plug, winner, where
):
    plugin = plug(refuse("website", f"https://{winner}.example"))
    result = settle(synced, website=winner)
    assert [(row.field, why) for row, why in result.vetoed] == [("website", "It is bad: take another.")]
    assert (result.done, result.gone, [each.where for each in plugin.told]) == ([], 0, [where])
    assert len(synced.conflicts()) == 2
    other = {"ours": "theirs", "theirs": "ours"}[winner]
    assert len(settle(synced, website=other).done) == 1


def test_one_refused_value_leaves_all_that_goes_along_with_it(synced, contested, plug):
    plug(refuse("website", "https://ours.example"))
    result = settle(synced, website="ours", company_name="ours")
    assert {row.field for row, _ in result.vetoed} == {"website", "company_name"}
    assert len(settle(synced, company_name="ours").done) == 1


def test_another_value_that_a_plugin_refuses_is_told_at_its_field(synced, contested, plug):
    plug(refuse("website", "https://third.example"))
    row = rows(synced)["website"]
    place = (synced.portal_id, row.key)
    with pytest.raises(Faults) as refused:
        settling.write(*place, "https://third.example", synced.imports.place.user_id, seen=row.seen)
    assert refused.value.faults == {"website": "It is bad: take another."}
    assert len(synced.conflicts()) == 2


def merge(synced, one, other, **choices):
    chosen = {name.replace("__", "."): side for name, side in choices.items()}
    seen = merge_choices.plan(synced.portal_id, one, other, chosen).seen
    return merging.merge(synced.portal_id, one, other, chosen, seen, synced.imports.place.user_id)


@pytest.mark.parametrize("linked_stays", [True, False])
def test_a_merge_that_would_send_what_a_plugin_refuses_is_not_done(synced, plug, linked_stays):
    [(linked, _)] = synced.linked("Arc", website="https://arc.example")
    lone = synced.imports.here("Arc & Co", website="https://bad.example")
    one, other, bad, good = (linked, lone, "other", "one") if linked_stays else (lone, linked, "one", "other")
    plug(refuse("website", "https://bad.example"))
    with pytest.raises(Refused, match=r"Arc.*: It is bad: take another\. Nothing was merged"):
        merge(synced, one, other, customer__website=bad)
    assert synced.here(other).deleted_at is None
    assert merge(synced, one, other, customer__website=good).customer_id == one


def test_people_whom_a_merge_would_bring_to_a_provider_are_asked_about_too(synced, plug):
    [(linked, _)] = synced.linked("Arc")
    lone = synced.imports.here("Arc & Co", BO, CY)
    plugin = plug(refuse("email", "cy@trial.example"))
    with pytest.raises(Refused, match="Cy: It is bad"):
        merge(synced, linked, lone)
    assert "primary" not in plugin.told[-1].values
    assert not plugin.told[-1].before
