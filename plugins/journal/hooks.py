"""The door Tandem finds the journal by, and the journal itself."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from webapp.sdk import RunEnd, hookimpl

SETTING = "TANDEM_RUN_JOURNAL"


class Journal:
    """Writes a line for each run that ended, for whatever reads the lines of a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @hookimpl
    def tandem_after_run(self, run: RunEnd) -> None:
        """Add a line; what many processes add at once does not mix, since each is one write."""
        line = json.dumps(asdict(run), default=_as_text, sort_keys=True) + "\n"
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


class Unset:
    """Stands for the journal where none is wanted."""


def journal(environment: Mapping[str, str]) -> Journal | Unset:
    """Return the journal that an environment asks for."""
    path = environment.get(SETTING, "").strip()
    return Journal(Path(path)) if path else Unset()


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


plugin = journal(os.environ)
