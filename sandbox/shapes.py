"""Contacts as the API shows them: the row of a list and the detail, with exactly the recorded keys."""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.fixed_fields import (
    BOOKS_ONLY_DETAIL_KEYS,
    DETAIL_REST,
    DETAIL_STATE,
    INVOICE_ONLY_DETAIL,
    PAYABLE_ROW_KEYS,
)
from sandbox.person_shapes import person_in_detail, photo_url
from sandbox.records import ADDRESS_FIELDS, Address, Contact, Custom, Organization, Person

Json = dict[str, Any]

_NOBODY = Person(id="", contact_id="", created=0, updated=0)


def contact_row(organization: Organization, contact: Contact, product: str) -> Json:
    """Return a contact as GET /contacts lists it: no persons, no addresses, no notes."""
    row = {
        **_identity_in_row(contact),
        **_terms(organization, contact),
        "twitter": contact.twitter,
        "facebook": contact.facebook,
        **_balances(contact),
        **_primary_in_row(contact),
        "portal_status": _portal_status(contact),
        "portal_status_formatted": _portal_status(contact).capitalize(),
        "track_1099": False,
        "created_time": organization.stamp(contact.created),
        "created_time_formatted": organization.day(contact.created),
        "last_modified_time": organization.stamp(contact.modified),
        "last_modified_time_formatted": organization.day(contact.modified),
        **_custom(organization, contact),
        **_promoted(organization, contact),
        "contactperson_custom_fields": [],
        "tags": [],
        "ach_supported": False,
        "has_attachment": False,
    }
    if product == "invoice":
        for key in PAYABLE_ROW_KEYS:
            del row[key]
    return row


def contact_detail(organization: Organization, contact: Contact, product: str) -> Json:
    """Return a contact as GET /contacts/{id}, POST and PUT answer it."""
    detail = {
        **_identity_in_detail(organization, contact),
        **DETAIL_STATE,
        **_terms(organization, contact),
        **_balances(contact),
        **_custom(organization, contact),
        **_promoted(organization, contact),
        **_addresses(contact),
        "contact_persons": [person_in_detail(contact, person) for person in contact.persons],
        **DETAIL_REST,
        **_history(organization, contact),
        "customer_currency_summaries": [_currency_summary(organization, contact)],
    }
    if product == "invoice":
        for key in BOOKS_ONLY_DETAIL_KEYS:
            del detail[key]
        detail.update(INVOICE_ONLY_DETAIL)
    return detail


def address_shape(address: Address | None, address_id: str) -> Json:
    """Return an address with every field there is; an empty one has an id too."""
    given = address or {}
    return {"address_id": address_id, **{name: given.get(name, "") for name in ADDRESS_FIELDS}}


def _identity_in_row(contact: Contact) -> Json:
    return {
        "contact_id": contact.id,
        "contact_name": contact.name,
        "customer_name": contact.name,
        "vendor_name": contact.name,
        "company_name": contact.company_name,
        "website": contact.website,
        "language_code": contact.language_code,
        "language_code_formatted": "",
        "contact_type": contact.contact_type,
        "contact_type_formatted": "Customer" if contact.contact_type == "customer" else "Vendors",
        "status": contact.status,
        "customer_sub_type": contact.customer_sub_type,
        "source": contact.source,
        "is_linked_with_zohocrm": False,
    }


def _primary_in_row(contact: Contact) -> Json:
    person = contact.primary or _NOBODY
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone": person.phone,
        "mobile": person.mobile,
    }


def _identity_in_detail(organization: Organization, contact: Contact) -> Json:
    person = contact.primary or _NOBODY
    return {
        "contact_id": contact.id,
        "contact_name": contact.name,
        "company_name": contact.company_name,
        **_primary_in_row(contact),
        "designation": person.designation,
        "department": person.department,
        "contact_salutation": person.salutation,
        "photo_url": photo_url(person),
        "website": contact.website,
        "is_bcy_only_contact": contact.currency_code == organization.base_currency,
        "language_code": contact.language_code,
        "language_code_formatted": "",
        "portal_status": _portal_status(contact),
        "has_transaction": contact.has_transaction,
        "contact_type": contact.contact_type,
        "customer_sub_type": contact.customer_sub_type,
        "source": contact.source,
        "twitter": contact.twitter,
        "facebook": contact.facebook,
        "primary_contact_id": contact.primary_contact_id,
        "credit_limit_exceeded_amount": contact.credit_limit_exceeded_amount,
        "currency_symbol": organization.currencies[contact.currency_code].symbol,
        "price_precision": organization.currencies[contact.currency_code].price_precision,
        "status": contact.status,
    }


