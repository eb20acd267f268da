"""What is seen of outside calls, by the way: a line of the log, counts, and the provider's clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import cast

import structlog
from redis import Redis, RedisError

from webapp.clock import now
from webapp.outside import Call
from webapp.sdk import RateLimited
from webapp.services import context
from webapp.services.tally import Tally, tally

CLOCKS = "tandem:clocks"
"""Where Valkey keeps by how much each provider's clock was seen to be ahead of ours."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """A provider's clock: by how many seconds it was ahead, and when it was seen."""

    ahead: float
    seen_at: datetime


@dataclass(slots=True)
class Observer:
    """Watches the calls of one connection's account; neither parameters nor bodies come before it."""

    provider: str
    connection_id: str
    _tally: Tally = field(default_factory=tally, repr=False)
    _valkey: Redis = field(default_factory=context.valkey, repr=False)
    _clock_seen: bool = field(default=False, repr=False)

    def call(self, call: Call) -> None:
        """Note a call that went out, and how it went."""
        log.info(
            "outside.call",
            connection=self.connection_id,
            provider=self.provider,
            method=call.method,
            host=call.host,
            path=call.path,
            status=call.status,
            ms=call.ms,
            outcome=_outcome(call.status),
        )
        status = "none" if call.status is None else str(call.status)
        self._tally.count("outside_calls", self.provider, call.method, status)
        self._tally.time("outside_call_seconds", self.provider, seconds=call.ms / 1000)
        self._tally.flush()
        self._note_clock(call)

    def refusal(self, refusal: RateLimited) -> None:
        """Note that the provider refused a call for its limits."""
        log.warning(
            "outside.refused",
            connection=self.connection_id,
            provider=self.provider,
            scope=refusal.scope,
            after=refusal.after,
        )
        self._tally.count("outside_refusals", self.provider, refusal.scope)
        self._tally.flush()

    def _note_clock(self, call: Call) -> None:
        """Keep the provider's clock, once for each account that is opened."""
        date = _parsed(call.date)
        if date is None or self._clock_seen:
            return
        self._clock_seen = True
        # The date was written somewhere in the middle of the call, and cut to its second.
        moment = now().timestamp()
        ahead = date.timestamp() + 0.5 - (moment - call.ms / 2000)
        try:
            self._valkey.hset(CLOCKS, self.provider, json.dumps([ahead, moment]))
        except RedisError as error:
            log.debug("clock.not_kept", error=type(error).__name__)


def clocks() -> dict[str, Clock]:
    """Tell how far off each provider's clock was when it was last asked; raises ``RedisError``."""
    kept = cast(dict[bytes, bytes], context.valkey().hgetall(CLOCKS))
    read = {name.decode(): json.loads(value) for name, value in kept.items()}
    return {name: Clock(ahead, datetime.fromtimestamp(at, UTC)) for name, (ahead, at) in read.items()}


def _outcome(status: int | None) -> str:
    if status is None:
        return "unanswered"
    return "answered" if status < 400 else "refused" if status < 500 else "failed"


def _parsed(date: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(date) if date else None
    except ValueError:
        return None
    return read.replace(tzinfo=read.tzinfo or UTC) if read else None
