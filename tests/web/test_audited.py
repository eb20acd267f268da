"""What is told in the audit: every address that changes something either tells it there, or says why not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask_security.recoverable import generate_reset_password_token

from tests.portal_world import World
from tests.web.import_world import came_of, confirmed, reviewed, run_is
from tests.web.people import PASSWORD, token_on
from webapp.extensions import db
from webapp.sdk import CustomerData
from webapp.services import audit, portals, sync_settings, users, webhooks
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.directory import PortalDirectory
from webapp.store.portals import User

UNTOLD = {
    "account.end_sessions": "it takes rights away from nobody but the person, and gives none",
    "account.save": "it is about nobody but the person: who did what is told by id, not by name",
    "account.save_notices": "it is about nobody but the person: what they want to hear of",
    "account.theme": "it is about nobody but the person, and only how pages look",
    "auth.logout": "it takes rights away from nobody but the person, and gives none",
    "connections.begin": "nothing changes before consent; what comes of that is told as connection.connected",
    "connections.reconnect": "nothing changes before consent; then it is told as connection.reconnected",
    "sync.sync_now": "it asks for a look, and every write of it is told by itself",
    "drift.make": "it only compares what both sides hold",
    "customers.dismiss": "it only puts a summary away",
    "customers.link": "it opens a review; what is confirmed there is told as import.confirmed",
    "imports.choose": "a choice binds nobody before it is confirmed",
    "imports.look": "it only reads at the provider",
    "notices.read": "it is about nobody but the person: what they have read",
    "notices.unread": "it is about nobody but the person: what they have read",
    "notices.read_all": "it is about nobody but the person: what they have read",
    "passwords.send": "it only sends a link; what is done with it is told as user.password_reset",
    "reviews.answer": "answers are kept with the run, and bind nobody before they are confirmed",
    "reviews.back": "a choice binds nobody before it is confirmed",
    "webhooks.arrive": "it lets a connection be read, as a look does by itself",
    "runs.look_again": "it opens a review; what is confirmed there is told as import.confirmed",
}
"""Addresses that change something and tell nothing, with the reason."""

TOLD = {
    "auth.try_login": "user.logged_in",
    "account.save_password": "user.password_changed",
    "connections.choose": "connection.connected",
    "connections.disconnect": "connection.disconnected",
    "connections.set_duplicates": "portal.duplicates_set",
    "customers.unlink": "customer.unlinked",
    "passwords.reset": "user.password_reset",
    "reviews.confirm": "import.confirmed",
    "runs.retry": "import.confirmed",
    "runs.cancel": "import.cancelled",
    "sync.go_on": "sync.let_go_on",
    "sync.pause": "sync.paused",
    "sync.read_everything": "connection.census_asked",
    "sync.resume": "sync.resumed",
    "sync.save_settings": "connection.settings",
    "webhooks.make": "webhook.made",
    "webhooks.renew": "webhook.renewed",
    "webhooks.remove": "webhook.removed",
}
"""What the other addresses tell."""


def unsafe(app: Any) -> set[str]:
    """The endpoints that answer to anything but reading."""
    return {rule.endpoint for rule in app.url_map.iter_rules() if rule.methods - {"GET", "HEAD", "OPTIONS"}}


def logging_in(world: World) -> tuple[str, dict[str, str]]:
    return "/login", {"email": "owner@nordlicht.example", "password": PASSWORD}


def choosing(world: World) -> tuple[str, dict[str, str]]:
    connection = db.session.get_one(Connection, (world.portal_id, world.connection_id))
    offered = {"id": "9", "name": "Nine", "currency": "EUR", "time_zone": "UTC"}
    connection.state, connection.organizations = "choosing", {"offered": [offered]}
    connection.connected_at = None
    db.session.commit()
    return f"/p/nordlicht/connections/{world.connection_id}/organization", {"organization": "9"}


def disconnecting(world: World) -> tuple[str, dict[str, str]]:
    return f"/p/nordlicht/connections/{world.connection_id}/disconnect", {}


def setting_duplicates(world: World) -> tuple[str, dict[str, str]]:
    return "/p/nordlicht/connections/duplicates", {"duplicates": "merge"}


def unlinking(world: World) -> tuple[str, dict[str, str]]:
    directory = PortalDirectory(world.portal_id)
    customer_id = directory.create_customer(CustomerData(name="Arc", currency="EUR")).id
    directory.flush()
    db.session.commit()
    world.link("1", uuid.UUID(customer_id))
    return f"/p/nordlicht/customers/{customer_id}/unlink/{world.connection_id}", {}


def confirming(world: World) -> tuple[str, dict[str, str]]:
    return f"/p/nordlicht/runs/{reviewed(world, world.there('1', 'Arc'))}/review/confirm", {}


def cancelling(world: World) -> tuple[str, dict[str, str]]:
    return f"/p/nordlicht/runs/{confirmed(world, world.there('1', 'Arc'))}/cancel", {}


def changing_password(world: World) -> tuple[str, dict[str, str]]:
    typed = {"current": PASSWORD, "password": "another passphrase", "again": "another passphrase"}
    return "/account/password", typed


def resetting(world: World) -> tuple[str, dict[str, str]]:
    token = generate_reset_password_token(db.session.get_one(User, world.user_id))
    return f"/password/{token}", {"password": "a third passphrase", "again": "a third passphrase"}


def retrying(world: World) -> tuple[str, dict[str, str]]:
    run = confirmed(world, world.there("1", "Arc"))
    came_of(world, run, ["1"], "failed", reason="Ledgerly said no.")
    run_is(run, state="done", finished_at=now())
    return f"/p/nordlicht/runs/{run}/retry", {}


def of_connection(world: World, rest: str) -> str:
    return f"/p/nordlicht/connections/{world.connection_id}/{rest}"


def pausing(world: World) -> tuple[str, dict[str, str]]:
    return of_connection(world, "pause"), {}


def resuming(world: World) -> tuple[str, dict[str, str]]:
    sync_settings.pause(world.portal_id, world.connection_id, world.user_id)
    return of_connection(world, "resume"), {}


def letting_go_on(world: World) -> tuple[str, dict[str, str]]:
    connection = db.session.get_one(Connection, (world.portal_id, world.connection_id))
    connection.held = {"why": "restored", "at": now().isoformat()}
    db.session.commit()
    return of_connection(world, "go-on"), {"seen": connection.held["at"]}


def reading_everything(world: World) -> tuple[str, dict[str, str]]:
    return of_connection(world, "census"), {}


def saving_settings(world: World) -> tuple[str, dict[str, str]]:
    seen = sync_settings.settings(world.portal_id, world.connection_id).seen
    return of_connection(world, "settings"), {"minutes": "10", "rule": "portal", "seen": seen}


def making_webhook(world: World) -> tuple[str, dict[str, str]]:
    return f"/p/nordlicht/connections/{world.connection_id}/webhook", {}


def renewing_webhook(world: World) -> tuple[str, dict[str, str]]:
    webhooks.make(world.portal_id, world.connection_id, user_id=None)
    return f"{making_webhook(world)[0]}/renew", {}


def removing_webhook(world: World) -> tuple[str, dict[str, str]]:
    webhooks.make(world.portal_id, world.connection_id, user_id=None)
    return f"{making_webhook(world)[0]}/remove", {}


ARRANGED: dict[str, Callable[[World], tuple[str, dict[str, str]]]] = {
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
    "webhooks.make": making_webhook,
    "webhooks.renew": renewing_webhook,
    "webhooks.remove": removing_webhook,
}


OUTSIDE = ("auth.try_login", "passwords.reset")
"""What is done before somebody is logged in."""


def test_every_address_that_changes_something_tells_it_or_says_why_not(app: Any):
    assert unsafe(app) == set(TOLD) | set(UNTOLD)
    assert not set(TOLD) & set(UNTOLD)
    assert set(ARRANGED) == set(TOLD)


@pytest.mark.parametrize("endpoint", TOLD)
def test_what_is_done_by_an_address_is_told(
    app: Any, client: Any, log_in: Any, world: World, people: Any, endpoint: str
):
    with app.app_context():
        address, form = ARRANGED[endpoint](world)
        before = {entry.number for entry in audit.newest(world.portal_id, 100)}
    browser = client if endpoint in OUTSIDE else log_in("Owner")
    token = token_on(browser.get("/account/", follow_redirects=True).text)
    assert browser.post(address, data={"csrf_token": token, **form}).status_code in (302, 303)
    with app.app_context():
        told = [entry for entry in audit.newest(world.portal_id, 100) if entry.number not in before]
        assert (TOLD[endpoint], str(people.users["Owner"])) in [(each.action, each.actor) for each in told]
        assert audit.verify(world.portal_id) is None


def test_what_the_command_line_does_to_people_is_told(app: Any, people: Any):
    with app.app_context():
        made = portals.add_user(people.portal_id, "new@x.example", "New", password=PASSWORD)
        portals.set_profile(people.portal_id, made.id, "Manager")
        users.set_password("new@x.example", "another passphrase")
        users.set_active("new@x.example", active=False)
        users.set_active("new@x.example", active=True)
        told = [each for each in audit.newest(people.portal_id, 50) if each.subject == str(made.id)]
    assert [each.action for each in reversed(told)] == [
        "user.added",
        "user.profile_changed",
        "user.password_changed",
        "user.disabled",
        "user.enabled",
    ]
    assert {each.actor for each in told} == {"command line"}
    assert told[3].details == {"from": "Employee", "to": "Manager"}


def test_what_is_told_holds_no_passwords_and_nobodys_data(app: Any, people: Any):
    with app.app_context():
        portals.add_user(people.portal_id, "canary@x.example", "Canary Person", password=PASSWORD)
        users.set_password("canary@x.example", "another passphrase")
        told = " ".join(str(each.details) + each.subject for each in audit.newest(people.portal_id, 50))
    assert not any(word in told for word in ("canary", "Canary", PASSWORD, "another passphrase"))


def test_a_login_that_failed_is_logged_without_the_email(client: Any, people: Any, capsys: Any):
    form = {"csrf_token": token_on(client.get("/login").text), "password": "not the password"}
    for email in ("owner@nordlicht.example", "nobody@nordlicht.example"):
        client.post("/login", data={**form, "email": email})
    lines = [line for line in capsys.readouterr().err.splitlines() if "login.failed" in line]
    assert [str(people.users["Owner"]) in line for line in lines] == [True, False]
    assert not any("nordlicht.example" in line or "not the password" in line for line in lines)
