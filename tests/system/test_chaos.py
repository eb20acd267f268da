"""A short storm: an import comes to its end through kills and a wiped Valkey, with people at the pages."""

from __future__ import annotations

from chaos.storm import Size, storm
from tests.system.whole import Tandem

HARMS = ("flushall", "work-horse", "scheduler", "web", "worker")
SIZE = Size(customers=400, merges=12, readers=1)


def test_an_import_survives_every_kill_with_nothing_twice_and_nothing_lost(running_tandem: Tandem) -> None:
    said: list[str] = []
    report = storm(running_tandem, HARMS, SIZE, seed=1, say=said.append)
    assert report.passed, "\n".join(said)
    assert [blow.harm for blow in report.blows] == list(HARMS)
    assert report.pages > 0
