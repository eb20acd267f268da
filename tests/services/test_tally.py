"""Counting in all processes together, with a Valkey that may be away."""

from __future__ import annotations

import threading

import pytest
from redis import Redis

from webapp.services import tally as module
from webapp.services.tally import BUCKETS, Tally


@pytest.fixture
def valkey(clean_redis_url):
    with Redis.from_url(clean_redis_url) as client:
        yield client


@pytest.fixture
def away():
    with Redis.from_url("redis://127.0.0.1:1/0") as client:
        yield client


def test_what_several_processes_count_is_added_up(valkey):
    for _ in range(3):
        process = Tally(valkey)
        process.count("calls", "books", "200")
        process.count("calls", "books", "429", by=2)
        process.flush()
    assert dict(Tally(valkey).read()) == {("calls", "books", "200"): 3, ("calls", "books", "429"): 6}


def test_what_is_counted_but_not_handed_over_yet_is_read_too(valkey):
    process = Tally(valkey)
    process.count("calls")
    assert dict(process.read()) == {("calls",): 1}


def test_a_duration_falls_into_the_bucket_that_holds_it(valkey):
    process = Tally(valkey)
    for seconds in (0.005, 0.0051, 999):
        process.time("took", "page", seconds=seconds)
    assert dict(process.read()) == {
        ("took", "page", "0"): 1,
        ("took", "page", "1"): 1,
        ("took", "page", str(len(BUCKETS))): 1,
        ("took:sum", "page"): pytest.approx(999.0101),
    }


def test_threads_lose_nothing_to_one_another(valkey):
    process = Tally(valkey)

    def work():
        for _ in range(200):
            process.count("calls")
            process.flush()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dict(process.read()) == {("calls",): 1600}


def test_what_is_counted_while_valkey_is_away_is_kept_for_later(valkey, away, monkeypatch):
    monkeypatch.setattr(module, "REST_SECONDS", 0.0)
    process = Tally(away)
    process.count("calls")
    process.flush()
    process.count("calls")
    away.connection_pool = valkey.connection_pool
    assert dict(process.read()) == {("calls",): 2}


def test_a_valkey_that_does_not_answer_is_left_alone_for_a_while(away, capsys):
    process = Tally(away)
    for _ in range(20):
        process.count("calls")
        process.flush()
    assert capsys.readouterr().err.count("tally.not_kept") <= 1
