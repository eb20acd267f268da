"""What there is to do about client users and people's data, for each address of theirs."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from tests.portal_world import World
from tests.web.client_world import customer_with, login_of
from tests.web.record_deeds import Sent
from webapp.extensions import db
from webapp.services import invitations, portal_deletions
from webapp.store.invitations import CLIENT
from webapp.walls import inside


def contact(world: World) -> tuple[str, uuid.UUID, uuid.UUID]:
    customer_id, (contact_id,) = customer_with(world.portal_id, "Talweg GmbH", "Mara")
    return f"/p/nordlicht/customers/{customer_id}/contacts/{contact_id}", customer_id, contact_id


def inviting(world: World) -> Sent:
    return f"{contact(world)[0]}/client/invite", {}


def withdrawing(world: World) -> Sent:
    address, _, contact_id = contact(world)
    with inside(world.portal_id):
        email = "mara@talweg.example"
        invitations.make(world.portal_id, CLIENT, email, by=world.user_id, contact_id=contact_id)
        db.session.commit()
    return f"{address}/client/withdraw", {}


def disabling(world: World) -> Sent:
    address, _, contact_id = contact(world)
    login_of("mara@talweg.example", (world.portal_id, contact_id))
    db.session.commit()
    return f"{address}/client/access", {"active": "no"}


def exporting(world: World) -> Sent:
    return f"{contact(world)[0]}/data/export", {}


def erasing(world: World) -> Sent:
    return f"{contact(world)[0]}/data/erase", {"where": "here"}


def leaving(world: World) -> Sent:
    return "/p/nordlicht/delete-portal/", {"name": "Nordlicht Studio"}


def keeping(world: World) -> Sent:
    with inside(world.portal_id):
        portal_deletions.ask(world.portal_id, world.user_id, typed="Nordlicht Studio")
    return "/p/nordlicht/delete-portal/keep", {}


def exporting_oneself(world: World) -> Sent:
    return "/account/data/export", {}


CLIENTS: dict[str, Callable[[World], Sent]] = {
    "leaving.ask": leaving,
    "leaving.keep": keeping,
    "own_data.export": exporting_oneself,
    "personal.erase": erasing,
    "personal.export": exporting,
    "client_users.invite": inviting,
    "client_users.withdraw": withdrawing,
    "client_users.set_active": disabling,
}
