"""What the standard tests write: a customer and a contact with every field filled, and texts that are odd."""

from __future__ import annotations

from webapp.sdk.records import Address, ContactData, CustomerData

ODD_TEXTS = (
    "Łódź & Söhne",
    "株式会社ミライ",
    "شركة النور",
    "<b>Bold</b>",
    "=1+1",
    "🚀 Rockets",
    'O\'Neil "Q" \\ Co',
)
FULL_CUSTOMER = CustomerData(
    name="Ada Works",
    company_name="Ada Works GmbH",
    website="https://ada.example",
    billing_address=Address(
        attention="Ana", street="12 Rua do Ouro", city="Lisboa", postal_code="1100-060", country="Portugal"
    ),
    active=True,
)
FULL_CONTACT = ContactData(
    salutation="Ms.",
    first_name="Ada",
    last_name="Lovelace",
    email="ada@ada.example",
    phone="+44 20 7946 0001",
    mobile="+44 7700 900001",
    designation="Countess",
    department="Engines",
)
