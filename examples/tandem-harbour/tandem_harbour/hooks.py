"""The door Tandem finds Harbour by."""

from __future__ import annotations

from webapp.sdk import Provider, hookimpl

from tandem_harbour.provider import HARBOUR


@hookimpl
def tandem_provider() -> Provider:
    """Return Harbour."""
    return HARBOUR
