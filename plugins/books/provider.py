"""What is particular to Zoho Books."""

from __future__ import annotations

from plugins.zoho.product import MAX_LENGTHS, REQUIRED, Product
from webapp.sdk import Capabilities

BOOKS = Product(
    name="books",
    label="Zoho Books",
    mark="ZB",
    scope="ZohoBooks",
    path="/books/v3",
    site="books",
    capabilities=Capabilities(
        # zoho.com/books/api/v3/introduction: a hundred calls a minute; five at once on the free plan.
        calls_per_minute=100,
        calls_at_once=5,
        unique_names=True,
        inactive=True,
        deletes_customers=True,
        webhooks=True,
        max_lengths=MAX_LENGTHS,
        required=REQUIRED,
    ),
)
"""Zoho Books, API version 3."""
