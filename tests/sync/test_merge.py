"""The table of three states, one field at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.sdk import Address
from webapp.sync.merge import any_changed, merge

FULL = Address(city="Bonn")
VALUES = st.sampled_from([None, "", "a", "b", "c", Address(), FULL, True, False])
WINNERS = st.sampled_from(["ours", "theirs", None])


def merged(ours, theirs, agreed_ours, agreed_theirs, winner=None):
    result = merge(
        ["website"],
        ours={"website": ours},
        theirs={"website": theirs},
        agreed_ours={"website": agreed_ours},
        agreed_theirs={"website": agreed_theirs},
        winners={"website": winner},
        reason="rule",
    )
    return result, result.fields[0]


@pytest.mark.parametrize(
    ("ours", "theirs", "agreed_ours", "agreed_theirs", "writes", "reason"),
    [
        pytest.param("a", "a", "a", "a", None, "unchanged", id="nothing changed"),
        pytest.param("a", "b", "a", "b", None, "unchanged", id="lossy mapping, nothing changed"),
        pytest.param("a", "b", "a", "a", "ours", "changed there", id="theirs travels"),
        pytest.param("b", "a", "a", "a", "theirs", "changed here", id="ours travels"),
        pytest.param("b", "b", "a", "a", None, "alike", id="both changed alike"),
        pytest.param("b", "c", "a", "a", None, "conflict", id="both changed unlike"),
        pytest.param("", "a", "a", "a", "theirs", "changed here", id="a blank travels there"),
        pytest.param("a", "", "a", "a", "ours", "changed there", id="a blank travels here"),
        pytest.param("", "b", "a", "a", None, "conflict", id="a blank against a value"),
        pytest.param("a", None, "a", "a", None, "unchanged", id="unknown there is no change"),
        pytest.param(None, "a", "a", "a", None, "unchanged", id="unknown here is no change"),
        pytest.param("b", None, "a", "a", "theirs", "changed here", id="ours travels to the unknown"),
        pytest.param(None, "b", "a", "a", "ours", "changed there", id="theirs travels to the unknown"),
        pytest.param("a", "a", None, None, None, "alike", id="first meeting, equal"),
        pytest.param("", "a", None, None, "ours", "blank here", id="first meeting, blank here"),
        pytest.param(None, "a", None, None, "ours", "blank here", id="first meeting, unknown here"),
        pytest.param("a", "", None, None, "theirs", "blank there", id="first meeting, blank there"),
        pytest.param("a", None, None, None, "theirs", "blank there", id="first meeting, unknown there"),
        pytest.param("a", "b", None, None, None, "conflict", id="first meeting, unlike"),
        pytest.param(None, "", None, None, None, "unchanged", id="first meeting, unknown and blank"),
        pytest.param(None, None, None, None, None, "unchanged", id="first meeting, both unknown"),
        pytest.param("a", "b", "a", None, "ours", "changed there", id="learnt a value there"),
        pytest.param("a", "", "a", None, None, "unchanged", id="learnt a blank there"),
        pytest.param("a", "a", "a", None, None, "alike", id="learnt the same value there"),
        pytest.param("b", "c", "a", None, None, "conflict", id="learnt a value there, changed here"),
        pytest.param("", "a", None, "a", None, "unchanged", id="learnt a blank here"),
        pytest.param("b", "a", None, "a", "theirs", "changed here", id="learnt a value here"),
        pytest.param(FULL, Address(), None, None, "theirs", "blank there", id="a blank address"),
        pytest.param(False, True, True, True, "theirs", "changed here", id="no is not blank"),
        pytest.param(False, True, None, None, None, "conflict", id="first meeting of yes and no"),
    ],
)
def test_follows_the_table(ours, theirs, agreed_ours, agreed_theirs, writes, reason):
    _, field = merged(ours, theirs, agreed_ours, agreed_theirs)
    assert (field.writes, field.reason) == (writes, reason)


@pytest.mark.parametrize(
    ("winner", "writes", "loser"), [("ours", "theirs", "theirs"), ("theirs", "ours", "ours")]
)
def test_lets_the_winner_take_a_contested_field(winner, writes, loser):
    result, field = merged("b", "c", "a", "a", winner)
    assert (field.winner, field.writes, field.loser, field.reason) == (winner, writes, loser, "rule")
    assert result.losses == (field,)


def test_tells_no_loss_where_the_writer_had_seen_the_old_value():
    assert merged("b", "a", "a", "a")[0].losses == ()


def test_leaves_a_contested_field_open_when_nobody_wins():
    result, field = merged("b", "c", "a", "a")
    assert result.conflicts == (field,)
    assert result.to("ours") == result.to("theirs") == {}


def test_does_not_take_the_primary_mark_for_an_edit():
    assert not any_changed({"primary": True, "phone": "1"}, {"primary": False, "phone": "1"})
    assert any_changed({"primary": True, "phone": "2"}, {"primary": False, "phone": "1"})


@given(VALUES, VALUES, VALUES, VALUES, WINNERS)
def test_never_invents_a_value(ours, theirs, agreed_ours, agreed_theirs, winner):
    result, _ = merged(ours, theirs, agreed_ours, agreed_theirs, winner)
    for side, source in (("ours", theirs), ("theirs", ours)):
        assert list(result.to(side).values()) in ([], [source])


@given(VALUES, VALUES, VALUES, VALUES, WINNERS)
def test_never_writes_the_unknown_and_never_both_sides(ours, theirs, agreed_ours, agreed_theirs, winner):
    result, _ = merged(ours, theirs, agreed_ours, agreed_theirs, winner)
    assert None not in [*result.to("ours").values(), *result.to("theirs").values()]
    assert not (result.to("ours") and result.to("theirs"))


@given(VALUES, VALUES, VALUES, VALUES, WINNERS)
def test_overwrites_a_changed_value_only_as_a_loss(ours, theirs, agreed_ours, agreed_theirs, winner):
    """What someone wrote since the agreement is kept, or the merge tells that it goes."""
    _, field = merged(ours, theirs, agreed_ours, agreed_theirs, winner)
    for side, value, agreed in (("ours", ours, agreed_ours), ("theirs", theirs, agreed_theirs)):
        new = value not in (None, "", Address()) and value != agreed
        if new and field.writes == side:
            assert field.loser == side


@given(VALUES, VALUES, VALUES, VALUES, WINNERS)
def test_has_nothing_left_to_do_once_done(ours, theirs, agreed_ours, agreed_theirs, winner):
    result, field = merged(ours, theirs, agreed_ours, agreed_theirs, winner)
    if field.writes:
        value = result.to(field.writes)["website"]
        again, _ = merged(value, value, value, value, winner)
        assert again.fields[0].writes is None
