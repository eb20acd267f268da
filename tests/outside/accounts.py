"""Accounts for tests: a real budget and wire, credentials kept in memory."""

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from tests.outside.peer import Peer
from webapp.budget import Budget, Limits
from webapp.outside import Caps, OutsideAccount, Wire
from webapp.sdk import Region

KEY = "ledger:1"
LIMITS = Limits(calls_per_minute=0, calls_at_once=10)


class MemoryCredentials:
    """Keeps credentials in memory, with a version and a lock like a row of a database."""

    def __init__(self, **credentials: str) -> None:
        self._kept: Mapping[str, str] = credentials
        self._version = 1
        self._lock = threading.Lock()

    def load(self) -> tuple[int, Mapping[str, str]]:
        return self._version, self._kept

    def keep(self, credentials: Mapping[str, str], *, expected: int) -> bool:
        if self._version != expected:
            return False
        self._kept, self._version = dict(credentials), expected + 1
        return True

    def renewal_lock(self) -> AbstractContextManager[object]:
        return self._lock


def make_account(budget: Budget, other: Peer, **changes: Any) -> OutsideAccount:
    """Make an account whose only host is `other`."""
    parts: dict[str, Any] = {
        "region": Region(key="eu", label="Europe", endpoints={"api": other.origin}),
        "credentials": MemoryCredentials(token="old"),
        "budget": budget,
        "limits": LIMITS,
        "wire": Wire(frozenset([other.origin]), caps=Caps(connect=0.5, total=0.5)),
        "organization": "1",
        "budget_key": KEY,
        "patience": 0.2,
    }
    return OutsideAccount(**(parts | changes))
