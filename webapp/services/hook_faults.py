"""What went wrong in plugins' hooks, for the log and for whoever looks after the installation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import structlog
from redis import RedisError

from webapp.hooks import HookFault
from webapp.services import context
from webapp.store.columns import now

REMEMBERED = "tandem:hook-faults"
"""By plugin, what went wrong last; Valkey may forget it, the log does not."""

DAY = 24 * 3600

REMEDY = "Look for hook.failed in the workers' logs; update the plugin, or take it away."
"""What helps where a plugin's hook failed."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What went wrong last in a plugin's hooks, and when."""

    plugin: str
    hook: str
    words: str
    at: datetime


def note(fault: HookFault) -> None:
    """Write down that a plugin failed; never fails itself."""
    log.warning("hook.failed", plugin=fault.plugin, hook=fault.hook, reason=fault.what)
    told = json.dumps({"hook": fault.hook, "words": str(fault), "at": now().isoformat()})
    try:
        with context.valkey().pipeline() as pipe:
            pipe.hset(REMEMBERED, fault.plugin, told)
            pipe.expire(REMEMBERED, DAY)
            pipe.execute()
    except RedisError as error:
        log.warning("hook.fault_not_kept", plugin=fault.plugin, error=type(error).__name__)


def noted() -> tuple[Noted, ...]:
    """List what went wrong within the last day, one of each plugin, by its name; none without Valkey."""
    try:
        found = context.valkey().hgetall(REMEMBERED)
    except RedisError:
        return ()
    rows = {name.decode(): json.loads(told) for name, told in found.items()}  # type: ignore[union-attr]
    return tuple(
        # A process of the version before, which may still run, notes no hook.
        Noted(plugin=name, hook=row.get("hook", ""), words=row["words"], at=datetime.fromisoformat(row["at"]))
        for name, row in sorted(rows.items())
    )
