"""Adding and editing customers and their contacts, one at a time; what is linked travels by itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from webapp.extensions import db
from webapp.sdk import ContactData, CustomerData, Value
from webapp.services import custom_fields, project_customers
from webapp.services.checks import NAMED_BY, Faults, check_name, country_code, faults_of, unusual, why_full
from webapp.services.errors import Invalid
from webapp.services.history import last_changes
from webapp.services.holding import Held, Touched, contact_fields, held
from webapp.services.typed import Change, Clash, Compared, Form, Moved, compare, edits, wished
from webapp.services.vetting import refuse_vetoed
from webapp.store import history
from webapp.store.customers import called, hold_name, namesake
from webapp.store.directory import PortalDirectory
from webapp.store.history import EntryData
from webapp.store.portals import Portal
from webapp.sync.link import Fields, Kind
from webapp.sync.normal import name_key

PERSON = "person."
"""What the fields of a new customer's first contact are called where a fault of theirs is told."""

NOTHING: Mapping[str, str] = {}


class Namesake(Invalid):
    """A customer of this name is here already; it may be meant all the same."""

    def __init__(self, customer_id: uuid.UUID, name: str) -> None:
        super().__init__("name", f"There is a customer called “{name}” already.")
        self.customer_id = customer_id
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What came of a save: fields ``changed``, those others changed ``meanwhile``, and what is odd."""

    customer_id: uuid.UUID
    contact_id: uuid.UUID | None = None
    name: str = ""
    changed: tuple[str, ...] = ()
    meanwhile: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def add_customer(
    portal_id: uuid.UUID,
    user_id: uuid.UUID,
    typed: Fields,
    *,
    currency: str,
    currencies: Collection[str],
    person: Fields = NOTHING,
    anyway: bool = False,
    project_id: uuid.UUID | None = None,
) -> Saved:
    """Add a customer, with its first contact if anything is typed of one, to a project too if one is named.

    Raises ``Faults`` and, unless ``anyway``, ``Namesake``; ``Refused`` where the project does not take it. It
    is only here: an import brings it together with one of a provider.
    """
    portal = db.session.get_one(Portal, portal_id)
    country = country_code(typed.get("billing_address"), portal.country)
    wanted = any(person.values())
    faults = faults_of("customer", typed, typed, (), country)
    if wanted:
        faults |= {
            PERSON + name: why for name, why in faults_of("contact", person, person, (), country).items()
        }
    if currency not in currencies:
        faults["currency"] = "Choose the currency it is billed in."
    if faults:
        db.session.rollback()
        raise Faults(faults)
    name = str(typed["name"])
    hold_name(portal_id, name_key(name))
    if not anyway:
        _refuse_namesake(portal_id, name)
    data = CustomerData(**typed, currency=currency)  # type: ignore[arg-type]
    made = _make(portal_id, user_id, data, person if wanted else {})
    if project_id is not None:
        project_customers.add(portal_id, project_id, [made], user_id)
    db.session.commit()
    return Saved(customer_id=made, name=data.name, warnings=unusual(person if wanted else {}, country))


def edit_customer(
    portal_id: uuid.UUID, customer_id: uuid.UUID, user_id: uuid.UUID, form: Form, *, anyway: bool = False
) -> Saved:
    """Write the fields a person changed, and no other.

    Raises ``Moved`` when somebody else changed one of them to something else since the form was shown,
    ``Faults`` (for the veto of a plugin, too), ``Namesake`` unless ``anyway``, ``Binned`` and ``NotFound``.
    """
    refuse_vetoed(portal_id, customer_id, "customer", edits(form), form.seen)
    with held(portal_id, customer_id, user_id) as record:
        now = record.fields
        compared = _compared(record, form, record.row.version, now, customer_id)
        after = {**now, **compared.changes}
        country = record.country(after["billing_address"])
        faults = faults_of("customer", compared.changes, after, record.places, country)
        faults |= custom_fields.faults((each.Connection for each in record.linked), compared.changes)
        if record.linked and "currency" in compared.changes:
            faults["currency"] = "Its currency is the provider's: it cannot be changed while it is linked."
        elif "currency" in compared.changes and (why := project_customers.why_it_stays(record.row, after)):
            faults["currency"] = why
        if faults:
            raise Faults(faults)
        _check_name(record, str(after["name"]), anyway=anyway)
        record.directory.update_customer(str(customer_id), compared.changes)
        record.tell_changes(now, record.fields)
    return _saved(compared, customer_id, name=str(after["name"]))


def set_active(portal_id: uuid.UUID, customer_id: uuid.UUID, user_id: uuid.UUID, *, active: bool) -> None:
    """Mark a customer active or inactive; harmless when it is. Raises ``Faults`` for the veto of a plugin."""
    refuse_vetoed(portal_id, customer_id, "customer", {"active": active}, {"active": not active})
    with held(portal_id, customer_id, user_id) as record:
        before = record.fields
        record.directory.update_customer(str(customer_id), {"active": active})
        record.tell_changes(before, record.fields)


def add_contact(portal_id: uuid.UUID, customer_id: uuid.UUID, user_id: uuid.UUID, typed: Fields) -> Saved:
    """Add a contact; the first one becomes primary.

    Raises ``Faults``, ``Invalid`` where a provider keeps no second one, ``Binned`` and ``NotFound``.
    """
    refuse_vetoed(portal_id, customer_id, "contact", typed, NOTHING)
    with held(portal_id, customer_id, user_id) as record:
        if why := why_full(record.places, len(record.people())):
            raise Invalid("", why)
        country = record.country()
        if faults := faults_of("contact", typed, typed, record.places, country):
            raise Faults(faults)
        data = ContactData(**typed)  # type: ignore[arg-type]
        made = uuid.UUID(record.directory.create_contact(str(customer_id), data).id)
        record.directory.flush()
        contact = record.contact(made)
        record.tell("created", contact, new=contact.name)
        name = contact.name
    return Saved(customer_id=customer_id, contact_id=made, name=name, warnings=unusual(typed, country))


def edit_contact(
    portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID, user_id: uuid.UUID, form: Form
) -> Saved:
    """Write the fields of a contact a person changed, and no other; raises as ``edit_customer`` does."""
    refuse_vetoed(portal_id, customer_id, "contact", edits(form), form.seen)
    with held(portal_id, customer_id, user_id) as record:
        contact = record.contact(contact_id)
        now = contact_fields(contact)
        compared = _compared(record, form, contact.version, now, contact_id)
        after = {**now, **compared.changes}
        country = record.country()
        if faults := faults_of("contact", compared.changes, after, record.places, country):
            raise Faults(faults)
        record.directory.update_contact(str(customer_id), str(contact_id), compared.changes)
        record.tell_changes(now, contact_fields(contact), contact)
        name = contact.name
    return _saved(compared, customer_id, contact_id, name=name, warnings=unusual(compared.changes, country))


def write_field(record: Held, kind: Kind, record_id: uuid.UUID, name: str, value: Value) -> None:
    """Write one field of a held customer, or of a contact of it, checked as an edit is; the caller tells it.

    Raises ``Faults``, ``Namesake``, ``Binned`` and ``NotFound``.
    """
    contact = record.contact(record_id) if kind == "contact" else None
    changes = {name: value}
    after = {**(contact_fields(contact) if contact else record.fields), **changes}
    faults = faults_of(kind, changes, after, record.places, record.country(after.get("billing_address")))
    if faults := faults | custom_fields.faults((each.Connection for each in record.linked), changes):
        raise Faults(faults)
    if contact is not None:
        record.directory.update_contact(str(record.row.id), str(record_id), changes)
    else:
        _check_name(record, str(after["name"]), anyway=False)
        record.directory.update_customer(str(record_id), changes)


def make_primary(
    portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID, user_id: uuid.UUID
) -> Touched:
    """Make a contact its customer's primary one; harmless when it is."""
    with held(portal_id, customer_id, user_id) as record:
        contact = record.contact(contact_id)
        before = {person.id: contact_fields(person) for person in record.people()}
        record.directory.update_contact(str(customer_id), str(contact_id), {"primary": True})
        for person in record.people():
            record.tell_changes(before[person.id], contact_fields(person), person)
        touched = record.touched(contact)
    return touched


