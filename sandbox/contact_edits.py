"""What may be done to contacts: create, update, delete, activate and merge, by Zoho's rules."""

from __future__ import annotations

from typing import Any

from sandbox import errors
from sandbox.desk import Desk
from sandbox.person_edits import add_person, apply_person, make_primary, person_fields, settle_primary
from sandbox.records import ADDRESS_FIELDS, Address, Contact
from sandbox.register import fold
from sandbox.validation import boolean, custom_values, email_free, texts

TEXT_LIMITS = {
    "company_name": 200,
    "website": 500,
    "notes": 5000,
    "language_code": 10,
    "facebook": 100,
    "twitter": 100,
    "payment_terms_label": 200,
}
ADDRESS_LIMITS = {
    **dict.fromkeys(ADDRESS_FIELDS, 100),
    "address": 500,
    "street2": 255,
    "zip": 50,
    "phone": 50,
    "fax": 50,
}
NAME_LIMIT = 200
Json = dict[str, Any]


def create_contact(desk: Desk, data: Json, source: str = "api") -> Contact:
    """Create a contact, with persons if given; the name must be free."""
    name = _free_name(desk, data.get("contact_name"))
    kind = _choice(data, "contact_type", ("customer", "vendor"), "customer")
    contact = Contact(
        id=desk.next_id(),
        name=name,
        currency_code=desk.register.organization.base_currency,
        created=desk.now,
        modified=desk.now,
        contact_type=kind,
        source=source,
    )
    values = _values(desk, data)
    persons = _person_list(desk, contact, data.get("contact_persons") or [])
    _apply(contact, values)
    _fill_persons(desk, contact, persons)
    contact.address_id = desk.reserve_ids(3)
    desk.register.file(contact)
    desk.comment(contact, "Contact added", "added")
    return contact


def update_contact(desk: Desk, contact: Contact, data: Json) -> None:
    """Change what is given; a given list of persons replaces the whole list.

    Top-level e-mail and phone are ignored in silence: they belong to the primary person.
    """
    name = _free_name(desk, data["contact_name"], contact) if "contact_name" in data else contact.name
    values = _values(desk, data)
    persons = None
    if data.get("contact_persons") is not None:
        persons = _person_list(desk, contact, data["contact_persons"])
    contact.name = name
    if desk.settings.custom_fields_left_out == "cleared" and "custom_fields" in values:
        contact.custom_fields = {
            each.api_name: contact.custom_fields[each.api_name]
            for each in desk.register.organization.custom_fields
            if each.data_type == "formula" and each.api_name in contact.custom_fields
        }
    _apply(contact, values)
    if persons is not None:
        _fill_persons(desk, contact, persons)
    touch(desk, contact)


def delete_contact(desk: Desk, contact: Contact) -> None:
    """Delete a contact with its persons; transactions forbid it."""
    if contact.has_transaction:
        raise errors.has_transactions()
    desk.register.drop(contact)


def set_status(desk: Desk, contact: Contact, status: str) -> None:
    """Mark a contact active or inactive."""
    contact.status = status
    touch(desk, contact, f"Contact marked as {status}")


def merge_contacts(desk: Desk, contact: Contact, survivor: Contact) -> None:
    """Merge a contact into the survivor, as Zoho's pages can: its persons and transactions move."""
    desk.register.drop(contact)
    for person in contact.persons:
        person.contact_id = survivor.id
        survivor.persons.append(person)
        desk.register.persons[person.id] = person
    survivor.has_transaction = survivor.has_transaction or contact.has_transaction
    settle_primary(survivor)
    touch(desk, survivor, f"{contact.name} merged into this contact")


def touch(desk: Desk, contact: Contact, what: str = "Contact details modified") -> None:
    """Move the contact's time of change to now and write it into its history."""
    contact.modified = desk.now
    desk.comment(contact, what)
    desk.register.refile(contact)


def address_values(data: Any, name: str) -> Address:
    """Return the checked fields of an address."""
    if not isinstance(data, dict):
        raise errors.invalid_value(name)
    return texts(data, ADDRESS_LIMITS)


def _free_name(desk: Desk, given: Any, contact: Contact | None = None) -> str:
    name = given.strip() if isinstance(given, str) else ""
    if not name:
        raise errors.invalid_name()
    if len(name) > NAME_LIMIT:
        raise errors.too_long("contact_name", NAME_LIMIT)
    holder = desk.register.named(name)
    if holder is not None and holder is not contact:
        raise errors.duplicate_name(holder.contact_type, name)
    return name


def _values(desk: Desk, data: Json) -> Json:
    """Check everything that is given before anything is changed."""
    values: Json = texts(data, TEXT_LIMITS)
    if "customer_sub_type" in data:
        values["customer_sub_type"] = _choice(
            data, "customer_sub_type", ("business", "individual"), "business"
        )
    if data.get("currency_id"):
        currency = desk.register.organization.currency_by_id(str(data["currency_id"]))
        if currency is None:
            raise errors.unknown_currency()
        values["currency_code"] = currency.code
    if "payment_terms" in data:
        if type(data["payment_terms"]) is not int:
            raise errors.invalid_value("payment_terms")
        values["payment_terms"] = data["payment_terms"]
    for name in ("billing_address", "shipping_address"):
        if name in data:
            values[name] = address_values(data[name], name)
    if "custom_fields" in data:
        values["custom_fields"] = custom_values(desk.register.organization, data["custom_fields"])
    return values


def _apply(contact: Contact, values: Json) -> None:
    for name, value in values.items():
        if name.endswith("_address") or name == "custom_fields":
            value = {**(getattr(contact, name) or {}), **value}
        setattr(contact, name, value)


def _choice(data: Json, name: str, choices: tuple[str, ...], default: str) -> str:
    value = data.get(name) or default
    if value not in choices:
        raise errors.invalid_value(name)
    return str(value)


def _person_list(desk: Desk, contact: Contact, given: Any) -> list[tuple[Json, bool]]:
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise errors.invalid_value("contact_persons")
    known = {person.id for person in contact.persons}
    checked = []
    for each in given:
        person_id = str(each.get("contact_person_id") or "")
        if person_id and person_id not in known:
            raise errors.not_found("Contact person")
        values = person_fields(desk, each)
        if not person_id and not any(values.get(name) for name in ("first_name", "last_name", "email")):
            raise errors.invalid_value("first_name")
        email_free(desk, contact, values.get("email", ""), person_id)
        checked.append(({**values, "id": person_id}, boolean(each, "is_primary_contact")))
    _refuse_shared(desk, [values.get("email", "") for values, _ in checked])
    return checked


def _refuse_shared(desk: Desk, emails: list[str]) -> None:
    if desk.settings.unique_person_emails == "shared":
        return
    seen: set[str] = set()
    for email in filter(None, map(fold, emails)):
        if email in seen:
            raise errors.duplicate_email(email)
        seen.add(email)


def _fill_persons(desk: Desk, contact: Contact, checked: list[tuple[Json, bool]]) -> None:
    """Make the list of persons the given one: those left out are removed."""
    kept = {person.id: person for person in contact.persons}
    contact.persons = []
    primary = ""
    for values, is_primary in checked:
        person = kept.pop(values["id"], None)
        fields = {name: value for name, value in values.items() if name != "id"}
        if person is None:
            person = add_person(desk, contact, fields)
        else:
            contact.persons.append(person)
            apply_person(desk, person, fields)
        primary = person.id if is_primary else primary
    for person_id in kept:
        desk.register.persons.pop(person_id, None)
    if primary:
        make_primary(contact, primary)
    settle_primary(contact)
