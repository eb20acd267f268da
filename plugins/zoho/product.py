"""What differs between Zoho's finance products, as a value, and what they all can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.sdk import Capabilities

FAMILY = "zoho"
"""An organization is the same one in every product of Zoho: one id, and the same customers."""

_OPERATIONS = ("contacts.READ", "contacts.CREATE", "contacts.UPDATE", "contacts.DELETE", "settings.READ")

MAX_LENGTHS: Mapping[str, Mapping[str, int]] = {
    "customer": {
        "name": 200,
        "company_name": 200,
        "billing_address.attention": 100,
        "billing_address.street": 500,
        "billing_address.street2": 255,
        "billing_address.city": 100,
        "billing_address.state": 100,
        "billing_address.postal_code": 50,
        "billing_address.country": 100,
    },
    "contact": {
        "salutation": 25,
        "first_name": 100,
        "last_name": 100,
        "email": 100,
        "phone": 50,
        "mobile": 50,
        # 100 by another of Zoho's pages; the shorter one cannot be refused.
        "designation": 50,
        "department": 50,
    },
}
"""The longest values Zoho takes, by its OpenAPI documents of contacts and contact persons."""

REQUIRED: Mapping[str, tuple[str, ...]] = {"customer": ("name",), "contact": ("first_name",)}
"""What Zoho takes no record without, by its documents of contacts and contact persons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One finance product of Zoho.

    ``scope`` is what its OAuth scopes begin with, ``path`` where its API lies on a data centre's API
    server, ``site`` the first part of its web address. ``calls_per_minute`` and ``calls_at_once`` are what
    its smallest plan allows an organization.
    """

    name: str
    label: str
    mark: str
    scope: str
    path: str
    site: str
    calls_per_minute: int
    calls_at_once: int

    @property
    def scopes(self) -> str:
        """Return all scopes the plugin needs, as Zoho takes them; marking active or primary needs CREATE."""
        return ",".join(f"{self.scope}.{operation}" for operation in _OPERATIONS)

    @property
    def capabilities(self) -> Capabilities:
        """Return what the product can do."""
        return Capabilities(
            calls_per_minute=self.calls_per_minute,
            calls_at_once=self.calls_at_once,
            unique_names=True,
            inactive=True,
            deletes_customers=True,
            webhooks=True,
            custom_fields=True,
            max_lengths=MAX_LENGTHS,
            required=REQUIRED,
        )
