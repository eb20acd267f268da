"""Something for the addresses about imports that change anything to do: an undo, and what is remembered."""

from __future__ import annotations

from collections.abc import Callable

from tests.portal_world import World
from tests.web.import_world import came_of, confirmed, run_is
from tests.web.record_deeds import Sent
from webapp.extensions import db
from webapp.services import marking
from webapp.store.columns import now
from webapp.store.links import Link


def undoing(world: World) -> Sent:
    their_id, our_id = world.there("1", "Arc"), world.here("Bee")
    run_id = confirmed(world, their_id)
    came_of(world, run_id, [their_id], "done", our_id=our_id)
    run_is(run_id, state="done", finished_at=now())
    world.link(their_id, our_id)
    db.session.execute(db.update(Link).where(Link.our_id == our_id).values(run_id=run_id))
    db.session.commit()
    return f"/p/nordlicht/runs/{run_id}/undo", {}


def taking_back_a_mark(world: World) -> Sent:
    their_id = world.there("1", "Arc")
    marking.mark_never(world.portal_id, world.connection_id, [their_id], world.user_id)
    return f"/p/nordlicht/connections/{world.connection_id}/remembered", {"their_id": their_id}


IMPORTS: dict[str, Callable[[World], Sent]] = {
    "remembered.take_back": taking_back_a_mark,
    "undoing.start": undoing,
}
"""How a portal is arranged for an address, and what is sent to it then."""
