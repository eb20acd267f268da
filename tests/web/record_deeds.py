"""Customers and contacts for each address that deletes, restores, merges or changes many of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from tests.portal_world import World
from webapp.extensions import db
from webapp.services import deleting as bins
from webapp.services import merge_choices
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory

Form = dict[str, str]
Sent = tuple[str, Form]
"""An address and the form that is posted to it."""

TICKS = "/p/nordlicht/client-users/selected/"


def customer(world: World) -> uuid.UUID:
    return world.here("Arc", {"first_name": "Anna", "last_name": "Lund"})


def of_customer(world: World, customer_id: uuid.UUID, act: str) -> Sent:
    version = db.session.get_one(Customer, (world.portal_id, customer_id)).version
    return f"/p/nordlicht/customers/{customer_id}/{act}", {"version": str(version)}


def of_person(world: World, customer_id: uuid.UUID, act: str) -> Sent:
    [person] = PortalDirectory(world.portal_id).customer(str(customer_id)).contacts
    address = f"/p/nordlicht/customers/{customer_id}/contacts/{person.id}/{act}"
    return address, {"version": str(person.version)}


def deleting(world: World) -> Sent:
    return of_customer(world, customer(world), "delete")


def restoring(world: World) -> Sent:
    return of_customer(world, binned(world), "restore")


def binned(world: World) -> uuid.UUID:
    our_id = customer(world)
    version = db.session.get_one(Customer, (world.portal_id, our_id)).version
    bins.delete_customer(world.portal_id, our_id, world.user_id, version=version)
    return our_id


def deleting_person(world: World) -> Sent:
    return of_person(world, customer(world), "delete")


def restoring_person(world: World) -> Sent:
    our_id = customer(world)
    address, form = of_person(world, our_id, "restore")
    contact_id = uuid.UUID(address.split("/")[-2])
    version = int(form["version"])
    bins.delete_contact(world.portal_id, our_id, contact_id, world.user_id, version=version)
    return address, {}


def taking_out_of_bin(world: World) -> Sent:
    return "/p/nordlicht/bin/", {"pick": f"customer:{binned(world)}"}


def erasing(world: World) -> Sent:
    return "/p/nordlicht/bin/erase", {"pick": f"customer:{binned(world)}"}


def acting_on_many(world: World) -> Sent:
    customer(world)
    return f"{TICKS}action", {"act": "inactive", "customers": "1"}


def taking_back(world: World) -> Sent:
    customer(world)
    return f"{TICKS}undo", {"act": "undo"}


def merging(world: World) -> Sent:
    one, other = world.here("Arc"), world.here("Arc GmbH")
    seen = merge_choices.plan(world.portal_id, one, other, {}).seen
    return "/p/nordlicht/customers/merge/", {"one": str(one), "other": str(other), "seen": seen}


RECORDS: dict[str, Callable[[World], Sent]] = {
    "bin.act": taking_out_of_bin,
    "bin.erase": erasing,
    "bulk.carry_out": acting_on_many,
    "bulk.undo": taking_back,
    "deleting.delete": deleting,
    "deleting.restore": restoring,
    "merging.merge": merging,
    "people.delete": deleting_person,
    "people.restore": restoring_person,
}
"""How a portal is arranged for an address, and what is sent to it then."""

TICK_ALL = (TICKS, {"act": "all"})
FIRST: dict[str, tuple[Sent, ...]] = {
    "bulk.carry_out": (TICK_ALL,),
    "bulk.undo": (TICK_ALL, (f"{TICKS}action", {"act": "delete", "customers": "1"})),
}
"""What the same browser sends before."""
