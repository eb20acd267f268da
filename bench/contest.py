"""What the processes of the limiter's measure do: call as often as their limiter lets them, and count.

It is loaded by each of them, so it loads little. Their wall clocks are put wrong before anything
looks at them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import redis
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from webapp.budget import Budget, Limits

RATE = 90
SECONDS = 122.0
REFUSED = 429

Call = Callable[[requests.Session], requests.Response]


@dataclass(frozen=True, slots=True)
class Contest:
    """What a process needs: where to call, where to agree, and how wrong its clock is."""

    sandbox: str
    organization: str
    token: str
    redis_url: str
    skew: float


def take_part(contender: str, contest: Contest, start: Any, results: Any) -> None:
    """Wait for the others, call until the time is up, and hand in the calls made and those refused."""
    _skew(contest.skew)
    call, refused_before = CONTENDERS[contender](contest)
    start.wait()
    made, refused = _spend(call)
    results.put((contender, made, refused + refused_before()))


def _budget(contest: Contest) -> tuple[Call, Callable[[], int]]:
    """Call within the portal's own budget."""
    budget = Budget(redis.Redis.from_url(contest.redis_url))
    limits = Limits(calls_per_minute=RATE, calls_at_once=5, start=RATE)

    def call(session: requests.Session) -> requests.Response:
        with budget.take("contest", limits=limits, timeout=SECONDS * 2):
            return _ask(session, contest)

    return call, lambda: 0


def _pyrate(contest: Contest) -> tuple[Call, Callable[[], int]]:
    """Call within a bucket of pyrate-limiter that all processes share."""
    # It takes the clock by name where it is loaded, so the clock has to be wrong before.
    import pyrate_limiter as pyrate  # noqa: PLC0415

    shared: Any = redis.Redis.from_url(contest.redis_url)
    rates = [pyrate.Rate(RATE, pyrate.Duration.MINUTE)]
    limiter = pyrate.Limiter(pyrate.RedisBucket.init(rates, shared, "contest"))

    def call(session: requests.Session) -> requests.Response:
        limiter.try_acquire("contest", blocking=True)
        return _ask(session, contest)

    return call, lambda: 0


def _urllib3(contest: Contest) -> tuple[Call, Callable[[], int]]:
    """Call without asking anybody, and wait after each refusal as urllib3 does."""
    retry = Retry(total=6, status_forcelist=[REFUSED], backoff_factor=0.5, raise_on_status=False)
    refused: list[int] = []

    def call(session: requests.Session) -> requests.Response:
        session.mount("http://", HTTPAdapter(max_retries=retry))
        answer = _ask(session, contest)
        refused.append(len(answer.raw.retries.history) - (answer.status_code == REFUSED))
        return answer

    return call, lambda: sum(refused)


CONTENDERS = {"": _budget, ".pyrate-limiter": _pyrate, ".urllib3": _urllib3}
"""Who takes part, by the ending of their figures' names."""


def _spend(call: Call) -> tuple[int, int]:
    """Call until the time is up, by a clock that nobody put wrong."""
    made = refused = 0
    ends = time.monotonic() + SECONDS
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < ends:
            answer = call(session)
            if time.monotonic() < ends:
                made += answer.ok
                refused += answer.status_code == REFUSED
    return made, refused


def _ask(session: requests.Session, contest: Contest) -> requests.Response:
    return session.get(
        f"{contest.sandbox}/books/v3/contacts",
        params={"organization_id": contest.organization, "per_page": "1"},
        headers={"Authorization": f"Zoho-oauthtoken {contest.token}"},
        timeout=30,
    )


def _skew(seconds: float) -> None:
    true_time, true_ns = time.time, time.time_ns
    time.time = lambda: true_time() + seconds
    time.time_ns = lambda: true_ns() + int(seconds * 1e9)
