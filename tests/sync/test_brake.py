"""When a pass must wait for a person."""

import pytest

from webapp.sync.brake import Hit, brakes, hits
from webapp.sync.link import Link
from webapp.sync.steps import Delete, Plan, Ref, Update


def ref(kind, number):
    return Ref(kind=kind, our_id=f"o{number}", their_id=f"t{number}")


def link(kind, number):
    return Link(kind=kind, our_id=f"o{number}", their_id=f"t{number}")


def deleting(number, kind="contact", side="ours", along=()):
    step = Delete(
        ref=ref(kind, number), side=side, before={}, link=link(kind, number), along=along, reason="deleted"
    )
    return Plan(our_id=f"o{number}", their_id=f"t{number}", steps=(step,))


def writing(number, value, before="x.example", side="ours"):
    step = Update(
        ref=ref("customer", number),
        side=side,
        changes={"website": value},
        before={"website": before},
        details=(),
        reason="changed there",
    )
    return Plan(our_id=f"o{number}", their_id=f"t{number}", steps=(step,))


@pytest.mark.parametrize(
    ("deleted", "live", "held"),
    [(10, 20, False), (11, 20, True), (11, 219, True), (11, 220, False), (50, 1000, False)],
)
def test_holds_more_than_ten_records_that_are_more_than_a_twentieth(deleted, live, held):
    plans = [deleting(number) for number in range(deleted)]
    assert bool(brakes(plans, {"contact": live})) is held


def test_counts_each_direction_and_kind_for_itself():
    plans = [deleting(number) for number in range(8)]
    plans += [deleting(number, side="theirs") for number in range(8)]
    plans += [deleting(number, kind="customer") for number in range(8)]
    assert brakes(plans, {"contact": 50, "customer": 50}) == ()


def test_counts_blanked_records_with_the_deleted_ones():
    plans = [writing(number, "") for number in range(6)]
    plans += [deleting(number, kind="customer") for number in range(10, 16)]
    [brake] = brakes(plans, {"customer": 50})
    assert (brake.side, brake.kind, brake.records, brake.live) == ("ours", "customer", 12, 50)
    assert brake.reason == "12 of 50 linked customers would be deleted or blanked here."


def test_does_not_count_ordinary_writes():
    plans = [writing(number, "new.example") for number in range(20)]
    plans += [writing(number, "", before="") for number in range(20, 40)]
    assert brakes(plans, {"customer": 50}) == ()


def test_counts_the_contacts_that_go_with_a_customer():
    along = tuple(link("contact", number) for number in range(20))
    [brake] = brakes([deleting(1, kind="customer", along=along)], {"customer": 50, "contact": 50})
    assert (brake.kind, brake.records) == ("contact", 20)


def test_holds_a_persons_own_bulk_delete_too():
    plans = [deleting(number, kind="customer", side="theirs") for number in range(30)]
    assert [brake.side for brake in brakes(plans, {"customer": 40})] == ["theirs"]


def test_counts_what_is_held_since_earlier_passes_so_that_a_trickle_does_not_slip_through():
    earlier = [Hit("ours", "contact", f"o{number}") for number in range(10)]
    assert brakes([deleting(3)], {"contact": 50}, earlier=earlier) == ()
    [brake] = brakes([deleting(10)], {"contact": 50}, earlier=earlier)
    assert brake.records == 11


def test_counts_what_went_a_short_while_ago_but_names_it_apart():
    spent = [Hit("ours", "contact", f"o{number}") for number in range(8, 16)]
    assert brakes([deleting(1), deleting(9)], {"contact": 50}, spent=spent) == ()
    [brake] = brakes([deleting(number) for number in range(4)], {"contact": 50}, spent=spent)
    assert (brake.records, brake.lately) == (4, 8)
    assert "8 more went lately" in brake.reason


def test_what_went_of_many_is_a_share_of_them():
    spent = [Hit("ours", "contact", f"s{number}") for number in range(10)]
    assert brakes([deleting(1)], {"contact": 210}, spent=spent) == ()
    assert brakes([deleting(1)], {"contact": 209}, spent=spent) != ()


def test_does_not_count_what_a_person_released():
    plans = [deleting(number) for number in range(11)]
    assert brakes(plans, {"contact": 50}, released={"o4"}) == ()


def test_counts_those_whose_absence_nobody_has_confirmed():
    links = {ref(kind, number): link(kind, number) for kind, number in [("customer", 1), ("contact", 2)]}
    gone = Plan(our_id="o1", their_id="t1", unconfirmed=("t1",), links=links)
    assert hits(gone) == {Hit("ours", "customer", "o1"), Hit("ours", "contact", "o2")}
    one = Plan(our_id="o1", their_id="t1", unconfirmed=("t2",), links=links)
    assert hits(one) == {Hit("ours", "contact", "o2")}


@pytest.mark.parametrize(("side", "held"), [("ours", True), ("theirs", False)])
def test_holds_what_goes_in_its_own_direction(side, held):
    [brake] = brakes([deleting(number) for number in range(11)], {"contact": 50})
    assert brake.holds(deleting(99, side=side)) is held
