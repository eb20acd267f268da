"""Plugins that a test makes, installed as if a distribution had brought them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pluggy
import pytest

from webapp.hooks import Hooked, Hooks
from webapp.sdk import Value, Veto, Writing, hookimpl, hookspec
from webapp.services import context

AMPLE = 30.0
"""Seconds in which a plugin of a test answers, however busy the machine is."""


class Plugin:
    """A plugin that answers before a write as a test wants it, and keeps what it was ``told``."""

    def __init__(self, answer: Callable[[Writing], Veto | Mapping[str, Value] | None]) -> None:
        self.answer = answer
        self.told: list[Writing] = []

    @hookimpl
    def tandem_before_write(self, writing: Writing) -> Veto | Mapping[str, Value] | None:
        """Answer, and remember the question."""
        self.told.append(writing)
        return self.answer(writing)


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
