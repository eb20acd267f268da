"""What is particular to Zoho Invoice."""

from __future__ import annotations

from plugins.zoho.product import Product

INVOICE = Product(
    name="invoice",
    label="Zoho Invoice",
    mark="ZI",
    scope="ZohoInvoice",
    path="/invoice/v3",
    site="invoice",
    # Its pages name no limits but the day's, which answers tell. An organization is the same one in Books, so
    # the limits of Books' free plan are kept to; 116 calls in a minute were seen to pass.
    calls_per_minute=100,
    calls_at_once=5,
)