def _make(portal_id: uuid.UUID, user_id: uuid.UUID, data: CustomerData, person: Fields) -> uuid.UUID:
    directory = PortalDirectory(portal_id)
    made = directory.create_customer(data)
    customer_id = uuid.UUID(made.id)
    made_of = [("customer", customer_id, data.name)]
    if person:
        contact = directory.create_contact(made.id, ContactData(**person)).id  # type: ignore[arg-type]
        named = called(*(str(person.get(part, "")) for part in NAMED_BY))
        made_of.append(("contact", uuid.UUID(contact), named))
    directory.flush()
    told = [
        EntryData(kind=kind, record_id=record_id, customer_id=customer_id, action="created", new=name)
        for kind, record_id, name in made_of
    ]
    history.add(portal_id, told, actor=str(user_id), run_id=None)
    return customer_id


def _compared(record: Held, form: Form, version: int, now: Fields, record_id: uuid.UUID) -> Compared:
    """Tell what to write; raise ``Moved`` when what was not seen would be replaced."""
    compared = compare(form, version=version, now=now)
    if compared.clashes:
        changes = last_changes(record.portal_id, record_id)
        clashes = tuple(
            Clash(field=name, typed=form.typed[name], now=now.get(name), change=changes.get(name, Change()))
            for name in compared.clashes
        )
        raise Moved(clashes, version=version, now=now, typed=wished(form, now))
    return compared


def _check_name(record: Held, name: str, *, anyway: bool) -> None:
    """Refuse a new name that a provider has already, or unless ``anyway`` the portal."""
    if name_key(name) == record.row.name_key:
        return
    check_name(record.portal_id, name, record.places)
    if not anyway:
        _refuse_namesake(record.portal_id, name, but=record.row.id)


def _refuse_namesake(portal_id: uuid.UUID, name: str, *, but: uuid.UUID | None = None) -> None:
    other = namesake(portal_id, name_key(name), but=but)
    if other is not None:
        other_id, named = other.id, other.name
        db.session.rollback()
        raise Namesake(other_id, named)


def _saved(
    compared: Compared,
    customer_id: uuid.UUID,
    contact_id: uuid.UUID | None = None,
    *,
    name: str,
    warnings: tuple[str, ...] = (),
) -> Saved:
    return Saved(
        customer_id=customer_id,
        contact_id=contact_id,
        name=name,
        changed=tuple(compared.changes),
        meanwhile=compared.meanwhile,
        warnings=warnings,
    )
