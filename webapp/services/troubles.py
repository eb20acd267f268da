"""Troubles: what a log says went wrong, in words that are nobody's data."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from json import JSONDecodeError

MOST = 500
BAD = ("warning", "error", "critical")
TOLD = (
    *("timestamp", "level", "event", "reference", "request", "run", "connection", "provider"),
    *("method", "endpoint", "route", "status", "outcome", "scope", "error", "why", "logger"),
)
"""What is taken of a line; whatever else stands on it is left out."""

_PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')
_PLAIN = re.compile(r"[\w.:+<>/-]{1,80}")
_PLACE = re.compile(r'File \\*"[^"\n]*?((?:webapp|plugins)/[\w/]+\.py)\\*", line (\d+)')
_KIND = re.compile(r"^((?:\w+\.)*\w*(?:Error|Exception|Fault|Lost|Violation|Interrupt|Exit)\w*)\b", re.M)

Trouble = dict[str, str]


def troubles(lines: Iterable[str]) -> list[Trouble]:
    """Take the last warnings and errors from lines of a log, whichever of the two formats they have."""
    return list(deque(_bad(lines), MOST))


def _bad(lines: Iterable[str]) -> Iterator[Trouble]:
    for line in lines:
        said = _read(line)
        if said.get("level") in BAD:
            told = {name: said[name] for name in TOLD if _PLAIN.fullmatch(said.get(name, ""))}
            yield told | _raised(said.get("exception", ""))


def _read(line: str) -> Trouble:
    # A journal puts its own words before those of the program.
    start = line.find("{")
    if start >= 0 and line.rstrip().endswith("}"):
        try:
            found = json.loads(line[start:])
        except JSONDecodeError:
            found = None
        if isinstance(found, dict):
            return {name: str(value) for name, value in found.items()}
    return {name: _unquoted(value) for name, value in _PAIR.findall(line)}


def _unquoted(value: str) -> str:
    return value[1:-1].replace("\\n", "\n") if value.startswith('"') else value


def _raised(traceback: str) -> Trouble:
    """Say what was raised and where, of our own code the innermost line; its message may quote anything."""
    kinds, places = _KIND.findall(traceback), _PLACE.findall(traceback)
    raised = {"raised": kinds[-1]} if kinds else {}
    return raised | ({"at": ":".join(places[-1])} if places else {})
