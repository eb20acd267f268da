"""A diagnosis to hand on: what an installation is and how it fares, without secrets and nobody's data.

Each part names what it takes: versions, counts, states, times, ids. What people or providers wrote, names of
portals, organizations and machines, addresses and keys are taken by none, so that nothing has to be found in
it and removed.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from datetime import datetime
from importlib.metadata import distributions
from typing import Any
from urllib.parse import urlsplit

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp.budget import BudgetState
from webapp.config import Settings, is_loopback
from webapp.extensions import db
from webapp.services import context, hook_faults, metrics, rings
from webapp.services.doctor import examine
from webapp.services.presence import version
from webapp.store import diagnosis as store
from webapp.store import figures, leases, processes, schema
from webapp.store.columns import now
from webapp.walls import Unwalled, across_portals

SAID_IN_FULL = ("settings", "database", "valkey", "queue", "keys")
"""The doctor's areas whose words name nobody and no machine; of the others the level is told alone."""

PLAIN_SETTINGS = (
    *("poll_seconds", "calls_per_minute", "proxies", "read_only", "log_format", "log_level"),
    *("keep_runs_days", "keep_history_days", "keep_mirror_days", "keep_notices_days"),
)
TIMES = (
    *("created_at", "connected_at", "refreshed_at", "census_finished_at", "paused_until"),
    *("bulk_paused_until", "sync_paused_at"),
)
Part = dict[str, Any]


def diagnosis() -> Iterator[tuple[str, Part | bytes]]:
    """Make the parts, each with the name of its file; one that cannot be asked says why."""
    parts: dict[str, Callable[[], Part]] = {
        "versions": _versions,
        "settings": lambda: told_settings(context.settings()),
        "findings": _findings,
        "migrations": _migrations,
        "counts": _counts,
        "queue": _queue,
        "connections": _connections,
        "references": _references,
    }
    for name, part in parts.items():
        yield f"{name}.json", _asked(part)
    yield "metrics.txt", metrics.exposition("")[0]


def told_settings(settings: Settings) -> Part:
    """Tell the settings: those that are numbers and choices as they are, of the others what kind they are."""
    mail = settings.mail
    kinds: Part = {
        "database_url": _place(settings.database_url),
        "redis_url": _place(settings.redis_url),
        "base_url": _place(settings.base_url),
        "sandbox_url": _place(settings.sandbox_url) if settings.sandbox_url else None,
        "secret_key": "set",
        "keys": len(settings.keys),
        "metrics_token": "set" if settings.metrics_token else None,
        "mail": ("folder" if mail.folder else mail.encryption) if mail else None,
        "client_credentials": sorted(settings.client_credentials),
    }
    plain = {name: getattr(settings, name) for name in PLAIN_SETTINGS}
    return {each.name: (plain | kinds)[each.name] for each in fields(Settings)}


def _place(address: str) -> str:
    """Say of an address how it is spoken to, and whether that is this machine."""
    parts = urlsplit(address)
    near = not parts.hostname or is_loopback(parts.hostname)
    return f"{parts.scheme}, {'this machine' if near else 'another machine'}"


def _asked(part: Callable[[], Part]) -> Part:
    try:
        with across_portals():
            return part()
    except (SQLAlchemyError, RedisError, Unwalled) as error:
        return {"not_asked": type(error).__name__}
    finally:
        db.session.rollback()


def _versions() -> Part:
    registry = context.registry()
    return {
        "tandem": version(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "plugins": [
            {"name": each.provider.name, "distribution": each.distribution, "version": each.version}
            for each in registry.installed()
        ],
        "plugins_left_out": [
            {"name": each.name, "distribution": each.distribution, "version": each.version}
            for each in registry.unavailable()
        ],
        "hooks_failed": [
            {"plugin": each.plugin, "hook": each.hook, "at": _moment(each.at)} for each in hook_faults.noted()
        ],
        "distributions": dict(sorted((each.name, each.version) for each in distributions())),
    }


def _findings() -> Part:
    seen = [asdict(each) for each in examine()]
    return {
        "findings": [
            each if each["area"] in SAID_IN_FULL else {name: each[name] for name in ("area", "level")}
            for each in seen
        ]
    }


def _migrations() -> Part:
    with db.engine.connect() as connection:
        return {"database": schema.current(connection), "newest": schema.newest()}


def _counts() -> Part:
    held = figures.database()
    return {
        "tables": [asdict(each) for each in store.tables()],
        "database": {"connections": held.used, "permitted": held.permitted, "bytes": held.bytes},
        "runs": [row._asdict() for row in figures.runs_by_state()],
        "items": figures.items_by_outcome(),
        "mails_overdue": figures.mails_overdue(),
        "leases_held": len(leases.leases_held()),
    }


def _queue() -> Part:
    machines = _numbered("machine")
    return {
        "due": {
            queue: {"connections": number, "oldest_seconds": age}
            for queue, (number, age) in figures.work_due(now()).items()
        },
        "processes": [
            {**asdict(each), "host": machines(each.host), "pid": None} for each in processes.seen()
        ],
        "rings": {queue: asdict(each) for queue, each in rings.waiting().items()},
    }


def _connections() -> Part:
    portals = _numbered("portal")
    return {
        "connections": [
            {
                "id": str(each.id),
                "portal": portals(key),
                "provider": each.provider,
                "region": each.region,
                "state": each.state,
                "failures": each.failures,
                "calls": _calls(BudgetState.from_mapping(each.calls)),
                **{name: _moment(getattr(each, name)) for name in TIMES},
            }
            for each, key in figures.connections_in_use()
        ]
    }


def _calls(state: BudgetState) -> Part:
    return {"left_today": state.calls_left_today, "day_limit": state.day_limit}


def _references() -> Part:
    return {
        "references": [
            {**asdict(each), "connection_id": str(each.connection_id), "at": _moment(each.at)}
            for each in store.references()
        ]
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _numbered(kind: str) -> Callable[[str], str]:
    """Return a function that gives each name a number, the same one each time."""
    known: dict[str, str] = {}
    return lambda name: known.setdefault(name, f"{kind} {len(known) + 1}")
