"""Figures held against their goals."""

import json

import pytest

from bench.figures import Measured, keep
from bench.goals import GOALS, most_calls
from bench.timing import percentile


@pytest.mark.parametrize(
    ("name", "value", "ok"),
    [
        ("limiter.share", 97, True),
        ("limiter.share", 96.9, False),
        ("limiter.rejections", 1, False),
        ("tokens.calls", 1, True),
        ("tokens.calls", 0, False),
        ("storing.core", 1, True),
    ],
)
def test_holds_a_figure_against_the_table(name, value, ok):
    assert Measured(name, value).kept["ok"] is ok


def test_holds_a_figure_against_a_goal_of_its_own():
    assert Measured("calls.small", 193, most_calls(10_000, 25_000)).kept["ok"]
    assert not Measured("calls.small", 194, 193).kept["ok"]


def test_prints_what_is_missed():
    assert Measured("memory.large", 151).line.endswith("goal 150  MISSED")


def test_every_goal_is_least_or_most_or_a_yardstick():
    assert all(goal.bound is None or goal.met(goal.bound) for goal in GOALS.values())


def test_takes_the_nearest_rank():
    assert percentile([3, 1, 2, 4], 0.5) == 2
    assert percentile(list(range(1, 101)), 0.95) == 95


def test_figures_of_another_size_are_not_kept_beside_new_ones(tmp_path, monkeypatch):
    kept = tmp_path / "results.json"
    monkeypatch.setattr("bench.figures.RESULTS", kept)
    keep([Measured("size", 1_000), Measured("tokens.calls", 1)])
    keep([Measured("size", 1_000), Measured("limiter.share", 98)])
    assert list(json.loads(kept.read_text())) == ["size", "limiter.share", "tokens.calls"]
    keep([Measured("size", 2_000), Measured("limiter.share", 97)])
    assert list(json.loads(kept.read_text())) == ["size", "limiter.share"]
