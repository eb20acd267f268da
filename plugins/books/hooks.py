"""The door Tandem finds Zoho Books by."""

from __future__ import annotations

from plugins.books.provider import BOOKS
from plugins.zoho.provider import zoho_provider
from webapp.sdk import Provider, hookimpl


@hookimpl
def tandem_provider() -> Provider:
    """Return Zoho Books."""
    return zoho_provider(BOOKS)
