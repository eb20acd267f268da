"""The door Tandem finds Zoho Invoice by."""

from __future__ import annotations

from plugins.invoice.provider import INVOICE
from plugins.zoho.provider import zoho_provider
from webapp.sdk import Provider, hookimpl


@hookimpl
def tandem_provider() -> Provider:
    """Return Zoho Invoice."""
    return zoho_provider(INVOICE)
