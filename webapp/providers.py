"""Finds provider plugins by their entry points, checks them, and hands them out by name."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import pluggy
import structlog

from webapp.sdk import API_VERSION, Provider, Region, hookspec

log = structlog.get_logger(__name__)

GROUP = "tandem.providers"
SANDBOX = "sandbox"
"""The key of the region that stands for the one outside address allowed explicitly."""

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""What a provider may be called."""

_CALLABLES = (
    "authorize_url",
    "read_callback",
    "exchange",
    "organizations",
    "probe",
    "open",
    "revoke",
    "record_url",
    "verify_webhook",
)


class UnknownProvider(LookupError):
    """No plugin that works describes a provider of this name; the text says why and what to do."""


class UnknownRegion(LookupError):
    """The provider has no such region; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A plugin that is installed and cannot be used."""

    name: str
    distribution: str
    reason: str
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A plugin that is installed and can be used, and what brought it."""

    provider: Provider
    distribution: str
    version: str


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


class _Faulty(Exception):
    """A plugin does not keep to the rules; the text says which."""


class Registry:
    """The providers of this installation. ``sandbox_url`` adds a region to each that leads there alone."""

    def __init__(
        self,
        providers: Iterable[Provider],
        broken: Iterable[Broken] = (),
        *,
        sandbox_url: str | None = None,
        installed: Iterable[Installed] = (),
    ) -> None:
        self._providers = {provider.name: provider for provider in providers}
        self._installed = tuple(installed)
        self._broken = tuple(broken)
        self._sandbox_url = sandbox_url

    @classmethod
    def load(
        cls, *, sandbox_url: str | None = None, entry_points: Iterable[EntryPoint] | None = None
    ) -> Registry:
        """Ask every installed plugin for its provider; one that fails is unavailable and harms no other."""
        found: dict[str, list[Installed]] = {}
        broken: list[Broken] = []
        for entry in importlib.metadata.entry_points(group=GROUP) if entry_points is None else entry_points:
            distribution = entry.dist.name if entry.dist else "an unknown distribution"
            version = entry.dist.version if entry.dist else ""
            try:
                provider = _checked(_asked(entry))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may fail in any way
                reason = _reason(error)
                log.warning("plugin_unavailable", plugin=entry.name, distribution=distribution, reason=reason)
                broken.append(
                    Broken(name=entry.name, distribution=distribution, reason=reason, version=version)
                )
            else:
                one = Installed(provider=provider, distribution=distribution, version=version)
                found.setdefault(provider.name, []).append(one)
        alone, clashing = _sole(found)
        providers = [one.provider for one in alone]
        return cls(providers, [*broken, *clashing], sandbox_url=sandbox_url, installed=alone)

    def providers(self) -> tuple[Provider, ...]:
        """Return the providers that can be used, by label."""
        return tuple(sorted(self._providers.values(), key=lambda provider: provider.label))

    def unavailable(self) -> tuple[Broken, ...]:
        """Return the plugins that are installed and cannot be used, and why."""
        return self._broken

    def installed(self) -> tuple[Installed, ...]:
        """Return the plugins that can be used, by name, with what brought them."""
        return tuple(sorted(self._installed, key=lambda one: one.provider.name))

    def taken(self) -> dict[str, str]:
        """Return the names that plugins have, whether they can be used or not, each with its distribution."""
        broken = {each.name: each.distribution for each in self._broken}
        return broken | {one.provider.name: one.distribution for one in self._installed}

    def get(self, name: str) -> Provider:
        """Return the provider of this name; raise ``UnknownProvider``."""
        if name in self._providers:
            return self._providers[name]
        for broken in self._broken:
            if broken.name == name:
                raise UnknownProvider(
                    f"The plugin {name} of {broken.distribution} is unavailable: {broken.reason}."
                )
        raise UnknownProvider(
            f"No plugin for {name!r} is installed: install the distribution that brings it."
        )

    def regions(self, provider: Provider) -> tuple[Region, ...]:
        """Return the places a connection can be made to; the sandbox comes last, where it is allowed."""
        if self._sandbox_url is None:
            return provider.regions
        names = [name for region in provider.regions for name in region.endpoints]
        endpoints = dict.fromkeys(names, self._sandbox_url)
        return (*provider.regions, Region(key=SANDBOX, label="Sandbox", endpoints=endpoints))

    def region(self, provider: Provider, key: str) -> Region:
        """Return one of the provider's regions; raise ``UnknownRegion``."""
        for region in self.regions(provider):
            if region.key == key:
                return region
        if key == SANDBOX:
            raise UnknownRegion("The sandbox is not allowed here: set TANDEM_SANDBOX_URL to its address.")
        raise UnknownRegion(
            f"{provider.label} has no region {key!r}: connect again and choose one of its regions."
        )

    def allowed_origins(self, provider: Provider, region_key: str) -> frozenset[str]:
        """Return the origins (scheme, host and port) a connection to the region may call, and no others."""
        return frozenset(_origin(url) for url in self.region(provider, region_key).endpoints.values())


