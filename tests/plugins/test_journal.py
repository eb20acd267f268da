"""The journal holds a line for each run that ended."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from plugins.journal.hooks import Unset, journal
from webapp.sdk import RunEnd

ENDED = RunEnd(
    id="1",
    portal="2",
    connection="3",
    provider="books",
    kind="sync",
    state="done",
    number=7,
    finished_at=datetime(2026, 11, 22, tzinfo=UTC),
    counts={"there": 2},
)


def test_adds_a_line_for_each_run(tmp_path):
    path = tmp_path / "runs.jsonl"
    for number in (7, 8):
        journal({"TANDEM_RUN_JOURNAL": str(path)}).tandem_after_run(replace(ENDED, number=number))
    first, second = map(json.loads, path.read_text().splitlines())
    assert (first["number"], second["number"]) == (7, 8)
    assert (first["counts"], first["finished_at"]) == ({"there": 2}, "2026-11-22T00:00:00+00:00")


def test_does_nothing_unless_it_is_told_where():
    assert isinstance(journal({"TANDEM_RUN_JOURNAL": " "}), Unset)
