"""What is told in the audit: every address that changes something either tells it there, or says why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.portal_world import PROVIDER, World
from tests.telling import SENDER
from tests.web.deeds import ARRANGED
from tests.web.pages import pages_app
from tests.web.people import PASSWORD, token_on
from tests.web.record_deeds import FIRST
from webapp.providers import Registry
from webapp.services import audit, portals, users

EDIT = "the history keeps who edited what, when, from and to; what is written there is told as that write"

UNTOLD = {
    "audit.verify": "it only reads what is told",
    "two_factor.check": "its test tells that it is told as user.logged_in: it needs a password before it",
    "two_factor.confirm": "its test tells that it is told as user.two_factor_on: it answers with a page",
    "two_factor.renew_codes": "its test tells that it is told: it answers with a page",
    "two_factor.begin": "nothing is asked for before a code proves the app; then user.two_factor_on is told",
    "bulk.choose": "a tick binds nobody before an action is confirmed",
    "editing.activate": EDIT,
    "editing.add": EDIT,
    "editing.save": EDIT,
    "people.add": EDIT,
    "people.make_primary": EDIT,
    "people.save": EDIT,
    "problems.link_again": "it opens a review; what is confirmed there is told as import.confirmed",
    "account.end_sessions": "it takes rights away from nobody but the person, and gives none",
    "account.save": "it is about nobody but the person: who did what is told by id, not by name",
    "account.save_notices": "it is about nobody but the person: what they want to hear of",
    "account.theme": "it is about nobody but the person, and only how pages look",
    "auth.logout": "it takes rights away from nobody but the person, and gives none",
    "connections.begin": "nothing changes before consent; what comes of that is told as connection.connected",
    "connections.reconnect": "nothing changes before consent; then it is told as connection.reconnected",
    "sync.sync_now": "it asks for a look, and every write of it is told by itself",
    "drift.make": "it only compares what both sides hold",
    "own_data.erase": "told as user.erased, by nobody: who asked is who was erased",
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
    "project_imports.choose": "as imports.choose",
    "project_imports.look": "as imports.look",
    "project_reviews.answer": "as reviews.answer",
    "project_reviews.back": "as reviews.back",
    "project_runs.look_again": "as runs.look_again",
    "project_undoing.start": "as undoing.start, which tells it: the same view",
    "project_users.add_contact": EDIT,
    "project_users.add_customer": EDIT,
    "project_users.dismiss": "it only puts a summary away",
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
    "invitations.accept": "user.joined",
    "members.disable": "member.disabled",
    "members.enable": "member.enabled",
    "members.invite": "invitation.made",
    "members.remove": "member.removed",
    "members.require_two_factor": "portal.two_factor_set",
    "members.send_again": "invitation.sent_again",
    "members.set_profile": "user.profile_changed",
    "members.set_projects": "member.projects_changed",
    "members.withdraw": "invitation.withdrawn",
    "profiles.add": "profile.added",
    "profiles.change": "profile.changed",
    "profiles.delete": "profile.removed",
    "two_factor.turn_off": "user.two_factor_off",
    "passwords.reset": "user.password_reset",
    "reviews.confirm": "import.confirmed",
    "runs.retry": "import.confirmed",
    "runs.cancel": "import.cancelled",
    "undoing.start": "import.undone",
    "remembered.take_back": "import.never_taken_back",
    "project_reviews.confirm": "import.confirmed",
    "project_runs.cancel": "import.cancelled",
    "project_runs.retry": "import.confirmed",
    "project_users.add_customers": "project.customers_added",
    "project_users.add_members": "project.members_added",
    "project_users.make_primary": "project.primary_changed",
    "project_users.remove_customer": "project.customer_removed",
    "project_users.remove_member": "project.member_removed",
    "projects.add": "project.added",
    "projects.delete": "project.deleted",
    "projects.save": "project.changed",
    "projects.set_status": "project.changed",
    "sync.go_on": "sync.let_go_on",
    "sync.pause": "sync.paused",
    "sync.read_everything": "connection.census_asked",
    "sync.resume": "sync.resumed",
    "custom_fields.choose": "connection.custom_fields",
    "sync.save_settings": "connection.settings",
    "webhooks.make": "webhook.made",
    "webhooks.renew": "webhook.renewed",
    "webhooks.remove": "webhook.removed",
    "leaving.ask": "portal.deletion_asked",
    "leaving.keep": "portal.deletion_withdrawn",
    "own_data.export": "user.exported",
    "personal.erase": "contact.erased",
    "personal.export": "contact.exported",
    "client_users.invite": "invitation.made",
    "client_users.set_active": "client.disabled",
    "client_users.withdraw": "invitation.withdrawn",
    "bin.act": "bin.restored",
    "bin.erase": "bin.erased",
    "brakes.go_on": "sync.brake_released",
    "brakes.keep": "sync.brake_kept",
    "brakes.look_again": "connection.census_asked",
    "bulk.carry_out": "customers.inactive",
    "bulk.undo": "customers.delete.undone",
    "conflicts.settle": "conflict.settled",
    "conflicts.settle_all": "conflict.settled",
    "conflicts.write": "conflict.settled",
    "deleting.delete": "customer.deleted",
    "deleting.restore": "customer.restored",
    "merging.merge": "customer.merged",
    "people.delete": "contact.deleted",
    "people.restore": "contact.restored",
    "problems.choose": "problem.relinked",
    "problems.decide": "problem.left_unlinked",
    "problems.delete": "customer.deleted",
    "problems.retry": "problem.retried",
    "problems.retry_all": "problem.retried",
}
"""What the other addresses tell."""


@pytest.fixture(scope="module")
def module_app(module_database_url: str, redis_url: str, outbox_folder: Path) -> Iterator[Flask]:
    """The portal's application with one provider and a way to send mails: for those who invite."""
    mail = {"TANDEM_MAIL_URL": f"maildir://{outbox_folder}", "TANDEM_MAIL_FROM": SENDER}
    mail["TANDEM_SANDBOX_URL"] = "http://127.0.0.1:9"
    with pages_app(module_database_url, redis_url, registry=Registry([PROVIDER]), **mail) as made:
        yield made


def unsafe(app: Any) -> set[str]:
    """The endpoints that answer to anything but reading."""
    return {rule.endpoint for rule in app.url_map.iter_rules() if rule.methods - {"GET", "HEAD", "OPTIONS"}}


ANSWERS = {"own_data.export": (200,), "personal.export": (200,)}
"""What is answered with a file, and not by leading elsewhere."""

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
    for sent_to, sent in (*FIRST.get(endpoint, ()), (address, form)):
        assert browser.post(sent_to, data={"csrf_token": token, **sent}).status_code in ANSWERS.get(
            endpoint, (302, 303)
        )
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
