"""Opens plugins by their entry points; one that fails, in whatever way, is named and harms no other."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import pluggy
import structlog

from webapp.hooks import Hooked
from webapp.sdk import hookspec

log = structlog.get_logger(__name__)

T = TypeVar("T")


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
        return load(entry)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may fail in any way
        reason = _reason(error)
        distribution, version = _brought_by(entry)
        log.warning("plugin_unavailable", plugin=entry.name, distribution=distribution, reason=reason)
        return Broken(name=entry.name, distribution=distribution, reason=reason, version=version)


def opened(entry: EntryPoint) -> Hooked:
    """Import a plugin and have its hooks checked against what the SDK says of them."""
    # A manager of its own for each plugin: a hook that fails cannot take the answers of others with it.
    manager = pluggy.PluginManager("tandem")
    manager.add_hookspecs(hookspec)
    manager.register(entry.load(), entry.name)
    manager.check_pending()
    distribution, version = _brought_by(entry)
    return Hooked(name=entry.name, distribution=distribution, version=version, manager=manager)


def _brought_by(entry: EntryPoint) -> tuple[str, str]:
    if entry.dist is None:
        return "an unknown distribution", ""
    return entry.dist.name, entry.dist.version


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, Faulty) else f"it fails to load ({type(error).__name__}: {error})"
