"""What is particular to Zoho Books."""

from __future__ import annotations

from plugins.zoho.product import Product

BOOKS = Product(
    name="books",
    label="Zoho Books",
    mark="ZB",
    scope="ZohoBooks",
    path="/books/v3",
    site="books",
    # zoho.com/books/api/v3/introduction: a hundred calls a minute; five at once on the free plan.
    calls_per_minute=100,
    calls_at_once=5,
)
