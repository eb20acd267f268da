"""The one door a plugin comes in by: a pluggy hook, found through the entry points ``tandem.providers``."""

from __future__ import annotations

import pluggy

from webapp.sdk.provider import Provider

hookspec = pluggy.HookspecMarker("tandem")
hookimpl = pluggy.HookimplMarker("tandem")
"""Marks the function by which a plugin answers a hook."""


@hookspec
def tandem_provider() -> Provider:  # type: ignore[empty-body]
    """Return the provider this plugin describes."""
