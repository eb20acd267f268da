"""Rows of what waits for a person, as a pass leaves them, for tests of pages."""

from __future__ import annotations

import uuid
from typing import Any

from tests.portal_world import World
from webapp.extensions import db
from webapp.store.columns import new_id, now
from webapp.store.conflicts import Conflict
from webapp.store.problems import Problem


def linked(world: World, their_id: str, name: str, **fields: Any) -> uuid.UUID:
    """Put a customer on both sides, linked."""
    world.there(their_id, name, **fields)
    our_id = world.here(name)
    world.link(their_id, our_id)
    return our_id


def conflict(
    world: World, our_id: uuid.UUID, their_id: str, field: str, ours: Any, theirs: Any, **columns: Any
):
    """Let a field of a customer be contested."""
    row = {
        "kind": "customer",
        "our_id": our_id,
        "customer_id": our_id,
        "their_id": their_id,
        "their_customer_id": their_id,
        "field": field,
        "ours": ours,
        "theirs": theirs,
        "found_at": now(),
        **columns,
    }
    db.session.add(Conflict(portal_id=world.portal_id, connection_id=world.connection_id, **row))
    db.session.commit()


def problem(
    world: World, our_id: uuid.UUID, their_id: str, question: str, reason: str = "", **columns: Any
) -> str:
    """Let something about a customer be out of step; return the id of the problem."""
    row = {
        "kind": "customer",
        "our_id": our_id,
        "customer_id": our_id,
        "their_id": their_id,
        "their_customer_id": their_id,
        "question": question,
        "reason": reason,
        **columns,
    }
    made = Problem(portal_id=world.portal_id, id=new_id(), connection_id=world.connection_id, **row)
    db.session.add(made)
    db.session.commit()
    return str(made.id)
