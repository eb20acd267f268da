"""Plugins that a test makes, installed as if a distribution had brought them."""

from __future__ import annotations

import pluggy
import pytest

from webapp.hooks import Hooked, Hooks
from webapp.sdk import hookspec
from webapp.services import context

AMPLE = 30.0
"""Seconds in which a plugin of a test answers, however busy the machine is."""


def hooked(name: str, plugin: object) -> Hooked:
    """Say what the portal knows of a plugin."""
    manager = pluggy.PluginManager("tandem")
    manager.add_hookspecs(hookspec)
    manager.register(plugin)
    return Hooked(name=name, distribution=f"tandem-{name}", version="1.0", manager=manager)


def install(monkeypatch: pytest.MonkeyPatch, plugin: object, name: str = "guard") -> None:
    """Let this be the only plugin of the running application that answers hooks, until the test ends."""
    hooks = Hooks([hooked(name, plugin)], patience=AMPLE, patience_after=AMPLE)
    monkeypatch.setattr(context.registry(), "hooks", hooks)
