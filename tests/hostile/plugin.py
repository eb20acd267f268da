"""A plugin that keeps its promises until it is told not to: its calls can misbehave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from tests.mirror_world import MemoryProvider
from webapp.outside import OutsideAccount
from webapp.sdk import Directory, Provider

PURE = ("authorize_url", "read_callback", "record_url", "verify_webhook")
ACCOUNT = ("exchange", "organizations", "probe", "custom_fields", "open", "revoke")
LISTS = ("changed", "census", "contact_census")
WRITES = ("update_customer", "update_contact", "create_contact", "delete_contact", "delete_customer")
DIRECTORY = (*LISTS, "customer", *WRITES)
CALLS = ("tandem_provider", *PURE, *ACCOUNT, *DIRECTORY)
"""Every call a plugin gets; customers are never created at a provider."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as the plugin sees it: what an honest one would do, and the account it was opened with."""

    name: str
    honest: Callable[[], Any]
    account: OutsideAccount | None


Deed = Callable[[Asked], Any]
"""What a plugin does instead; what it returns or raises is the call's answer."""


@dataclass
class HostilePlugin:
    """The plugin. ``deeds`` are by the name of the call; ``asked`` counts nothing that misbehaved."""

    honest: MemoryProvider
    deeds: dict[str, Deed] = field(default_factory=dict)

    def provider(self) -> Provider:
        """Describe it as a plugin would."""
        provider = self.honest.provider()
        calls = {name: self.call(name, getattr(provider, name)) for name in (*PURE, *ACCOUNT)}
        return replace(provider, **{**calls, "open": self.call("open", self._open)})

    def call(self, name: str, honest: Callable[..., Any], account: OutsideAccount | None = None) -> Any:
        """Return a call that is honest until there is a deed of its name."""

        def answer(*arguments: Any, **named: Any) -> Any:
            given = arguments[0] if arguments and isinstance(arguments[0], OutsideAccount) else account
            asked = Asked(name, partial(honest, *arguments, **named), given)
            return self.deeds[name](asked) if name in self.deeds else asked.honest()

        return answer

    def _open(self, account: OutsideAccount) -> Directory:
        return _Directory(self, account)  # type: ignore[return-value]


class _Directory:
    """The books of the honest provider, read and written through calls that may misbehave."""

    def __init__(self, plugin: HostilePlugin, account: OutsideAccount) -> None:
        for name in (*DIRECTORY, "create_customer"):
            setattr(self, name, plugin.call(name, getattr(plugin.honest.directory, name), account))
