"""Finds plugins by their entry points, checks them, and hands out providers by name and hooks together."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_type_hints
from urllib.parse import urlsplit

from webapp.hooks import Hooked, Hooks
from webapp.opening import Broken, EntryPoint, Faulty, opened, tried
from webapp.sdk import API_VERSION, Provider, Region
from webapp.sdk.provider import asks_nobody
from webapp.shape import misfit

__all__ = ["NAME", "SANDBOX", "Broken", "Installed", "Registry", "UnknownProvider", "UnknownRegion"]

GROUP = "tandem.providers"
HOOKS_GROUP = "tandem.hooks"
"""What plugins that bring no provider come in by."""

SANDBOX = "sandbox"
"""The key of the region that stands for the one outside address allowed explicitly."""

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""What a provider may be called."""

_CONSENT = ("authorize_url", "read_callback", "exchange")
_CALLABLES = (
    *_CONSENT,
    "organizations",
    "probe",
    "custom_fields",
    "open",
    "revoke",
    "record_url",
    "verify_webhook",
)


_DATA = {name: kind for name, kind in get_type_hints(Provider).items() if name not in _CALLABLES}
"""What a provider is described by besides what can be called."""


class UnknownProvider(LookupError):
    """No plugin that works describes a provider of this name; the text says why and what to do."""


class UnknownRegion(LookupError):
    """The provider has no such region; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A plugin that is installed and can be used, and what brought it."""

    provider: Provider
    distribution: str
    version: str
    hooked: Hooked | None = None


class Registry:
    """The providers of this installation. ``sandbox_url`` adds a region to each that leads there alone."""

    def __init__(
        self,
        providers: Iterable[Provider],
        broken: Iterable[Broken] = (),
        *,
        sandbox_url: str | None = None,
        installed: Iterable[Installed] = (),
        hooks: Hooks | None = None,
    ) -> None:
        self._providers = {provider.name: provider for provider in providers}
        self._installed = tuple(installed)
        self._broken = tuple(broken)
        self._sandbox_url = sandbox_url
        self.hooks = hooks or Hooks()

    @classmethod
    def load(
        cls,
        *,
        sandbox_url: str | None = None,
        entry_points: Iterable[EntryPoint] | None = None,
        hook_entry_points: Iterable[EntryPoint] | None = None,
    ) -> Registry:
        """Ask every installed plugin what it brings; one that fails is unavailable and harms no other.

        Where ``entry_points`` are given these are all there are, with the ``hook_entry_points``.
        """
        found: dict[str, list[Installed]] = {}
        broken: list[Broken] = []
        if entry_points is None:
            entry_points = importlib.metadata.entry_points(group=GROUP)
            hook_entry_points = importlib.metadata.entry_points(group=HOOKS_GROUP)
        for entry in entry_points:
            one = tried(entry, _installed)
            if isinstance(one, Broken):
                broken.append(one)
            else:
                found.setdefault(one.provider.name, []).append(one)
        hooked = [tried(entry, opened) for entry in hook_entry_points or ()]
        broken += [each for each in hooked if isinstance(each, Broken)]
        alone, clashing = _sole(found)
        providers = [one.provider for one in alone]
        asked = [each for each in hooked if isinstance(each, Hooked)]
        hooks = Hooks([*asked, *(one.hooked for one in alone if one.hooked is not None)])
        everything = [*broken, *clashing]
        return cls(providers, everything, sandbox_url=sandbox_url, installed=alone, hooks=hooks)

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
        for plugin in self.hooks.plugins:
            if plugin.name == name:
                raise UnknownProvider(
                    f"The plugin {name} of {plugin.distribution} brings hooks and no provider: "
                    "there is nothing to connect to."
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


def _installed(entry: EntryPoint) -> Installed:
    hooked = opened(entry)
    answers = hooked.manager.hook.tandem_provider()
    if len(answers) != 1:
        raise Faulty("it has no hook tandem_provider that returns a provider")
    return Installed(
        provider=_checked(answers[0]),
        distribution=hooked.distribution,
        version=hooked.version,
        hooked=hooked,
    )


def _checked(answer: object) -> Provider:
    if type(answer) is not Provider:
        raise Faulty(f"its hook tandem_provider returned {type(answer).__name__}, not a Provider")
    if answer.api_version != API_VERSION:
        older = "the portal" if answer.api_version > API_VERSION else "the plugin"
        versions = f"version {answer.api_version} of the SDK, this portal has {API_VERSION}"
        raise Faulty(f"it was written for {versions}: update {older}")
    for part, kind in _DATA.items():
        if fault := misfit(getattr(answer, part), kind, part):
            raise Faulty(fault)
    if not NAME.fullmatch(answer.name):
        raise Faulty(f"the name {answer.name!r} is not lower case letters, digits and _, at most 32")
    if not answer.label.strip() or len(answer.label) > 60 or len(answer.mark) != 2:
        raise Faulty("it needs a label of 1 to 60 characters and a mark of two letters")
    for part in _CALLABLES:
        if not callable(getattr(answer, part)):
            raise Faulty(f"{part} cannot be called")
    if answer.capabilities.calls_per_minute < 1 or answer.capabilities.calls_at_once < 1:
        raise Faulty("its capabilities allow no call: calls_per_minute and calls_at_once must be 1 or more")
    _check_regions(answer.regions)
    _check_once("credential", [field.name for field in answer.credentials])
    _check_authorising(answer)
    _check_webhook(answer)
    return answer


def _check_regions(regions: tuple[Region, ...]) -> None:
    if not regions:
        raise Faulty("it names no region")
    _check_once("region", [region.key for region in regions])
    for region in regions:
        if region.key == SANDBOX:
            raise Faulty(f"the region key {SANDBOX!r} is the portal's own: choose another")
        if not region.endpoints:
            raise Faulty(f"the region {region.key} has no endpoint")
        for url in region.endpoints.values():
            _check_endpoint(url)


def _check_endpoint(url: str) -> None:
    parts = urlsplit(url)
    plain = parts.username is None and parts.port != 0 and not parts.query and not parts.fragment
    if parts.scheme != "https" or not parts.hostname or not plain or url != url.strip().lower():
        raise Faulty(f"the endpoint {url!r} is not an https address in lower case without user or query")


def _check_authorising(provider: Provider) -> None:
    left_out = [part for part in _CONSENT if getattr(provider, part) is asks_nobody]
    if left_out and left_out != list(_CONSENT):
        raise Faulty(f"it leaves out {' and '.join(left_out)}: give all of {', '.join(_CONSENT)}, or none")
    if provider.keys_alone and not any(field.secret for field in provider.credentials):
        raise Faulty("it asks neither for consent nor for a secret: add a credential that is secret")


def _check_webhook(provider: Provider) -> None:
    steps = " ".join(provider.webhook_guide)
    if provider.capabilities.webhooks and not ("{address}" in steps and "{secret}" in steps):
        raise Faulty("its webhook_guide does not say where {address} and {secret} go")


def _check_once(what: str, names: list[str]) -> None:
    for name in names:
        if not name or names.count(name) > 1:
            raise Faulty(f"each {what} needs a name of its own, and {name!r} is not")


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