def _terms(organization: Organization, contact: Contact) -> Json:
    return {
        "payment_terms": contact.payment_terms,
        "payment_terms_id": f"{organization.user_id[:-6]}{93_081 + abs(contact.payment_terms):06d}",
        "payment_terms_label": contact.payment_terms_label,
        "currency_id": organization.currencies[contact.currency_code].id,
        "currency_code": contact.currency_code,
    }


def _balances(contact: Contact) -> Json:
    amounts: Json = {}
    for name in (
        "outstanding_receivable",
        "outstanding_payable",
        "unused_credits_receivable",
        "unused_credits_payable",
    ):
        amount = getattr(contact, f"{name}_amount")
        amounts[f"{name}_amount"] = amount
        amounts[f"{name}_amount_bcy"] = amount
    return amounts


def _custom(organization: Organization, contact: Contact) -> Json:
    return {
        "custom_fields": [_custom_field(organization, name, held) for name, held in _held(contact)],
        "custom_field_hash": _promoted(organization, contact),
    }


def _promoted(organization: Organization, contact: Contact) -> Json:
    """Return the custom fields as keys of their own; what is shown otherwise stands beside it as it is."""
    shown: Json = {}
    for name, held in _held(contact):
        shown[name] = _formatted(organization, name, held)
        if organization.custom_field(name) is not None:
            shown[f"{name}_unformatted"] = held
    return shown


def _custom_field(organization: Organization, name: str, held: Custom) -> Json:
    field = organization.custom_field(name)
    return {
        **({"customfield_id": field.id, "data_type": field.data_type} if field else {}),
        "api_name": name,
        "label": field.label if field else name.removeprefix("cf_"),
        "value": held,
        "value_formatted": _formatted(organization, name, held),
    }


def _formatted(organization: Organization, name: str, held: Custom) -> str:
    """Write a value as Zoho shows it to people."""
    field = organization.custom_field(name)
    if isinstance(held, bool):
        return "true" if held else "false"
    if field is not None and field.data_type == "date":
        return date.fromisoformat(held).strftime("%d %b %Y")
    return held


def _held(contact: Contact) -> list[tuple[str, Custom]]:
    """Return the custom fields that hold something: only these are told."""
    return [(name, held) for name, held in contact.custom_fields.items() if held != ""]


def _addresses(contact: Contact) -> Json:
    return {
        "billing_address": address_shape(contact.billing_address, str(contact.address_id)),
        "shipping_address": address_shape(contact.shipping_address, str(contact.address_id + 1)),
        "entity_address_id": str(contact.address_id + 2),
        "addresses": [address_shape(each, each["address_id"]) for each in contact.addresses],
    }


def _history(organization: Organization, contact: Contact) -> Json:
    return {
        "notes": contact.notes,
        "created_time": organization.stamp(contact.created),
        "created_date": organization.day(contact.created),
        "created_by_name": organization.user_name,
        "created_by_id": organization.user_id,
        "last_modified_by_id": organization.user_id,
        "last_modified_time": organization.stamp(contact.modified),
    }


def _currency_summary(organization: Organization, contact: Contact) -> Json:
    currency = organization.currencies[contact.currency_code]
    return {
        "currency_id": currency.id,
        "currency_code": currency.code,
        "currency_symbol": currency.symbol,
        "price_precision": currency.price_precision,
        "is_base_currency": currency.code == organization.base_currency,
        "currency_name_formatted": f"{currency.code}- {currency.name}",
        "outstanding_receivable_amount": contact.outstanding_receivable_amount,
        "unused_credits_receivable_amount": contact.unused_credits_receivable_amount,
    }


def _portal_status(contact: Contact) -> str:
    return "enabled" if any(person.in_portal for person in contact.persons) else "disabled"
