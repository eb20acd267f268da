"""Custom fields in a plan: both ways like any field, one way never back, and the others not at all."""

import pytest

from webapp.sdk import Capabilities, CustomerData, CustomerRecord, CustomField
from webapp.sdk.directory import CustomerDetail
from webapp.sync.link import Link
from webapp.sync.merge import merge
from webapp.sync.plan import plan_import, plan_sync
from webapp.sync.shared import Shared, leaders, sharing
from webapp.sync.steps import Create, OurCustomer, TheirCustomer, Update

NAME = "custom.c.tier"
TIER = CustomField(key="tier", label="Tier", kind="choice", choices=("Basic", "Plus", "Premium"))
CAN = Capabilities(calls_per_minute=60, calls_at_once=1, inactive=True, deletes_customers=True)


def customer(tier=None, **other):
    own = {key: value for key, value in {"c.tier": tier, **other}.items() if value is not None}
    return CustomerRecord(id="1", version="1", data=CustomerData(name="Arc", active=True, custom_fields=own))


def planned(ours, theirs, agreed, leader=None, field=TIER, rule="ask"):
    """Plan a linked customer whose tier both sides last agreed on as given."""
    both = {"name": "Arc", "active": True, **({NAME: agreed} if agreed is not None else {})}
    link = Link(kind="customer", our_id="1", their_id="1", agreed_ours=both, agreed_theirs=both)
    return plan_sync(
        OurCustomer(customer=ours, link=link),
        TheirCustomer(customer=theirs),
        rule=rule,
        capabilities=CAN,
        shared={NAME: Shared(field=field, leader=leader)},
    )


def writes(plan):
    return [(step.side, dict(step.changes)) for step in plan.steps if isinstance(step, Update)]


@pytest.mark.parametrize(
    ("ours", "theirs", "written"),
    [
        ("Plus", "Basic", [("theirs", {NAME: "Plus"})]),
        ("Basic", "Plus", [("ours", {NAME: "Plus"})]),
        ("Basic", "", [("ours", {NAME: ""})]),
        ("Basic", None, []),
        ("Plus", "Premium", []),
    ],
)
def test_a_field_that_goes_both_ways_travels_like_any_other(ours, theirs, written):
    plan = planned(customer(ours), customer(theirs), "Basic")
    assert writes(plan) == written
    assert [each.field for each in plan.conflicts] == ([NAME] if theirs == "Premium" else [])


def test_a_conflict_of_a_custom_field_is_decided_by_the_rule():
    plan = planned(customer("Plus"), customer("Premium"), "Basic", rule="provider")
    assert writes(plan) == [("ours", {NAME: "Premium"})]
    assert [(loss.field, loss.lost) for loss in plan.losses] == [(NAME, "Plus")]


@pytest.mark.parametrize("leader", ["ours", "theirs"])
@pytest.mark.parametrize("agreed", [None, "Basic"])
@pytest.mark.parametrize("ours", [None, "", "Basic", "Plus"])
@pytest.mark.parametrize("theirs", [None, "", "Basic", "Plus"])
def test_a_field_that_goes_one_way_never_travels_back(leader, agreed, ours, theirs):
    plan = planned(customer(ours), customer(theirs), agreed, leader)
    assert plan.conflicts == ()
    assert all(side != leader for side, _ in writes(plan))


@pytest.mark.parametrize(("leader", "held"), [("ours", "Plus"), ("theirs", "Premium")])
def test_the_follower_takes_what_the_leader_holds_and_its_own_is_told(leader, held):
    plan = planned(customer("Plus"), customer("Premium"), "Basic", leader)
    follower = "theirs" if leader == "ours" else "ours"
    assert writes(plan) == [(follower, {NAME: held})]
    assert [(loss.side, loss.lost) for loss in plan.losses] == [
        (follower, "Premium" if leader == "ours" else "Plus")
    ]


def test_what_was_adjusted_on_its_one_way_rests():
    result = merge(
        [NAME],
        ours={NAME: "PLUS"},
        theirs={NAME: "Plus"},
        agreed_ours={NAME: "PLUS"},
        agreed_theirs={NAME: "Plus"},
        winners={},
        reason="rule",
        leaders={NAME: "theirs"},
    )
    assert result.fields[0].writes is None


def test_fields_that_are_not_shared_are_no_part_of_a_plan():
    plan = planned(customer("Basic", **{"d.tier": "1"}), customer("Basic", **{"c.hidden": "x"}), "Basic")
    assert plan.steps == () and plan.conflicts == ()
    assert sharing(customer("Basic", **{"c.hidden": "x"}), {NAME}) == customer("Basic")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (TIER, "Gold", "cannot hold “Gold” there"),
        (
            CustomField(key="tier", label="Tier", max_length=3),
            "Plus",
            "has 4 characters, the provider takes 3",
        ),
        (CustomField(key="tier", label="Tier", required=True), "", "needs the field Tier"),
    ],
)
def test_what_the_provider_cannot_hold_is_refused_with_its_label(field, value, words):
    plan = planned(customer(value), customer("Bas"), "Bas", field=field)
    assert writes(plan) == []
    [refusal] = plan.refusals
    assert (refusal.side, refusal.field) == ("theirs", NAME)
    assert words in refusal.reason


def test_an_import_brings_along_what_does_not_go_the_other_way():
    outward = "custom.c.out"
    shared = {
        NAME: Shared(field=TIER, leader="theirs"),
        outward: Shared(field=CustomField(key="out", label="Out"), leader="ours"),
    }
    theirs = CustomerDetail(customer=customer("Plus", **{"c.out": "x", "c.hidden": "y"}), contacts=())
    [step] = plan_import(theirs, None, "create", shared=shared).steps
    assert isinstance(step, Create)
    assert step.data.custom_fields == {"c.tier": "Plus"}
    assert leaders(shared) == {NAME: "theirs", outward: "ours"}


def test_an_import_that_merges_never_fills_a_field_against_its_way():
    shared = {NAME: Shared(field=TIER, leader="theirs")}
    theirs = CustomerDetail(customer=customer(""), contacts=())
    plan = plan_import(theirs, OurCustomer(customer=customer("Plus")), "merge", shared=shared)
    assert all(side == "ours" for side, _ in writes(plan))
