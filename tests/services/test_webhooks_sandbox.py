"""A practice Zoho that tells of its changes, over HTTP: what is done there by hand is soon here."""

from __future__ import annotations

import pytest
import requests

from sandbox.hand_edits import carry_out
from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.state import State
from tests.browser.stage.server import served
from tests.mirror_world import BOOKS, Place, connection, mirrored, refresh_all, set_connection
from tests.web.pages import pages_app
from webapp.extensions import db
from webapp.providers import Registry
from webapp.services import webhooks
from webapp.services.look import look
from webapp.store.columns import now
from webapp.store.webhooks import Webhook
from webapp.walls import across_portals


@pytest.fixture
def practice():
    with SandboxServer(State(Sample(customers=12))) as server:
        yield server


@pytest.fixture
def told(module_database_url, redis_url, practice):
    """A connection to the sandbox, which knows its address and its secret."""
    registry = Registry([BOOKS], sandbox_url=practice.url)
    environment = {"registry": registry, "TANDEM_SANDBOX_URL": practice.url}
    with (
        pages_app(module_database_url, redis_url, **environment) as app,
        served(app) as url,
        app.app_context(),
        across_portals(),
    ):
        place = Place.new()
        made = place.connect_sandbox(practice)
        refresh_all(made)
        webhooks.make(place.portal_id, made, user_id=None)
        shown = webhooks.view(place.portal_id, made)
        address = url + shown.address.removeprefix("http://127.0.0.1:5000")
        given = {"url": address, "secret": shown.secret}
        requests.post(f"{practice.url}/_sandbox/webhook", json=given, timeout=10).raise_for_status()
        set_connection(made, refreshed_at=now() - webhooks.hints_apart(connection(made)))
        yield made


def a_customer(practice):
    organization = practice.state.default_organization.id
    contacts = practice.state.registers[organization].contacts.values()
    return next(each for each in contacts if each.contact_type == "customer")


def hook() -> Webhook:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(db.select(Webhook).order_by(Webhook.made_at.desc())).first()


def test_what_is_changed_there_by_hand_is_here_with_the_next_look(practice, told):
    customer = a_customer(practice)
    order = {"action": "update_contact", "contact_id": customer.id, "fields": {"website": "new.example"}}
    carry_out(practice.state, order)
    assert practice.state.webhooks.settle()
    assert [each.status for each in practice.state.webhooks.sent(practice.state.default_organization.id)] == [
        204
    ]
    assert hook().arrivals == 1
    assert connection(told).hint_due_at is not None
    look(told, interactive=True)
    assert mirrored(told)[customer.id].website == "new.example"
    assert connection(told).hint_due_at is None


def test_a_secret_that_was_pasted_wrongly_is_told_on_both_sides(practice, told):
    organization = practice.state.default_organization.id
    kept = practice.state.webhooks.of(organization)
    practice.state.webhooks.keep(organization, kept.url, kept.secret[:-1])
    practice.state.webhooks.send(organization, "a test", {})
    assert practice.state.webhooks.settle()
    newest = practice.state.webhooks.sent(organization)[0]
    assert (newest.status, newest.words) == (401, "It was not signed with the secret shown here.")
    assert hook().refusal == "It was not signed with the secret shown here."
    assert connection(told).hint_due_at is None
