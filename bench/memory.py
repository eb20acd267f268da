"""By how much a process grows while it does something: measured in a process of its own."""

from __future__ import annotations

import resource
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

from bench.ground import Ground
from webapp.extensions import db

Work = Callable[[], Any]


def grown_mb(place: Ground, prepare: Callable[[], Work]) -> int:
    """Tell by how many megabytes a process grows at most that does what ``prepare`` returns."""
    forking = get_context("fork")
    grown = forking.Queue()
    process = forking.Process(target=_grow, args=(place, prepare, grown))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError("The process whose memory was to be measured ended with an error")
    return int(grown.get())


def _grow(place: Ground, prepare: Callable[[], Work], grown: Any) -> None:
    with place.app.app_context():
        db.engine.dispose(close=False)
    work = prepare()
    before = psutil.Process().memory_info().rss
    # What a process took at most is inherited; from here on it counts anew.
    Path("/proc/self/clear_refs").write_text("5")
    work()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    grown.put((most - before) // 2**20)
