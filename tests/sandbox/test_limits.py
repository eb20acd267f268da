"""Limits on calls, and the headers that tell of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.conftest import Clock, Zoho
from tests.sandbox.openapi import recording


def statuses(zoho: Zoho, number: int) -> list[int]:
    """Return the statuses of so many calls."""
    return [zoho.call("GET", "/contacts").status_code for _ in range(number)]


def test_a_call_over_the_minute_limit_is_refused_until_a_minute_passed(
    start: Callable[..., Any], clock: Clock
) -> None:
    zoho = Zoho(start(calls_per_minute=3).url)
    recorded = recording("errors/429-code44-per-minute.json")
    assert statuses(zoho, 4) == [200, 200, 200, 429]
    refused = zoho.call("GET", "/contacts")
    assert (refused.status_code, refused.json()) == (recorded["status"], recorded["body"])
    assert "Retry-After" not in refused.headers
    clock.time += 60
    assert statuses(zoho, 1) == [200]


def test_a_flood_is_blocked_for_an_hour_with_retry_after(start: Callable[..., Any], clock: Clock) -> None:
    zoho = Zoho(start(calls_per_minute=1, flood_block=True).url)
    recorded = recording("errors/429-code43-blocked.json")
    assert statuses(zoho, 2) == [200, 429]
    refused = zoho.call("GET", "/organizations")
    assert (refused.status_code, refused.json()) == (recorded["status"], recorded["body"])
    assert refused.headers["Retry-After"] == recorded["headers"]["Retry-After"]
    clock.time += 3599
    assert zoho.call("GET", "/contacts").headers["Retry-After"] == "1"
    zoho.settings(access_token_seconds=7200)
    clock.time += 1
    again = Zoho(zoho.url)
    assert statuses(again, 1) == [200]


def test_a_call_over_the_day_limit_is_refused_until_midnight_there(
    start: Callable[..., Any], clock: Clock
) -> None:
    clock.time = 1_795_388_100.0
    zoho = Zoho(start(calls_per_day=2).url)
    recorded = recording("errors/429-code45-daily.json")
    assert statuses(zoho, 3) == [200, 200, 429]
    refused = zoho.call("GET", "/contacts")
    assert refused.json()["code"] == recorded["body"]["code"]
    assert refused.json()["message"] == recorded["body"]["message"].replace("1000", "2")
    clock.time += 299
    assert statuses(zoho, 1) == [429]
    clock.time += 1
    assert statuses(zoho, 1) == [200]


def test_answers_tell_what_is_left_of_the_day(start: Callable[..., Any], clock: Clock) -> None:
    clock.time = 1_795_388_100.0
    zoho = Zoho(start(calls_per_day=10).url)
    first, second = zoho.call("GET", "/contacts"), zoho.call("GET", "/settings/currencies")
    assert [each.headers["x-rate-limit-remaining"] for each in (first, second)] == ["9", "8"]
    assert (first.headers["x-rate-limit-limit"], first.headers["x-rate-limit-reset"]) == ("10", "300")


def test_the_count_of_the_day_may_go_below_zero_without_a_limit(start: Callable[..., Any]) -> None:
    server = start(calls_per_day=1)
    zoho = Zoho(server.url)
    zoho.call("GET", "/contacts")
    zoho.settings(calls_per_day=0)
    assert int(zoho.call("GET", "/contacts").headers["x-rate-limit-remaining"]) == 9_998


def test_organizations_and_refusals_carry_no_such_headers(zoho: Zoho) -> None:
    for response in (zoho.call("GET", "/organizations"), zoho.call("GET", "/contacts/1")):
        assert not [name for name in response.headers if name.lower().startswith("x-rate-limit")]


def test_organizations_have_limits_of_their_own(start: Callable[..., Any]) -> None:
    zoho = Zoho(start(calls_per_minute=1).url)
    second = Zoho(zoho.url, organization="Nordlicht Studio North America")
    assert statuses(zoho, 2) + statuses(second, 1) == [200, 429, 200]


def test_too_many_calls_at_once_are_refused(start: Callable[..., Any]) -> None:
    zoho = Zoho(start(concurrency=2, latency_ms=400).url)
    recorded = recording("errors/429-code1070-concurrency.json")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: zoho.call("GET", "/contacts"), range(4)))
    refused = [answer.json() for answer in answers if answer.status_code == 429]
    assert refused == [recorded["body"]] * 2
    assert statuses(zoho, 1) == [200]


@pytest.mark.parametrize("path", ["/contacts", "/contacts/contactpersons"])
def test_latency_holds_every_call_up(start: Callable[..., Any], path: str) -> None:
    zoho = Zoho(start(latency_ms=60).url)
    assert zoho.call("GET", path).elapsed.total_seconds() >= 0.06
