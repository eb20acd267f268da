"""Short storms: an import comes to its end, and both sides to agree, through kills and a wiped Valkey."""

from __future__ import annotations

from chaos.passes import Traffic, storm_over_passes
from chaos.storm import Size, storm
from tests.system.whole import Tandem

HARMS = ("flushall", "work-horse", "scheduler", "web", "worker")
SIZE = Size(customers=400, merges=12, readers=1)
PASS_HARMS = ("push work-horse", "flushall")
TRAFFIC = Traffic(customers=30, editors=1, pause=0.4, readers=1)


def test_an_import_survives_every_kill_with_nothing_twice_and_nothing_lost(running_tandem: Tandem) -> None:
    said: list[str] = []
    report = storm(running_tandem, HARMS, SIZE, seed=1, say=said.append)
    assert report.passed, "\n".join(said)
    assert [blow.harm for blow in report.blows] == list(HARMS)
    assert report.pages > 0


def test_the_sides_agree_after_every_kill_with_nothing_twice_and_nothing_lost(running_tandem: Tandem) -> None:
    said: list[str] = []
    report = storm_over_passes(running_tandem, PASS_HARMS, TRAFFIC, seed=1, say=said.append)
    assert report.passed, "\n".join(said)
    assert [blow.harm for blow in report.blows] == list(PASS_HARMS)
    assert report.edits["here"] > 0 and report.edits["there"] > 0
