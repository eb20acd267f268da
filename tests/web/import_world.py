"""A portal with a connected provider whose customers can be put at will, for the pages of imports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update

from tests.portal_world import PROVIDER, World
from tests.web.people import Cast
from webapp.extensions import db
from webapp.services import picker, reviews
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.runs import Run, RunItem

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
ANNA = {"first_name": "Anna", "last_name": "Møller", "email": "anna@arc.example", "phone": "555 0101"}
BO = {"first_name": "Bo", "last_name": "Ek", "email": "bo@arc.example"}


def connected(people: Cast) -> World:
    """Connect the portal of some people; the owner did it."""
    connection = Connection(
        portal_id=people.portal_id,
        id=new_id(),
        provider=PROVIDER.name,
        region="eu",
        state="connected",
        organization_id="1",
        organization_key=f"{PROVIDER.name}:{people.portal_key}",
        organization_name="Nordlicht GmbH",
        connected_by=people.users["Owner"],
        connected_at=now(),
        refreshed_at=now(),
    )
    db.session.add(connection)
    db.session.commit()
    return World(people.portal_id, people.users["Owner"], connection.id)


def reviewed(world: World, *their_ids: str) -> str:
    """Tick customers and open the review; return the run's id."""
    run = picker.draft(world.portal_id, world.connection_id, world.user_id)
    picker.tick(run, their_ids)
    return str(reviews.open_review(run).id)


def confirmed(world: World, *their_ids: str) -> str:
    """Confirm an import of customers whose names are new; return the run's id."""
    run = db.session.get_one(Run, (world.portal_id, reviewed(world, *their_ids)))
    return str(reviews.confirm(run, world.user_id).id)


def came_of(world: World, run_id: str, their_ids: Sequence[str], state: str, **values: Any) -> None:
    """Let the worker have finished some items of a run."""
    finished = {"state": state, "finished_at": now(), **values}
    db.session.execute(
        update(RunItem).where(RunItem.run_id == run_id, RunItem.their_id.in_(their_ids)).values(**finished)
    )
    db.session.commit()


def run_is(run_id: str, **values: Any) -> None:
    """Let a run be in some state."""
    db.session.execute(update(Run).where(Run.id == run_id).values(**values))
    db.session.commit()
