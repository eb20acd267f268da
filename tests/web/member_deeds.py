"""What there is to do about a portal's users, their profiles and their logins, for each address of theirs."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete, select

from tests.portal_world import World
from tests.web.record_deeds import Sent
from webapp.extensions import db
from webapp.services import invitations
from webapp.store.invitations import MEMBER
from webapp.store.portals import Membership, Profile
from webapp.walls import inside


def profile(world: World, name: str) -> Profile:
    found = select(Profile).where(Profile.portal_id == world.portal_id, Profile.name == name)
    return db.session.scalars(found).one()


def accepting(world: World) -> Sent:
    with inside(world.portal_id):
        db.session.execute(delete(Membership).where(Membership.user_id == world.user_id))
        made = invitations.make(
            world.portal_id,
            MEMBER,
            "owner@nordlicht.example",
            by=world.user_id,
            profile_id=profile(world, "Owner").id,
        )
        db.session.commit()
        return f"/invitations/{invitations.token_of(made)}", {}


MEMBERS: dict[str, Callable[[World], Sent]] = {
    "invitations.accept": accepting,
}
