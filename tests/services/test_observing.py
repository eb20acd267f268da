"""What is seen of outside calls: one line, counts without anybody's data, and the provider's clock."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from tests.mirror_world import BOOKS, portal_app
from webapp.outside import Call
from webapp.sdk import RateLimited
from webapp.services import context
from webapp.services.observing import Observer, clocks
from webapp.services.tally import tally


@pytest.fixture(scope="module")
def module_app(module_database_url, redis_url):
    with portal_app(module_database_url, redis_url, BOOKS) as made:
        yield made


@pytest.fixture
def observer(module_app):
    context.valkey().flushdb()
    yield Observer("books", "c-1")
    context.valkey().flushdb()


def call(status=200, date="", method="GET"):
    return Call(method=method, host="books.example", path="/v3/contacts", status=status, ms=120, date=date)


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "answered"), (429, "refused"), (502, "failed"), (None, "unanswered")]
)
def test_a_call_is_one_line_that_says_how_it_went(observer, capsys, status, outcome):
    observer.call(call(status))
    [line] = [each for each in capsys.readouterr().err.splitlines() if "event=outside.call" in each]
    assert "connection=c-1 provider=books method=GET host=books.example path=/v3/contacts" in line
    assert f"ms=120 outcome={outcome}" in line


def test_calls_and_refusals_are_counted_by_provider(observer):
    observer.call(call(200))
    observer.call(call(None, method="POST"))
    observer.refusal(RateLimited("Slow down.", scope="minute"))
    counted = dict(tally().read())
    assert counted["outside_calls", "books", "GET", "200"] == 1
    assert counted["outside_calls", "books", "POST", "none"] == 1
    assert counted["outside_refusals", "books", "minute"] == 1
    assert counted["outside_call_seconds:sum", "books"] == pytest.approx(0.24)


@pytest.mark.parametrize("ahead", [0, 3600, -90])
def test_the_providers_clock_is_seen_by_its_answers(observer, ahead):
    observer.call(call(date=formatdate(time.time() + ahead, usegmt=True)))
    assert clocks()["books"].ahead == pytest.approx(ahead, abs=1.5)


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Nov 2026 99:00:00 GMT"])
def test_a_date_that_is_none_is_no_clock(observer, date):
    observer.call(call(date=date))
    assert clocks() == {}
