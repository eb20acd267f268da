"""The calls for a contact's additional addresses."""

from __future__ import annotations

from flask import Blueprint

from sandbox import errors
from sandbox.contact_edits import address_values, touch
from sandbox.door import Answer, Visit, endpoint, success
from sandbox.records import Address, Contact
from sandbox.shapes import address_shape

addresses = Blueprint("addresses", __name__)


@endpoint(addresses, "GET", "/contacts/<contact_id>/address", "contacts.READ")
def index(visit: Visit, contact_id: str) -> Answer:
    """List the additional addresses of a contact."""
    contact = visit.contact(contact_id)
    return success(addresses=[address_shape(each, each["address_id"]) for each in contact.addresses])


@endpoint(addresses, "POST", "/contacts/<contact_id>/address", "contacts.CREATE")
def create(visit: Visit, contact_id: str) -> Answer:
    """Add an address."""
    contact = visit.contact(contact_id)
    values = address_values(visit.body(), "address")
    address = {**values, "address_id": visit.desk.next_id()}
    contact.addresses.append(address)
    touch(visit.desk, contact)
    return _saved("The address has been created.", address)


@endpoint(addresses, "PUT", "/contacts/<contact_id>/address/<address_id>", "contacts.UPDATE")
def update(visit: Visit, contact_id: str, address_id: str) -> Answer:
    """Change what is given of an address."""
    contact = visit.contact(contact_id)
    address = _address(contact, address_id)
    address.update(address_values(visit.body(), "address"))
    touch(visit.desk, contact)
    return _saved("The address has been updated.", address)


@endpoint(addresses, "DELETE", "/contacts/<contact_id>/address/<address_id>", "contacts.DELETE")
def delete(visit: Visit, contact_id: str, address_id: str) -> Answer:
    """Delete an address."""
    contact = visit.contact(contact_id)
    contact.addresses.remove(_address(contact, address_id))
    touch(visit.desk, contact)
    return success("The address has been deleted.")


def _address(contact: Contact, address_id: str) -> Address:
    for address in contact.addresses:
        if address["address_id"] == address_id:
            return address
    raise errors.not_found("Address")


def _saved(message: str, address: Address) -> dict[str, object]:
    return success(message, address_info=address_shape(address, address["address_id"]))
