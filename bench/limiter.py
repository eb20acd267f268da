"""How much of the permitted rate eight processes use, whose clocks are off, and how often they are refused.

The sandbox's own limit is the judge. The budget, pyrate-limiter and urllib3's Retry each get a sandbox,
and run at the same time: they wait far more than they work.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from bench.figures import Measured
from bench.ground import sandbox
from tests.system.practice import Practice
from webapp.budget import Budget, Limits
from webapp.embedded import EmbeddedValkey

RATE = 90
SECONDS = 122
PROCESSES = 8
SKEW = 3.0
REFUSED = 429


@dataclass(frozen=True, slots=True)
class Contest:
    """What a process needs: where to call, where to agree, until when, how wrong its clock is."""

    contender: str
    sandbox: str
    organization: str
    token: str
    redis_url: str
    ends: float
    skew: float


def measure(size: int) -> Iterator[Measured]:
    """Let all three spend the same minute's rate, side by side."""
    contenders: dict[str, Callable[[Contest], tuple[int, int]]] = {
        "": budget_calls,
        ".pyrate-limiter": pyrate_calls,
        ".urllib3": urllib3_calls,
    }
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        valkey = running.enter_context(EmbeddedValkey(folder, durable=False))
        judges = {
            name: running.enter_context(sandbox(20, calls_per_minute=RATE, concurrency=0))
            for name in contenders
        }
        pool = running.enter_context(multiprocessing.get_context("spawn").Pool(len(contenders) * PROCESSES))
        ends = time.time() + SECONDS + 3
        asked = {
            name: pool.map_async(work, _contests(name, judges[name], valkey.url, ends))
            for name, work in contenders.items()
        }
        for name, results in asked.items():
            made, refused = (sum(each) for each in zip(*results.get(SECONDS * 3), strict=True))
            share = 100 * made / (RATE * SECONDS / 60)
            yield Measured(f"limiter.share{name}", round(share, 1))
            yield Measured(f"limiter.rejections{name}", refused)


def budget_calls(contest: Contest) -> tuple[int, int]:
    """Call within the portal's own budget."""
    _skew(contest)
    budget = Budget(redis.Redis.from_url(contest.redis_url))
    limits = Limits(calls_per_minute=RATE, calls_at_once=5, start=RATE)

    def call(session: requests.Session) -> requests.Response:
        with budget.take("contest", limits=limits, timeout=SECONDS * 2):
            return _ask(session, contest)

    return _spend(contest, call)


def pyrate_calls(contest: Contest) -> tuple[int, int]:
    """Call within a bucket of pyrate-limiter that all processes share."""
    _skew(contest)
    # The clock is taken by name where it is imported, so it has to be wrong before.
    import pyrate_limiter as pyrate  # noqa: PLC0415

    shared: Any = redis.Redis.from_url(contest.redis_url)
    rates = [pyrate.Rate(RATE, pyrate.Duration.MINUTE)]
    limiter = pyrate.Limiter(pyrate.RedisBucket.init(rates, shared, "contest"))

    def call(session: requests.Session) -> requests.Response:
        limiter.try_acquire("contest", blocking=True)
        return _ask(session, contest)

    return _spend(contest, call)


def urllib3_calls(contest: Contest) -> tuple[int, int]:
    """Call without asking anybody, and wait after each refusal as urllib3 does."""
    _skew(contest)
    retry = Retry(total=6, status_forcelist=[REFUSED], backoff_factor=0.5, raise_on_status=False)
    refused = 0

    def call(session: requests.Session) -> requests.Response:
        nonlocal refused
        session.mount("http://", HTTPAdapter(max_retries=retry))
        answer = _ask(session, contest)
        refused += len(answer.raw.retries.history)
        return answer

    made, last = _spend(contest, call)
    return made, refused + last


def _contests(name: str, judge: Practice, redis_url: str, ends: float) -> list[Contest]:
    token = judge.token()
    return [
        Contest(
            name,
            judge.url,
            token["organization_id"],
            token["access_token"],
            redis_url,
            ends,
            -SKEW + 2 * SKEW * number / (PROCESSES - 1),
        )
        for number in range(PROCESSES)
    ]


def _spend(contest: Contest, call: Callable[[requests.Session], requests.Response]) -> tuple[int, int]:
    """Call until the time is up, by the true clock; return how many calls were made and how many refused."""
    made = refused = 0
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < _ends_at[0]:
            answer = call(session)
            if time.monotonic() >= _ends_at[0]:
                break
            refused += answer.status_code == REFUSED
            made += answer.ok
    return made, refused


def _ask(session: requests.Session, contest: Contest) -> requests.Response:
    return session.get(
        f"{contest.sandbox}/books/v3/contacts",
        params={"organization_id": contest.organization, "per_page": "1"},
        headers={"Authorization": f"Zoho-oauthtoken {contest.token}"},
        timeout=30,
    )


_ends_at = [0.0]


def _skew(contest: Contest) -> None:
    """Put this process's wall clock wrong, and wait for the start that all share."""
    true_time, true_ns = time.time, time.time_ns
    _ends_at[0] = time.monotonic() + contest.ends - true_time()
    time.sleep(max(0.0, contest.ends - SECONDS - true_time()))
    time.time = lambda: true_time() + contest.skew
    time.time_ns = lambda: true_ns() + int(contest.skew * 1e9)
