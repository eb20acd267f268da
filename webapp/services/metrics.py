"""Metrics for Prometheus: what stands in the tables and in Valkey, computed when asked, and what was counted.

Labels are providers, states, queues, routes and ids of connections: few, and nobody's data. What cannot be
asked (a database or a Valkey that is away) is left out and said by ``tandem_up``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp.extensions import db
from webapp.services import context, rings
from webapp.services.presence import GONE_AFTER, version
from webapp.services.tally import BUCKETS, Place, tally
from webapp.store import figures, leases, processes
from webapp.store.columns import now
from webapp.walls import across_portals

COUNTED = {
    "requests": ("http_requests", "Requests answered.", ("method", "endpoint", "status")),
    "outside_calls": (
        "outside_calls",
        "Calls to providers; status none: no answer.",
        ("provider", "method", "status"),
    ),
    "outside_refusals": (
        "outside_refusals",
        "Calls a provider refused for its limits.",
        ("provider", "scope"),
    ),
}
TIMED = {
    "request_seconds": ("http_request_seconds", "How long requests took.", ("endpoint",)),
    "outside_call_seconds": ("outside_call_seconds", "How long calls to providers took.", ("provider",)),
}
"""What the tally holds: by its name there, the metric's name, what it is, and its labels."""

Rows = Iterable[tuple[Sequence[str], float]]
Tallied = defaultdict[str, list[tuple[Place, float]]]


def exposition(accept: str) -> tuple[bytes, str]:
    """Return everything in a format Prometheus accepts, and the type of its content."""
    registry = CollectorRegistry()
    registry.register(_Everything())
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Everything(Collector):
    """Asks part by part; one that cannot be asked does not take the others along."""

    def collect(self) -> Iterator[Metric]:
        up = _gauge("up", "Whether the server a part of these figures comes from answers.", "server")
        for server, parts, fault in (
            ("database", (_connections, _syncs, _work, _runs, _processes, _database), SQLAlchemyError),
            ("valkey", (_rings, _tallied), RedisError),
        ):
            found, answers = _ask(parts, fault)
            yield from found
            up.add_metric([server], answers)
        yield up
        yield _gauges(
            "read_only", "Whether nothing is changed for now.", (), [((), context.settings().read_only)]
        )
        yield _gauges("info", "The version that answered.", ("version",), [([version()], 1)])


def _ask(
    parts: Sequence[Callable[[], Iterable[Metric]]], fault: type[Exception]
) -> tuple[list[Metric], bool]:
    try:
        with across_portals():
            return [metric for part in parts for metric in part()], True
    except fault:
        return [], False
    finally:
        db.session.rollback()


def _connections() -> Iterator[Metric]:
    counts = [([provider, state], number) for provider, state, number in figures.connections_by_state()]
    yield _gauges("connections", "Connections.", ("provider", "state"), counts)
    rows = figures.connected()
    for name, says, value in _OF_A_CONNECTION:
        told = [([str(row.id), row.provider], value(row)) for row in rows]
        known = [(labels, float(number)) for labels, number in told if number is not None]
        yield _gauges(f"connection_{name}", says, ("connection", "provider"), known)
    held = len(leases.leases_held())
    yield _gauges("leases_held", "Connections somebody is at work with.", (), [([], held)])


_OF_A_CONNECTION: tuple[tuple[str, str, Callable[[Any], float | None]], ...] = (
    ("lag_seconds", "Since when changes there are not known here.", lambda row: row.lag),
    ("full_pass_age_seconds", "Since the last reading of everything.", lambda row: row.full_pass_age),
    ("paused", "Whether nothing is asked for now.", lambda row: bool(row.paused)),
    ("bulk_paused", "Whether only what people wait for is asked now.", lambda row: bool(row.bulk_paused)),
    ("failures", "Looks that failed since the last that went well.", lambda row: row.failures),
    ("calls_left_today", "Calls left of the day.", lambda row: row.calls.get("calls_left_today")),
    ("calls_a_day", "Calls the organization's plan allows a day.", lambda row: row.calls.get("day_limit")),
    ("calls_a_minute", "The ceiling in force, in calls a minute.", lambda row: row.calls.get("ceiling")),
)


def _syncs() -> Iterator[Metric]:
    rows = figures.syncs()
    for name, says, value in _OF_A_SYNC:
        told = [([str(row.id), row.provider], float(value(row) or 0)) for row in rows]
        yield _gauges(f"sync_{name}", says, ("connection", "provider"), told)


