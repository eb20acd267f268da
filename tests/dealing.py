"""How the tests are dealt out to parallel processes: whole files at a time, and what takes longest first.

The tests of a running Tandem count as one file: they share one, and two at once would only hinder each other.
Those that look at pages without workers are dealt out by themselves. The tests of what is built and installed
count as one file, too: building takes longer than they do.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

RUNNING = ("tests/system/", "tests/browser/")
"""Where tests share a running Tandem."""

BUILT = tuple(f"tests/workshop/test_{name}.py" for name in ("checking", "installed", "making", "wheel"))
"""Where tests share what is built and installed."""

WITHOUT_WORKERS = tuple(f"tests/browser/test_{name}.py" for name in ("gallery", "keys", "windows"))
"""What is beside them and shares none."""

FOLDERS = ("demo", "worker", "faults", "workshop", "walls", "crash", "web", "services")
FIRST = (*RUNNING, *(f"tests/{folder}/" for folder in FOLDERS))
"""Where tests take longest; those of other folders are short enough to end all processes together."""


class Dealing(LoadFileScheduling):
    """Deals out files, and all tests that share what takes long to begin to one process."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(RUNNING) and not nodeid.startswith(WITHOUT_WORKERS):
            return "running"
        return "built" if nodeid.startswith(BUILT) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Dealing | None:
    """Deal out like this what is to be dealt out by file."""
    return Dealing(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what takes longest."""
    items.sort(key=lambda item: place_of(item.nodeid))


def place_of(nodeid: str) -> int:
    """Return where a test's folder stands among the longest."""
    return next((place for place, folder in enumerate(FIRST) if nodeid.startswith(folder)), len(FIRST))
