"""What the doctor asks Valkey, and the table in which workers and schedulers say that they are there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from redis.exceptions import RedisError

from webapp.services import context, rings
from webapp.services.doctor.findings import CLOCK_APART, NTP, Area, Finding, duration
from webapp.services.presence import GONE_AFTER, version
from webapp.store import figures, processes
from webapp.store.columns import now
from webapp.store.processes import Seen

VALKEY = Area("valkey")
QUEUE = Area("queue")
PROCESSES = Area("processes")

OLDEST_SERVER = (7, 0)
WAITS, WAITS_LONG = 60.0, 300.0
"""Seconds work may wait for somebody before that is odd, and before nobody seems to come."""

NEEDED = (("worker", "push"), ("worker", "bulk"), ("schedule", ""))
MEANS = {
    ("worker", "push"): "what people press is not done",
    ("worker", "bulk"): "imports and refreshes stand still",
    ("schedule", ""): "nobody rings for what is due, and what was lost is not made good",
}


def valkey() -> Iterator[Finding]:
    """Look at the server that rings and counts calls."""
    try:
        told = context.valkey().info()
        seconds, micros = context.valkey().time()
    except RedisError as error:
        yield VALKEY.fault(
            "reachable",
            f"Valkey does not answer ({type(error).__name__}): nobody is rung for and no call goes out.",
            "Check REDIS_URL and that the server runs. Nothing is lost meanwhile.",
        )
        return
    yield VALKEY.ok("reachable", "It answers.")
    yield _server(told)
    yield _eviction(told)
    yield _valkey_clock(seconds + micros / 1_000_000)


def waiting() -> Iterator[Finding]:
    """Look at what waits: work, as the tables say it, and rings, as Valkey does."""
    if context.settings().read_only:
        return
    for queue, (number, age) in figures.work_due(now()).items():
        says = f"{_counted(number, 'connection has', 'connections have')} work and nobody at it"
        says += f", the oldest for {duration(age)}." if number else "."
        remedy = f"Start workers: tandem worker --queue {queue}. If there are some, look at their logs."
        if age > WAITS_LONG:
            yield QUEUE.fault(queue, says, remedy)
        elif age > WAITS:
            yield QUEUE.warning(queue, says, remedy)
        else:
            yield QUEUE.ok(queue, says)
    try:
        yield from (_rings(queue, each) for queue, each in rings.waiting().items())
    except RedisError:
        return


def alive() -> Iterator[Finding]:
    """Look at the workers and schedulers that said they are there; in read-only mode they rest."""
    if context.settings().read_only:
        yield PROCESSES.warning(
            "all",
            "Tandem is read-only: people see what is there, and workers and schedulers rest.",
            "Take TANDEM_READ_ONLY away and restart all processes when it is to go on.",
        )
        return
    seen = processes.seen()
    for kind, queue in NEEDED:
        yield _kind(kind, queue, [each for each in seen if (each.kind, each.queue) == (kind, queue)])
    yield from _versions([each for each in seen if each.age < GONE_AFTER])


def _server(told: dict[str, Any]) -> Finding:
    name = "Valkey" if "valkey_version" in told else "Redis"
    number = str(told.get("valkey_version") or told.get("redis_version", "0"))
    if tuple(int(part) for part in number.split(".")[:2]) < OLDEST_SERVER:
        return VALKEY.fault(
            "version", f"{name} {number} is too old.", "Upgrade to Valkey 8 or newer, or Redis 7 or newer."
        )
    return VALKEY.ok("version", f"{name} {number}.")


def _eviction(told: dict[str, Any]) -> Finding:
    policy, most = told.get("maxmemory_policy", "noeviction"), int(told.get("maxmemory", 0))
    if most and policy != "noeviction":
        return VALKEY.warning(
            "memory",
            f"Where memory is short it throws away what it likes ({policy}): rings get lost and calls are "
            "counted anew, which may cost a block by a provider.",
            "Set maxmemory-policy to noeviction. Persistence is not needed.",
        )
    used = int(told.get("used_memory", 0))
    if most and used > 0.8 * most:
        return VALKEY.warning("memory", f"{used / most:.0%} of its memory is used.", "Raise maxmemory.")
    return VALKEY.ok("memory", f"{used / 1_000_000:.1f} MB are used; persistence is not needed.")


def _valkey_clock(theirs: float) -> Finding:
    off = time.time() - theirs
    if abs(off) > CLOCK_APART:
        return VALKEY.warning(
            "clock",
            f"Its clock and this machine's are {duration(abs(off))} apart: calls are paced by its clock.",
            NTP,
        )
    return VALKEY.ok("clock", "Its clock and this machine's agree.")


def _rings(queue: str, found: rings.Waiting) -> Finding:
    if found.failed:
        return QUEUE.warning(
            f"rings for {queue}",
            f"{_counted(found.failed, 'look', 'looks')} broke within the last hour.",
            "Look for look.failed in the workers' logs; what was left undone is taken up again by itself.",
        )
    return QUEUE.ok(f"rings for {queue}", f"{_counted(found.number, 'ring waits', 'rings wait')}.")


def _kind(kind: str, queue: str, seen: list[Seen]) -> Finding:
    subject = f"{kind} {queue}".strip()
    alive = [each for each in seen if each.age < GONE_AFTER]
    if alive:
        where = ", ".join(f"{each.host}:{each.pid}" for each in alive[:5])
        return PROCESSES.ok(subject, f"{len(alive)} at work ({where}), seen {duration(alive[0].age)} ago.")
    last = f"the last was seen {duration(seen[0].age)} ago on {seen[0].host}" if seen else "none was seen"
    command = f"tandem worker --queue {queue}" if kind == "worker" else "tandem schedule"
    return PROCESSES.fault(
        subject, f"None is at work: {MEANS[kind, queue]}; {last}.", f"Start one: {command}."
    )


def _versions(alive: list[Seen]) -> Iterator[Finding]:
    others = sorted({each.version for each in alive} - {version()})
    if others:
        yield PROCESSES.warning(
            "version",
            f"Some run {', '.join(others)}, and this is {version()}.",
            "Restart the processes that were started before the upgrade.",
        )
    elif alive:
        yield PROCESSES.ok("version", f"All run {version()}.")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number or 'No'} {one if number == 1 else many}"
