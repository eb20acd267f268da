"""Asking for a call of an organization's budget, and telling what the provider said about it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp.budget import script
from webapp.budget.state import BudgetMemory, BudgetState, Limits, NoMemory
from webapp.sdk import RateLimited, RetryLater

log = structlog.get_logger(__name__)

_CONSTANTS = json.dumps(
    {
        "window": script.WINDOW_SECONDS,
        "burst": script.BURST,
        "lease": script.LEASE_SECONDS,
        "poll": script.POLL_SECONDS,
        "slack": script.SLACK_SECONDS,
        "bulk_last": script.BULK_LAST,
        "lowest": script.LOWEST_CEILING,
        "pauses": script.PAUSES,
        "keep_every": script.KEEP_SECONDS,
        "remember": script.REMEMBER_SECONDS,
    }
)

_PARTS = ("state", "window", "running", "waiting", "asking")

_WORDS = {
    "minute": "No call of this minute is left for the organization.",
    "concurrency": "Too many calls to the organization are under way.",
    "block": "The provider has blocked calls to the organization for a while.",
    "day": "No call of this day is left for this work.",
}


class BudgetSpent(RateLimited):
    """The portal's own budget has no call left in the time given; the provider was not asked."""


class Clock(Protocol):
    """What time the budget goes by, and how it waits."""

    def now(self) -> float | None:
        """Return the moment in seconds since 1970, or None to go by the server's clock."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class ServerClock:
    """The server's time as it is: one for all who share it."""

    def now(self) -> float | None:
        """Leave it to the server."""
        return None

    def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        time.sleep(seconds)


class Permit:
    """The right to make one call now. Leave its context when the call is over."""

    def __init__(self, budget: Budget, key: str, permit_id: str) -> None:
        self._budget = budget
        self._key = key
        self._id = permit_id

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._budget.release(self._key, self._id)


class Budget:
    """The one limiter all processes share. ``memory`` is asked once for an organization Valkey does not know.

    Without Valkey no call goes out. What follows a call that was made (``release``, ``saw``, ``penalise``)
    never fails: it would hide the call's outcome, and leases expire by themselves.
    """

    def __init__(
        self, client: redis.Redis, *, memory: BudgetMemory | None = None, clock: Clock | None = None
    ) -> None:
        self._memory = memory or NoMemory()
        self._clock = clock or ServerClock()
        self._script = client.register_script(script.SCRIPT)

    @classmethod
    def at(cls, url: str, *, memory: BudgetMemory | None = None) -> Budget:
        """Use the server at ``url``, giving up on it after 2 seconds of silence."""
        once_more = Retry(NoBackoff(), 1)
        client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, retry=once_more)
        return cls(client, memory=memory)

    def take(self, key: str, *, limits: Limits, interactive: bool = False, timeout: float = 30) -> Permit:
        """Wait for a call to the organization ``key``, at most ``timeout`` seconds.

        Raises ``BudgetSpent``, with the pause needed, as soon as waiting is known to be in vain, and
        ``RetryLater`` when the budget cannot be asked.
        """
        permit_id = uuid.uuid4().hex
        wish = {"id": permit_id, "interactive": interactive, **_wish(limits)}
        left = timeout
        while True:
            answer = self._ask_seeded("take", key, {**wish, "patience": left})
            if "granted" in answer:
                return Permit(self, key, permit_id)
            wait = max(float(answer["wait"]), 0.001)
            if wait > left:
                raise BudgetSpent(_WORDS[answer["reason"]], scope=answer["reason"], after=wait)
            self._clock.sleep(wait)
            left -= wait

    def release(self, key: str, permit_id: str) -> None:
        """Say that the call of a permit is over."""
        self._tell("release", key, {"id": permit_id})

    def saw(
        self,
        key: str,
        *,
        day_limit: int | None = None,
        day_remaining: int | None = None,
        reset_seconds: float | None = None,
    ) -> None:
        """Take over what an answer said of the day's calls."""
        seen = {"day_limit": day_limit, "day_remaining": day_remaining, "reset_seconds": reset_seconds}
        self._tell("saw", key, seen)

    def penalise(self, key: str, refusal: RateLimited) -> None:
        """Take over that the provider refused a call: stop for as long as it said, and narrow the pace."""
        self._tell("penalise", key, {"scope": refusal.scope, "after": refusal.after})

    def state(self, key: str) -> BudgetState:
        """Tell what is known: of Valkey, or of the memory where Valkey knows nothing or cannot be asked."""
        return self.told(key) or self._memory.load(key) or BudgetState()

    def told(self, key: str) -> BudgetState | None:
        """Tell what Valkey knows, if it does and can be asked."""
        try:
            answer = self._ask("state", key, {})
        except RetryLater:
            return None
        return BudgetState.from_mapping(answer["state"]) if answer.get("seeded") else None

    def seed(self, key: str, state: BudgetState) -> None:
        """Start an organization from a state kept earlier, unless Valkey knows it already."""
        kept = {name: value for name, value in state.to_mapping().items() if value not in (None, "")}
        self._ask("seed", key, {"state": kept})

    def _tell(self, what: str, key: str, arguments: Mapping[str, Any]) -> None:
        try:
            answer = self._ask_seeded(what, key, arguments)
            if answer.get("keep"):
                self._memory.keep(key, BudgetState.from_mapping(answer["keep"]))
        except Exception as error:  # noqa: BLE001 - the call was made, and this must not hide how it went
            log.warning("budget_not_told", what=what, error=type(error).__name__)

    def _ask_seeded(self, what: str, key: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._ask(what, key, arguments)
        if "unseeded" in answer:
            self.seed(key, self._memory.load(key) or BudgetState())
            answer = self._ask(what, key, arguments)
        return answer

    def _ask(self, what: str, key: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        names = [f"tandem:budget:{{{key}}}:{part}" for part in _PARTS]
        told = {name: value for name, value in arguments.items() if value is not None}
        now = self._clock.now()
        moment = "" if now is None else now
        try:
            text = self._script(keys=names, args=[what, moment, json.dumps(told), _CONSTANTS])
        except redis.RedisError as error:
            raise RetryLater("The call budget cannot be asked: start the Valkey server again.") from error
        answer: dict[str, Any] = json.loads(text)
        return answer


def _wish(limits: Limits) -> dict[str, int | None]:
    return {
        "per_minute": limits.calls_per_minute,
        "at_once": limits.calls_at_once,
        "per_day": limits.calls_per_day,
        "start": limits.start,
    }