def _asked(entry: EntryPoint) -> object:
    # A manager of its own for each plugin: a hook that fails cannot take the answers of others with it.
    manager = pluggy.PluginManager("tandem")
    manager.add_hookspecs(hookspec)
    manager.register(entry.load(), entry.name)
    manager.check_pending()
    answers = manager.hook.tandem_provider()
    if len(answers) != 1:
        raise _Faulty("it has no hook tandem_provider that returns a provider")
    return answers[0]


def _checked(answer: object) -> Provider:
    if not isinstance(answer, Provider):
        raise _Faulty(f"its hook tandem_provider returned {type(answer).__name__}, not a Provider")
    if answer.api_version != API_VERSION:
        older = "the portal" if answer.api_version > API_VERSION else "the plugin"
        versions = f"version {answer.api_version} of the SDK, this portal has {API_VERSION}"
        raise _Faulty(f"it was written for {versions}: update {older}")
    if not NAME.fullmatch(answer.name):
        raise _Faulty(f"the name {answer.name!r} is not lower case letters, digits and _, at most 32")
    if not answer.label.strip() or len(answer.label) > 60 or len(answer.mark) != 2:
        raise _Faulty("it needs a label of 1 to 60 characters and a mark of two letters")
    for part in _CALLABLES:
        if not callable(getattr(answer, part)):
            raise _Faulty(f"{part} cannot be called")
    if answer.capabilities.calls_per_minute < 1 or answer.capabilities.calls_at_once < 1:
        raise _Faulty("its capabilities allow no call: calls_per_minute and calls_at_once must be 1 or more")
    _check_regions(answer.regions)
    _check_once("credential", [field.name for field in answer.credentials])
    _check_webhook(answer)
    return answer


def _check_regions(regions: tuple[Region, ...]) -> None:
    if not regions:
        raise _Faulty("it names no region")
    _check_once("region", [region.key for region in regions])
    for region in regions:
        if region.key == SANDBOX:
            raise _Faulty(f"the region key {SANDBOX!r} is the portal's own: choose another")
        if not region.endpoints:
            raise _Faulty(f"the region {region.key} has no endpoint")
        for url in region.endpoints.values():
            _check_endpoint(url)


def _check_endpoint(url: str) -> None:
    parts = urlsplit(url)
    plain = parts.username is None and parts.port != 0 and not parts.query and not parts.fragment
    if parts.scheme != "https" or not parts.hostname or not plain or url != url.strip().lower():
        raise _Faulty(f"the endpoint {url!r} is not an https address in lower case without user or query")


def _check_webhook(provider: Provider) -> None:
    steps = " ".join(provider.webhook_guide)
    if provider.capabilities.webhooks and not ("{address}" in steps and "{secret}" in steps):
        raise _Faulty("its webhook_guide does not say where {address} and {secret} go")


def _check_once(what: str, names: list[str]) -> None:
    for name in names:
        if not name or names.count(name) > 1:
            raise _Faulty(f"each {what} needs a name of its own, and {name!r} is not")


def _sole(found: dict[str, list[Installed]]) -> tuple[list[Installed], list[Broken]]:
    """Part the plugins that are alone of their name from those that share one."""
    alone = [rivals[0] for rivals in found.values() if len(rivals) == 1]
    clashing = []
    for name, rivals in found.items():
        if len(rivals) > 1:
            owners = " and ".join(rival.distribution for rival in rivals)
            reason = f"{owners} both bring a provider named {name}: uninstall all but one"
            clashing += [
                Broken(name=name, distribution=rival.distribution, reason=reason, version=rival.version)
                for rival in rivals
            ]
    return alone, clashing


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, _Faulty) else f"it fails to load ({type(error).__name__}: {error})"
