"""What people do to linked customers and their contacts, on either side, between two syncs."""

from __future__ import annotations

from typing import Any

from tests.sync.world import World
from webapp.sdk import ContactRecord


def contact_here(world: World, our_id: str, name: str) -> ContactRecord:
    """Find a contact in the portal by its first name."""
    return next(row for row in world.read_here(our_id).contacts if row.data.first_name == name)


def contact_there(world: World, their_id: str, name: str) -> ContactRecord:
    """Find a contact at the provider by its first name."""
    return next(row for row in world.read_there(their_id).contacts if row.data.first_name == name)


def edit_contact_here(world: World, our_id: str, name: str, **changes: Any) -> None:
    """Let somebody change a contact in the portal."""
    with world.ours.behind():
        world.ours.update_contact(our_id, contact_here(world, our_id, name).id, changes)
    world.ledger.commit()


def edit_contact_there(world: World, their_id: str, name: str, **changes: Any) -> None:
    """Let somebody change a contact at the provider."""
    with world.theirs.behind():
        world.theirs.update_contact(their_id, contact_there(world, their_id, name).id, changes)


def drop_contact_here(world: World, our_id: str, name: str) -> None:
    """Let somebody delete a contact in the portal."""
    with world.ours.behind():
        world.ours.delete_contact(our_id, contact_here(world, our_id, name).id)
    world.ledger.commit()


def drop_contact_there(world: World, their_id: str, name: str) -> None:
    """Let somebody delete a contact at the provider."""
    with world.theirs.behind():
        world.theirs.delete_contact(their_id, contact_there(world, their_id, name).id)


def drop_here(world: World, our_id: str) -> None:
    """Let somebody delete a customer in the portal."""
    with world.ours.behind():
        world.ours.delete_customer(our_id)
    world.ledger.commit()


def drop_there(world: World, their_id: str) -> None:
    """Let somebody delete a customer at the provider."""
    with world.theirs.behind():
        world.theirs.delete_customer(their_id)
