"""Opens plugins by their entry points; one that fails, in whatever way, is named and harms no other."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

import pluggy
import structlog

from webapp.bounded import Overran, within
from webapp.hooks import Hooked
from webapp.sdk import hookspec

log = structlog.get_logger(__name__)

T = TypeVar("T")

LOAD_SECONDS = 60.0
"""How long a start waits for one plugin."""

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A plugin that is installed and cannot be used."""

    name: str
    distribution: str
    reason: str
    version: str = ""


class EntryPoint(Protocol):
    """What is needed of ``importlib.metadata.EntryPoint``."""

    @property
    def name(self) -> str:
        """The name the plugin's distribution gave it."""
        ...

    @property
    def dist(self) -> importlib.metadata.Distribution | None:
        """The distribution the plugin came with."""
        ...

    def load(self) -> object:
        """Import the plugin."""
        ...


class Faulty(Exception):
    """A plugin does not keep to the rules; the text says which."""


def tried(entry: EntryPoint, load: Callable[[EntryPoint], T]) -> T | Broken:
    """Load a plugin, or say why it cannot be used."""
    try:
        found = within(LOAD_SECONDS, lambda: _loaded(entry, load))
    except Overran:
        found = _Failed(f"it does not come back within {LOAD_SECONDS:g} seconds")
    if not isinstance(found, _Failed):
        return found
    distribution, version = _brought_by(entry)
    log.warning("plugin_unavailable", plugin=entry.name, distribution=distribution, reason=found.reason)
    return Broken(name=entry.name, distribution=distribution, reason=found.reason, version=version)


def opened(entry: EntryPoint) -> Hooked:
    """Import a plugin and have its hooks checked against what the SDK says of them."""
    # A manager of its own for each plugin: a hook that fails cannot take the answers of others with it.
    manager = pluggy.PluginManager("tandem")
    manager.add_hookspecs(hookspec)
    manager.register(entry.load(), entry.name)
    manager.check_pending()
    distribution, version = _brought_by(entry)
    return Hooked(name=entry.name, distribution=distribution, version=version, manager=manager)


@dataclass(frozen=True, slots=True)
class _Failed:
    """Stands for a plugin that cannot be used."""

    reason: str


def _loaded(entry: EntryPoint, load: Callable[[EntryPoint], T]) -> T | _Failed:
    try:
        return load(entry)
    except BaseException as error:  # noqa: BLE001 - a plugin may fail in any way
        return _Failed(_reason(error))


def _brought_by(entry: EntryPoint) -> tuple[str, str]:
    if entry.dist is None:
        return "an unknown distribution", ""
    return entry.dist.name, entry.dist.version


def _reason(error: BaseException) -> str:
    if isinstance(error, Faulty):
        return str(error)
    words = type(error).__name__
    with suppress(Exception):  # The code of the plugin's own error may fail in any way.
        words += f": {error}"
    shown = "".join(sign if sign.isprintable() else " " for sign in words[:LONGEST_REASON])
    return f"it fails to load ({shown})"
