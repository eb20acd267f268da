"""Real exchanges with Zoho, kept beside the repository; tests over them are skipped where they are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "zoho" / "recordings"


def recording(name: str) -> Any:
    """Read one recording."""
    path = RECORDINGS / name
    if not path.exists():
        pytest.skip(f"the recordings of Zoho are not at hand: {RECORDINGS}")
    return json.loads(path.read_text())


def response(name: str, number: int = 0) -> Any:
    """Read the body of one recorded answer."""
    return recording(name)["exchanges"][number]["response"]
