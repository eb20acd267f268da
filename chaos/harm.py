"""What is done to a running Tandem: processes killed and frozen, servers emptied and restarted."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import psutil

from tests.system.whole import Tandem
from webapp.worker.queue import BULK, PUSH

FROZEN_SECONDS = 18.0
"""Longer than a lease: whoever is frozen for so long has lost it when it wakes."""

NOBODY_WORKS = 20.0

Chance = random.Random


class NothingToHarm(Exception):
    """There is nothing of the kind at the moment, since the work is done."""


def kill_worker(tandem: Tandem, chance: Chance, queue: str = BULK) -> str:
    """Kill the worker process that is at work; its work-horse must not outlive it."""
    worker, horse = _at_work(tandem, queue)
    _send(worker, signal.SIGKILL)
    tandem.until(lambda: not _lives(horse), what="the end of a work-horse without its worker")
    return f"worker {worker.pid}"


def kill_horse(tandem: Tandem, chance: Chance, queue: str = BULK) -> str:
    """Kill the work-horse that carries the import, or a pass, out."""
    _, horse = _at_work(tandem, queue)
    _send(horse, signal.SIGKILL)
    return f"work-horse {horse.pid}"


def kill_scheduler(tandem: Tandem, chance: Chance) -> str:
    """Kill one of the schedulers."""
    return f"scheduler {_kill_one(tandem.processes('schedule'), chance)}"


def kill_web(tandem: Tandem, chance: Chance) -> str:
    """Kill a web server, or one of its processes."""
    masters = [each for each in tandem.processes() if "serve" in each.cmdline()]
    every = [*masters, *(child for master in masters for child in master.children())]
    return f"web process {_kill_one(every, chance)}"


def freeze_worker(tandem: Tandem, chance: Chance, queue: str = BULK) -> str:
    """Stop a worker and its work-horse until their lease is another's, then let them go on."""
    worker, horse = _at_work(tandem, queue)
    for each in (worker, horse):
        _send(each, signal.SIGSTOP)
    try:
        with suppress(AssertionError):
            tandem.until(lambda: False, within=FROZEN_SECONDS)
    finally:
        for each in (horse, worker):
            _send(each, signal.SIGCONT)
    return f"worker {worker.pid}, frozen for {FROZEN_SECONDS:g} s"


def wipe_valkey(tandem: Tandem, chance: Chance) -> str:
    """Let Valkey forget everything."""
    tandem.wipe_valkey()
    return "FLUSHALL"


def kill_valkey(tandem: Tandem, chance: Chance) -> str:
    """Kill Valkey, which keeps nothing."""
    return f"Valkey {_end_server(tandem, 'valkey-server', signal.SIGKILL)}"


def restart_postgres(tandem: Tandem, chance: Chance) -> str:
    """Restart PostgreSQL in fast mode: it hangs up on everybody."""
    return f"PostgreSQL {_end_server(tandem, 'postgres', signal.SIGINT)}, fast"


def crash_postgres(tandem: Tandem, chance: Chance) -> str:
    """Restart PostgreSQL in immediate mode: it recovers as from a crash."""
    return f"PostgreSQL {_end_server(tandem, 'postgres', signal.SIGQUIT)}, immediate"


Harm = Callable[[Tandem, Chance], str]

KILLS: dict[str, tuple[Harm, int]] = {
    "worker": (kill_worker, 5),
    "work-horse": (kill_horse, 3),
    "scheduler": (kill_scheduler, 1),
    "web": (kill_web, 1),
}
"""Each kill, and how many of ten are of its kind."""

OTHERS: dict[str, Harm] = {
    "flushall": wipe_valkey,
    "frozen": freeze_worker,
    "valkey": kill_valkey,
    "postgres": restart_postgres,
    "postgres crash": crash_postgres,
}

PUSH_KILLS: dict[str, tuple[Harm, int]] = {
    "push worker": (partial(kill_worker, queue=PUSH), 4),
    "push work-horse": (partial(kill_horse, queue=PUSH), 4),
    **KILLS,
}
"""The kills of a storm over passes, which the workers of people's edits carry out."""

PUSH_OTHERS: dict[str, Harm] = {**OTHERS, "frozen": partial(freeze_worker, queue=PUSH)}

HARMS: dict[str, Harm] = {**{name: harm for name, (harm, _) in KILLS.items()}, **OTHERS}
PUSH_HARMS: dict[str, Harm] = {**{name: harm for name, (harm, _) in PUSH_KILLS.items()}, **PUSH_OTHERS}


def plan(kills: int, others: int, chance: Chance, among: Mapping[str, tuple[Harm, int]] = KILLS) -> list[str]:
    """Return harms in an order of chance: so many kills, and every other harm so many times."""
    kinds = [name for name, (_, share) in among.items() for _ in range(share)]
    planned = [kinds[number % len(kinds)] for number in range(kills)] + [*OTHERS] * others
    chance.shuffle(planned)
    return planned


def _at_work(tandem: Tandem, queue: str) -> tuple[psutil.Process, psutil.Process]:
    def busy() -> tuple[psutil.Process, psutil.Process] | None:
        for worker in tandem.processes("worker", "--queue", queue):
            with suppress(psutil.Error):
                if horses := [each for each in worker.children() if _lives(each)]:
                    return worker, horses[0]
        return None

    try:
        found = tandem.until(busy, within=NOBODY_WORKS, what="a worker at work")
    except AssertionError as error:
        raise NothingToHarm from error
    assert found is not None
    return found


def _kill_one(processes: list[psutil.Process], chance: Chance) -> int:
    if not processes:
        raise NothingToHarm
    chosen = chance.choice(processes)
    _send(chosen, signal.SIGKILL)
    return chosen.pid


def _end_server(tandem: Tandem, program: str, number: int) -> int:
    servers = [each for each in psutil.Process().children() if each.name() == program]
    if not servers:
        raise NothingToHarm
    before = servers[0].pid
    os.kill(before, number)
    tandem.until(lambda: _has_another(program, before), what=f"{program} to start again")
    return before


def _has_another(program: str, before: int) -> bool:
    return any(each.name() == program and each.pid != before for each in psutil.Process().children())


def _send(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
