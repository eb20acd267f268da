"""Faults on demand: wrong answers, delays, cut connections, answers lost after their effect."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from itertools import count
from threading import Lock
from typing import Any

CUTS = ("", "before", "reset", "middle", "json")


@dataclass(slots=True)
class Fault:
    """What goes wrong with the calls that match.

    path, query: patterns searched for in the path and in what stands behind its "?"; blank for every one.
    status, code, headers, body: the answer given instead; a body that is no text is sent as JSON.
    short: how many rows a list leaves out at its end, without saying so.
    delay_ms: how long the answer waits; drip_ms: how long each byte of its body.
    cut: the connection ends ("before" the answer or in its "middle") or is "reset"; half of the "json" comes
    as if it was all.
    after_effect: do the work first, then spoil the answer.
    edit: what someone at Zoho does right before the call, as for `hand_edits.carry_out`.
    revoke: every token ends after the call; refuse_ms: how long no connection is taken after it.
    skip, times: how many matching calls pass first, and how many are hit.
    """

    path: str = ""
    query: str = ""
    method: str = ""
    status: int = 0
    code: int = 0
    message: str = "Internal error"
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    short: int = 0
    delay_ms: int = 0
    drip_ms: int = 0
    cut: str = ""
    after_effect: bool = False
    edit: dict[str, Any] = field(default_factory=dict)
    revoke: bool = False
    refuse_ms: int = 0
    skip: int = 0
    times: int = 1
    number: int = 0

    def hits(self, method: str, path: str, query: str = "") -> bool:
        """Say whether a call matches."""
        if self.method.upper() not in ("", method):
            return False
        return re.search(self.path, path) is not None and re.search(self.query, query) is not None

    @property
    def ends_connection(self) -> bool:
        """Say whether the connection ends before the answer does."""
        return self.cut in ("before", "reset", "middle")

    @property
    def prevents_answer(self) -> bool:
        """Say whether no part of any answer is sent."""
        return self.cut in ("before", "reset")

    @property
    def replaces_answer(self) -> bool:
        """Say whether another answer is given than the true one."""
        return bool(self.status or self.code or self.body is not None)

    @property
    def answer(self) -> tuple[int, str, str]:
        """Return status, content type and body of the answer given instead."""
        status = self.status or 200
        if isinstance(self.body, str):
            return (
                status,
                "text/html" if self.body.lstrip().startswith("<") else "application/json",
                self.body,
            )
        body = {"code": self.code or 1000, "message": self.message} if self.body is None else self.body
        return status, "application/json;charset=UTF-8", json.dumps(body, ensure_ascii=False)


class Faults:
    """The faults that wait for their calls; the first that matches is taken."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers = count(1)
        self._waiting: list[Fault] = []

    def add(self, values: dict[str, Any]) -> dict[str, Any]:
        """Add a fault; raise ValueError naming what is wrong with it."""
        _check(values)
        fault = Fault(**values)
        with self._lock:
            fault.number = next(self._numbers)
            self._waiting.append(fault)
        return asdict(fault)

    def waiting(self) -> list[dict[str, Any]]:
        """Return the faults that are still to come."""
        with self._lock:
            return [asdict(fault) for fault in self._waiting]

    def clear(self) -> None:
        """Drop every fault."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str, query: str = "") -> Fault | None:
        """Return the fault that hits this call, using it up by one."""
        with self._lock:
            for fault in self._waiting:
                if not fault.hits(method, path, query):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None


def _check(values: dict[str, Any]) -> None:
    ready = asdict(Fault())
    del ready["number"]
    if unknown := set(values) - set(ready):
        raise ValueError(f"A fault has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(ready))}.")
    for name, value in values.items():
        if name != "body" and type(value) is not type(ready[name]):
            raise ValueError(f"{name} is {type(ready[name]).__name__}, not {value!r}.")
    if values.get("cut", "") not in CUTS:
        raise ValueError(f"cut is one of {', '.join(filter(None, CUTS))}.")
    for name in ("path", "query"):
        try:
            re.compile(values.get(name, ""))
        except re.error as error:
            raise ValueError(f"{name} is no pattern: {error}.") from None
