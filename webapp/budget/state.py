"""What is known of one organization's budget, and how the portal remembers it where Valkey may be wiped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Protocol

from webapp.sdk import Capabilities

START_CALLS_PER_MINUTE = 30
"""Where learning begins: organizations were seen blocked at 54 calls a minute and unblocked at 116."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one organization is asked at most. ``calls_per_minute=0`` sets no pace, for a sandbox.

    ``start`` is the pace of an organization nothing is known of. ``calls_per_day`` counts only until the
    provider itself says how many are left.
    """

    calls_per_minute: int
    calls_at_once: int
    calls_per_day: int | None = None
    start: int = START_CALLS_PER_MINUTE

    @classmethod
    def of(
        cls,
        capabilities: Capabilities,
        *,
        setting: int,
        sandbox: bool = False,
        calls_per_day: int | None = None,
    ) -> Limits:
        """Take the lower of what the plugin and the installation allow a minute; no pace for a sandbox."""
        pace = 0 if sandbox else min(capabilities.calls_per_minute, setting)
        return cls(
            calls_per_minute=pace, calls_at_once=capabilities.calls_at_once, calls_per_day=calls_per_day
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """One organization's budget as last known; ``None`` is unknown. Times are aware and UTC.

    ``ceiling`` is the pace in force, in calls a minute (0: none). ``top`` is the highest it may grow to
    until ``top_until``, remembered from a block. ``reason`` is the scope of the limit behind
    ``paused_until``: ``minute``, ``concurrency``, ``block`` or ``day``.
    """

    ceiling: int | None = None
    top: int | None = None
    top_until: datetime | None = None
    calls_at_once: int | None = None
    paused_until: datetime | None = None
    reason: str = ""
    day_limit: int | None = None
    calls_left_today: int | None = None
    day_resets_at: datetime | None = None

    @property
    def kept_for_people(self) -> int:
        """The calls of a day that bulk work leaves to people."""
        return (self.day_limit or 0) // 5

    @property
    def bulk_resumes_at(self) -> datetime | None:
        """When bulk work goes on, if the day's calls that are left are kept for people."""
        if self.day_limit is None or self.calls_left_today is None:
            return None
        return self.day_resets_at if self.calls_left_today <= self.kept_for_people else None

    def to_mapping(self) -> dict[str, int | str | float | None]:
        """Return plain values for a JSON column; times become seconds since 1970."""
        return {
            name: value.timestamp() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_mapping(cls, values: Mapping[str, int | str | float | None]) -> BudgetState:
        """Read what ``to_mapping`` made; names it does not know are left out."""
        return cls(**{f.name: _read(f.name, values[f.name]) for f in fields(cls) if f.name in values})  # type: ignore[arg-type]


class BudgetMemory(Protocol):
    """Where budgets outlive Valkey. Both methods use a transaction of their own, never the caller's."""

    def load(self, key: str) -> BudgetState | None:
        """Return what was last kept for the organization, if anything."""
        ...

    def keep(self, key: str, state: BudgetState) -> None:
        """Keep the state: at each pause, and now and then for the day's count."""
        ...


class NoMemory:
    """Remembers nothing: a wiped Valkey starts over."""

    def load(self, key: str) -> BudgetState | None:
        """Know nothing."""
        return None

    def keep(self, key: str, state: BudgetState) -> None:
        """Keep nothing."""


_TIMES = {"top_until", "paused_until", "day_resets_at"}


def _read(name: str, value: int | str | float | None) -> object:
    if name == "reason":
        return str(value or "")
    if value is None:
        return None
    return datetime.fromtimestamp(float(value), UTC) if name in _TIMES else int(float(value))
