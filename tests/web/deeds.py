"""Something for each address that changes anything to do: what it finds there, and what it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask_security.recoverable import generate_reset_password_token

from tests.portal_world import World
from tests.web.client_deeds import CLIENTS
from tests.web.import_deeds import IMPORTS
from tests.web.import_world import came_of, confirmed, reviewed, run_is
from tests.web.member_deeds import MEMBERS
from tests.web.people import PASSWORD
from tests.web.project_deeds import PROJECTS
from tests.web.record_deeds import RECORDS, Sent
from tests.web.waiting_world import conflict, linked, problem
from webapp.extensions import db
from webapp.sdk import CustomerData
from webapp.services import conflicts, custom_fields, problems, sync_settings, webhooks
from webapp.store.columns import now
from webapp.store.conflict_list import Wanted as Contested
from webapp.store.connections import Connection
from webapp.store.directory import PortalDirectory
from webapp.store.links import Link
from webapp.store.portals import User
from webapp.store.problem_list import Wanted


def logging_in(world: World) -> Sent:
    return "/login", {"email": "owner@nordlicht.example", "password": PASSWORD}


def choosing(world: World) -> Sent:
    connection = db.session.get_one(Connection, (world.portal_id, world.connection_id))
    offered = {"id": "9", "name": "Nine", "currency": "EUR", "time_zone": "UTC"}
    connection.state, connection.organizations = "choosing", {"offered": [offered]}
    connection.connected_at = None
    db.session.commit()
    return f"/p/nordlicht/connections/{world.connection_id}/organization", {"organization": "9"}


def disconnecting(world: World) -> Sent:
    return f"/p/nordlicht/connections/{world.connection_id}/disconnect", {}


def setting_duplicates(world: World) -> Sent:
    return "/p/nordlicht/connections/duplicates", {"duplicates": "merge"}


def unlinking(world: World) -> Sent:
    directory = PortalDirectory(world.portal_id)
    customer_id = directory.create_customer(CustomerData(name="Arc", currency="EUR")).id
    directory.flush()
    db.session.commit()
    world.link("1", uuid.UUID(customer_id))
    return f"/p/nordlicht/customers/{customer_id}/unlink/{world.connection_id}", {}


def confirming(world: World) -> Sent:
    return f"/p/nordlicht/runs/{reviewed(world, world.there('1', 'Arc'))}/review/confirm", {}


def cancelling(world: World) -> Sent:
    return f"/p/nordlicht/runs/{confirmed(world, world.there('1', 'Arc'))}/cancel", {}


def changing_password(world: World) -> Sent:
    typed = {"current": PASSWORD, "password": "another passphrase", "again": "another passphrase"}
    return "/account/password", typed


def resetting(world: World) -> Sent:
    token = generate_reset_password_token(db.session.get_one(User, world.user_id))
    return f"/password/{token}", {"password": "a third passphrase", "again": "a third passphrase"}


def retrying(world: World) -> Sent:
    run = confirmed(world, world.there("1", "Arc"))
    came_of(world, run, ["1"], "failed", reason="Ledgerly said no.")
    run_is(run, state="done", finished_at=now())
    return f"/p/nordlicht/runs/{run}/retry", {}


def of_connection(world: World, rest: str) -> str:
    return f"/p/nordlicht/connections/{world.connection_id}/{rest}"


def pausing(world: World) -> Sent:
    return of_connection(world, "pause"), {}


def resuming(world: World) -> Sent:
    sync_settings.pause(world.portal_id, world.connection_id, world.user_id)
    return of_connection(world, "resume"), {}


def letting_go_on(world: World) -> Sent:
    connection = db.session.get_one(Connection, (world.portal_id, world.connection_id))
    connection.held = {"why": "restored", "at": now().isoformat()}
    db.session.commit()
    return of_connection(world, "go-on"), {"seen": connection.held["at"]}


def reading_everything(world: World) -> Sent:
    return of_connection(world, "census"), {}


def saving_settings(world: World) -> Sent:
    seen = sync_settings.settings(world.portal_id, world.connection_id).seen
    return of_connection(world, "settings"), {"minutes": "10", "rule": "portal", "seen": seen}


def choosing_fields(world: World) -> Sent:
    connection = db.session.get_one(Connection, (world.portal_id, world.connection_id))
    told = [{"key": "tier", "label": "Tier", "choices": []}]
    connection.custom_fields = {"told": told, "asked_at": now().isoformat(), "labels": {"tier": "Tier"}}
    db.session.commit()
    seen = custom_fields.choosing(world.portal_id, world.connection_id).seen
    return of_connection(world, "fields"), {"way-tier": "both", "seen": seen}


def making_webhook(world: World) -> Sent:
    return f"/p/nordlicht/connections/{world.connection_id}/webhook", {}


def renewing_webhook(world: World) -> Sent:
    webhooks.make(world.portal_id, world.connection_id, user_id=None)
    return f"{making_webhook(world)[0]}/renew", {}


def removing_webhook(world: World) -> Sent:
    webhooks.make(world.portal_id, world.connection_id, user_id=None)
    return f"{making_webhook(world)[0]}/remove", {}


def settling(world: World) -> Sent:
    contested(world)
    [group] = conflicts.page(world.portal_id, Contested()).rows
    [field] = group.fields
    return "/p/nordlicht/conflicts/", {"seen": f"{field.name}={field.seen}", field.name: "ours"}


def writing_another(world: World) -> Sent:
    contested(world)
    [group] = conflicts.page(world.portal_id, Contested()).rows
    [field] = group.fields
    typed = {"conflict": field.name, "seen": field.seen, "website": "https://third.example"}
    return "/p/nordlicht/conflicts/another", typed


def settling_all(world: World) -> Sent:
    contested(world)
    return "/p/nordlicht/conflicts/all", {"winner": "ours", "count": "1"}


def contested(world: World) -> None:
    theirs = "https://theirs.example"
    our_id = linked(world, "9", "Arc", website=theirs)
    PortalDirectory(world.portal_id).update_customer(str(our_id), {"website": "https://ours.example"})
    db.session.commit()
    conflict(world, our_id, "9", "website", "https://ours.example", theirs)


def asked(world: World, question: str, act: str, **columns: object) -> Sent:
    problem_id = problem(world, linked(world, "9", "Arc"), "9", question, **columns)
    [row] = problems.page(world.portal_id, Wanted()).rows
    return f"/p/nordlicht/problems/{problem_id}/{act}", {"seen": row.seen}


def trying_again(world: World) -> Sent:
    return asked(world, "failed", "retry", parked=True)


def trying_all_again(world: World) -> Sent:
    asked(world, "failed", "retry", parked=True)
    return "/p/nordlicht/problems/retry", {}


def giving_up(world: World) -> Sent:
    return asked(world, "gone there", "delete")


def choosing_survivor(world: World) -> Sent:
    world.there("10", "Arc & Sons")
    address, form = asked(world, "merged there", "choose", survivors=["10"])
    return address, {**form, "their_id": "10"}


def deciding(world: World) -> Sent:
    return asked(world, "restored", "leave")


def braked(world: World, act: str, **form: str) -> Sent:
    linked(world, "9", "Arc", gone_at=now())
    told = {"side": "ours", "kind": "customer", "records": 1, "live": 1, "at": now().isoformat()}
    db.session.get_one(Connection, (world.portal_id, world.connection_id)).brakes = [told]
    agreed = {"name": "Arc", "active": True}
    db.session.execute(db.update(Link).values(brake="held", agreed_ours=agreed))
    db.session.commit()
    return of_connection(world, f"brake/{act}"), {"count": "1", **form}


def letting_brake_off(world: World) -> Sent:
    return braked(world, "go-on", typed="1")


def keeping(world: World) -> Sent:
    return braked(world, "keep")


def looking_again(world: World) -> Sent:
    return braked(world, "look-again")


ARRANGED: dict[str, Callable[[World], Sent]] = {
    **IMPORTS,
    **RECORDS,
    **MEMBERS,
    **CLIENTS,
    **PROJECTS,
    "account.save_password": changing_password,
    "auth.try_login": logging_in,
    "connections.choose": choosing,
    "connections.disconnect": disconnecting,
    "connections.set_duplicates": setting_duplicates,
    "customers.unlink": unlinking,
    "passwords.reset": resetting,
    "reviews.confirm": confirming,
    "runs.retry": retrying,
    "runs.cancel": cancelling,
    "sync.go_on": letting_go_on,
    "sync.pause": pausing,
    "sync.read_everything": reading_everything,
    "sync.resume": resuming,
    "sync.save_settings": saving_settings,
    "custom_fields.choose": choosing_fields,
    "webhooks.make": making_webhook,
    "webhooks.renew": renewing_webhook,
    "webhooks.remove": removing_webhook,
    "brakes.go_on": letting_brake_off,
    "brakes.keep": keeping,
    "brakes.look_again": looking_again,
    "conflicts.settle": settling,
    "conflicts.settle_all": settling_all,
    "conflicts.write": writing_another,
    "problems.choose": choosing_survivor,
    "problems.decide": deciding,
    "problems.delete": giving_up,
    "problems.retry": trying_again,
    "problems.retry_all": trying_all_again,
}
"""How a portal is arranged for an address, and what is sent to it then."""