_OF_A_SYNC: tuple[tuple[str, str, Callable[[Any], float | None]], ...] = (
    ("dirty", "Linked customers that are to be looked at.", lambda row: row.dirty),
    ("lag_seconds", "How long the oldest of them waits.", lambda row: max(float(row.lag or 0), 0)),
    ("held", "Linked customers the brake holds.", lambda row: row.held),
    ("conflicts", "Fields that wait for a decision.", lambda row: row.conflicts),
    ("problems", "Records that failed or wait for a person.", lambda row: row.problems),
    ("stopped", "Whether nothing is written until a person lets it go on.", lambda row: bool(row.stopped)),
)


def _work() -> Iterator[Metric]:
    due = figures.work_due(now())
    counts = [([queue], float(number)) for queue, (number, _) in due.items()]
    ages = [([queue], age) for queue, (_, age) in due.items()]
    yield _gauges("due", "Connections that have work and nobody at it.", ("queue",), counts)
    yield _gauges("due_age_seconds", "How long the oldest of them waits.", ("queue",), ages)
    overdue = figures.mails_overdue()
    yield _gauges("mails_overdue", "Mails that were to leave more than an hour ago.", (), [([], overdue)])


def _runs() -> Iterator[Metric]:
    counts = [([kind, state], number) for kind, state, number in figures.runs_by_state()]
    yield _gauges("runs", "Runs that were confirmed.", ("kind", "state"), counts)
    age = figures.oldest_open_run()
    yield _gauges("run_age_seconds", "How long ago the oldest open run was confirmed.", (), [([], age)])
    items = CounterMetricFamily(
        "tandem_run_items", "Customers of runs that came to an end.", labels=("outcome",)
    )
    for outcome, number in figures.items_by_outcome().items():
        items.add_metric([outcome], number)
    yield items


def _processes() -> Iterator[Metric]:
    alive: defaultdict[tuple[str, str], int] = defaultdict(
        int, {("worker", "push"): 0, ("worker", "bulk"): 0, ("schedule", ""): 0}
    )
    seen = [each for each in processes.seen() if each.age < GONE_AFTER]
    for each in seen:
        alive[each.kind, each.queue] += 1
    counts = [(labels, float(number)) for labels, number in sorted(alive.items())]
    yield _gauges("processes", "Processes that do their rounds.", ("kind", "queue"), counts)
    off = max((abs(each.clock_off) for each in seen), default=0.0)
    yield _gauges("clock_off_seconds", "How far the worst of their clocks is off.", (), [([], off)])


def _database() -> Iterator[Metric]:
    found = figures.database()
    yield _gauges("database_connections", "Connections to the database server.", (), [([], found.used)])
    yield _gauges("database_connections_permitted", "How many there may be.", (), [([], found.permitted)])
    yield _gauges("database_bytes", "The size of the database.", (), [([], found.bytes)])


def _rings() -> Iterator[Metric]:
    waiting = rings.waiting()
    counts = [([queue], float(found.number)) for queue, found in waiting.items()]
    ages = [([queue], found.age) for queue, found in waiting.items()]
    failed = [([queue], float(found.failed)) for queue, found in waiting.items()]
    yield _gauges("rings", "Rings that wait for a worker.", ("queue",), counts)
    yield _gauges("ring_age_seconds", "How long the oldest of them waits.", ("queue",), ages)
    yield _gauges("rings_failed", "Looks that broke within the last hour.", ("queue",), failed)


def _tallied() -> Iterator[Metric]:
    found: Tallied = defaultdict(list)
    for place, number in tally().read():
        found[place[0]].append((place, number))
    yield from _counted(found)
    yield from _timed(found)


def _counted(found: Tallied) -> Iterator[Metric]:
    for name, (metric, says, labels) in COUNTED.items():
        family = CounterMetricFamily(f"tandem_{metric}", says, labels=labels)
        for place, number in found[name]:
            family.add_metric(place[1:], number)
        yield family


def _timed(found: Tallied) -> Iterator[Metric]:
    sums = {place[1:]: number for name in TIMED for place, number in found[f"{name}:sum"]}
    for name, (metric, says, labels) in TIMED.items():
        counts: defaultdict[Place, list[float]] = defaultdict(lambda: [0.0] * (len(BUCKETS) + 1))
        for place, number in found[name]:
            counts[place[1:-1]][int(place[-1])] = number
        family = HistogramMetricFamily(f"tandem_{metric}", says, labels=labels)
        for place, numbers in counts.items():
            family.add_metric(place, _cumulated(numbers), sum_value=sums.get(place, 0.0))
        yield family


def _cumulated(numbers: Sequence[float]) -> list[tuple[str, float]]:
    ends = [*(str(end) for end in BUCKETS), "+Inf"]
    return [(end, sum(numbers[: position + 1])) for position, end in enumerate(ends)]


def _gauge(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tandem_{name}", says, labels=labels)


def _gauges(name: str, says: str, labels: Sequence[str], rows: Rows) -> GaugeMetricFamily:
    family = _gauge(name, says, *labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family
