"""Contact persons as the API shows them: inside a contact, on their own, and in the organization's list."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.records import Contact, Organization, Person

Json = dict[str, Any]


def photo_url(person: Person) -> str:
    """Return the address of a picture, as Zoho derives it from the e-mail; blank without one."""
    if not person.email:
        return ""
    digest = hashlib.md5(person.email.lower().encode(), usedforsecurity=False).hexdigest()
    return f"https://secure.gravatar.com/avatar/{digest}?&d=mm"


def person_in_detail(contact: Contact, person: Person) -> Json:
    """Return a person inside its contact's detail: portal fields, but no times."""
    return {
        **_values(person),
        **_phone_codes(),
        "date_of_birth": "",
        "gender": "",
        "photo_url": photo_url(person),
        "zcrm_contact_id": "",
        "is_portal_mfa_enabled": False,
        "is_added_in_portal": person.in_portal,
        "can_invite": True,
        "is_primary_contact": person.id == contact.primary_contact_id,
        "is_portal_invitation_accepted": False,
        "is_sms_enabled_for_cp": False,
        "photo_document_url": "",
        "photo_document_name": "",
        "contactperson_custom_fields": [],
        "portal_enabled_via": "",
        "communication_preference": {"is_email_enabled": True},
    }


def person_alone(organization: Organization, contact: Contact, person: Person) -> Json:
    """Return a person as its own calls answer it: with its contact and its times."""
    return {
        "contact_id": contact.id,
        **_values(person),
        **_phone_codes(),
        "zcrm_contact_id": "",
        "photo_url": photo_url(person),
        "is_primary_contact": person.id == contact.primary_contact_id,
        "is_added_in_portal": person.in_portal,
        "can_invite": True,
        "created_time": organization.stamp(person.created),
        "updated_time": organization.stamp(person.updated),
        "contactperson_custom_fields": [],
        "communication_preference": {"is_email_enabled": True},
    }


def person_row(organization: Organization, contact: Contact, person: Person) -> Json:
    """Return a person as the organization's list shows it: a localised date, no time of change."""
    return {
        "contact_id": contact.id,
        "contact_name": contact.name,
        **_values(person),
        "currency_code": contact.currency_code,
        "created_time": organization.day(person.created),
        "is_primary_contact": person.id == contact.primary_contact_id,
        "contactperson_custom_fields": [],
    }


def _values(person: Person) -> Json:
    return {
        "contact_person_id": person.id,
        "salutation": person.salutation,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone": person.phone,
        "mobile": person.mobile,
        "department": person.department,
        "designation": person.designation,
        "skype": person.skype,
        "fax": person.fax,
    }


def _phone_codes() -> Json:
    return {"mobile_country_code": "", "mobile_code_formatted": ""}
