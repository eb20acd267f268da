"""Scenes to die in: each a portal with work that is due, and as little of it as shows one kind of write."""

from __future__ import annotations

from tests.import_world import ImportWorld
from tests.mirror_world import MemoryProvider
from webapp.sdk import ContactData
from webapp.services import reviews

PROVIDER = MemoryProvider()
ANNA = ContactData(first_name="Anna", last_name="Aalto", email="anna@arc.example", phone="1")
BO = ContactData(first_name="Bo", last_name="Ek", email="bo@arc.example")
CY = ContactData(first_name="Cy", last_name="Li", email="cy@arc.example")
DI = ContactData(first_name="Di", last_name="Oz", phone="7")


def reading() -> ImportWorld:
    """A connection that has read nothing yet."""
    world = ImportWorld.new(PROVIDER)
    for number in range(3):
        world.there(f"Arc {number}", ANNA, BO, website="https://arc.example")
    return world


def creating() -> ImportWorld:
    """Two customers that are new here."""
    world = ImportWorld.new(PROVIDER)
    return _confirmed(world, [world.there("Arc", ANNA, BO), world.there("Bee", DI)], "")


def cloning() -> ImportWorld:
    """A customer whose name exists here, to be made beside it."""
    world = ImportWorld.new(PROVIDER)
    world.here("Arc", CY)
    return _confirmed(world, [world.there("Arc", BO)], "clone")


def merging() -> ImportWorld:
    """A merge that writes to both sides, changes a contact there, and makes two of them there."""
    world = ImportWorld.new(PROVIDER)
    theirs = world.there("Arc", ANNA, DI, website="", company_name="Arc AB")
    anna = ContactData(first_name="Anna", email="ANNA@arc.example", mobile="2")
    world.here("ARC", anna, BO, CY, website="https://arc.example")
    return _confirmed(world, [theirs], "merge")


def merging_with_nobody_there() -> ImportWorld:
    """A merge whose customer there has no contact yet, so that the first made there is the primary one."""
    world = ImportWorld.new(PROVIDER)
    theirs = world.there("Arc", website="https://arc.example")
    world.here("Arc", CY, BO, website="")
    return _confirmed(world, [theirs], "merge")


def _confirmed(world: ImportWorld, ids: list[str], answers: str) -> ImportWorld:
    world.mirror()
    assert reviews.confirm(world.reviewed(ids, answers), world.place.user_id).state == "queued"
    return world


SCENES = (reading, creating, cloning, merging, merging_with_nobody_there)
