"""Plugins as people see them: what each brings, who uses it, what went wrong in it, and what would help."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from webapp.opening import Broken
from webapp.providers import Installed, Registry
from webapp.sdk import API_VERSION, Capabilities
from webapp.services import context, hook_faults
from webapp.services.hook_faults import Noted
from webapp.store.connections import Connection

ABILITIES = ("unique_names", "inactive", "deletes_customers", "webhooks")
"""The capabilities that are told by their names."""

STATES = ("left out", "failed", "ready", "idle")
"""How a plugin is, those first that need somebody."""

REPLACE = "Install a version of it that fits, or take it away; then restart all processes."
"""What helps where a plugin cannot be used."""

MISSING = "no plugin of this name is installed"
INSTALL = "Install the distribution that brings it and restart all processes, or disconnect."
"""What is said of a plugin that is gone and has connections still, and what helps then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One that is installed: ``name`` is that of its provider, or its own where it brings none.

    ``entry`` is the name it comes in by, and faults of its ``hooks`` are noted by. ``left_out`` says why it
    cannot be used and is blank where it can; ``label`` and ``mark`` are blank without a provider.
    """

    name: str
    entry: str
    distribution: str
    version: str
    label: str = ""
    mark: str = ""
    api_version: int | None = None
    abilities: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    left_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginView:
    """A plugin as its page shows it.

    ``state`` is one of ``STATES``: "failed" where a hook of it did within the last day (``fault``), "idle"
    where it brings neither a provider nor a hook until it is set up. ``remedy`` is blank where nothing has to
    be done; ``connections`` are those of the portal that use it.
    """

    plugin: Plugin
    state: str
    remedy: str
    fault: Noted | None
    connections: tuple[Connection, ...]


def installed(registry: Registry) -> list[Plugin]:
    """List the plugins of an installation: those with providers, those with hooks alone, those left out."""
    providers = registry.installed()
    hooked = [one.hooked for one in providers]
    return [
        *(_with_provider(one) for one in providers),
        *(
            Plugin(
                name=each.name,
                entry=each.name,
                distribution=each.distribution,
                version=each.version,
                api_version=API_VERSION,
                hooks=each.hooks,
            )
            for each in registry.hooks.plugins
            if each not in hooked
        ),
        *(_left_out(each) for each in registry.unavailable()),
    ]


def views(connections: Iterable[Connection]) -> list[PluginView]:
    """List the plugins as people see them, those first that need somebody; the portal has ``connections``."""
    begun = [each for each in connections if each.state != "new"]
    found = installed(context.registry())
    gone = {each.provider for each in begun if each.state != "disconnected"} - {each.name for each in found}
    faults = {each.plugin: each for each in hook_faults.noted()}
    shown = [_view(each, begun, faults) for each in found]
    shown += [_view(_missing(name), begun, faults, INSTALL) for name in sorted(gone)]
    return sorted(shown, key=lambda view: (STATES.index(view.state), not view.plugin.label, view.plugin.name))


def _view(
    plugin: Plugin, connections: list[Connection], faults: dict[str, Noted], remedy: str = REPLACE
) -> PluginView:
    fault = None if plugin.left_out else faults.get(plugin.entry)
    return PluginView(
        plugin=plugin,
        state=_state(plugin, fault),
        remedy=(remedy if plugin.left_out else "") or (hook_faults.REMEDY if fault else ""),
        fault=fault,
        connections=tuple(each for each in connections if each.provider == plugin.name),
    )


def _state(plugin: Plugin, fault: Noted | None) -> str:
    if plugin.left_out:
        return "left out"
    if fault is not None:
        return "failed"
    return "ready" if plugin.label or plugin.hooks else "idle"


def _with_provider(one: Installed) -> Plugin:
    provider = one.provider
    return Plugin(
        name=provider.name,
        entry=one.hooked.name if one.hooked else provider.name,
        distribution=one.distribution,
        version=one.version,
        label=provider.label,
        mark=provider.mark,
        api_version=provider.api_version,
        abilities=_abilities(provider.capabilities),
        hooks=one.hooked.hooks if one.hooked else (),
    )


def _left_out(each: Broken) -> Plugin:
    return Plugin(
        name=each.name,
        entry=each.name,
        distribution=each.distribution,
        version=each.version,
        left_out=each.reason,
    )


def _missing(name: str) -> Plugin:
    return Plugin(name=name, entry=name, distribution="", version="", left_out=MISSING)


def _abilities(can: Capabilities) -> tuple[str, ...]:
    told = [name.replace("_", " ") for name in ABILITIES if getattr(can, name)]
    return f"{can.calls_per_minute} calls a minute", f"{can.calls_at_once} at once", *told
