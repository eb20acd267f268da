"""How long pages wait for a plugin: its pure parts run in a thread that is left behind when it hangs.

A thread that is left behind is interrupted. One that lets nothing interrupt it goes on until its process is
replaced, so a plugin that hung is not asked again for a while: pages go on without what it would have said.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from webapp.bounded import Overran, within
from webapp.outside.border import PluginFault, border

PATIENCE = 5.0
"""Seconds a pure part of a plugin may take; it calls nobody, so it needs none of them."""

REST = 60.0
"""Seconds for which a plugin that hung is not asked again by its process."""

T = TypeVar("T")

log = structlog.get_logger(__name__)

_asked_again_at: dict[str, float] = {}


def patiently(provider: str, call: Callable[[], T]) -> T:
    """Return what a plugin's pure part answers in time; raises what it may raise, or ``PluginFault``."""

    def crossing() -> T:
        with border(provider):
            return call()

    if _asked_again_at.get(provider, 0.0) > time.monotonic():
        raise PluginFault(provider, "it did not come back when it was last asked")
    try:
        return within(PATIENCE, crossing)
    except Overran:
        _asked_again_at[provider] = time.monotonic() + REST
        log.error("plugin.hung", provider=provider, seconds=PATIENCE)
        raise PluginFault(provider, f"it did not come back within {PATIENCE:g} seconds") from None
