"""The address a provider calls, and the page that shows how to set it up there."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.mirror_world import BOOKS, MemoryProvider, Place, signed
from tests.queries import queries
from tests.web.import_world import FRAGMENT
from tests.web.people import token_on
from webapp.extensions import db
from webapp.providers import Registry
from webapp.services import webhooks
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.webhooks import Webhook
from webapp.walls import across_portals
from webapp.web.webhooks import LARGEST

MOST = 30
"""Refused deliveries an address may send in a minute."""


@pytest.fixture
def app(app, there) -> Iterator[Flask]:
    """The application with a provider in memory beside Books."""
    app.extensions["tandem_providers"] = Registry([there.provider(), BOOKS])
    app.extensions["tandem_redis"].flushdb()
    return app


@pytest.fixture
def there() -> MemoryProvider:
    return MemoryProvider()


@pytest.fixture
def connection_id(app, people) -> uuid.UUID:
    with app.app_context():
        made = Place(people.portal_id, people.users["Owner"]).connect()
        with across_portals():
            db.session.execute(update(Connection).values(refreshed_at=now()))
            db.session.commit()
        return made


@pytest.fixture
def address(connection_id) -> str:
    return f"/p/nordlicht/connections/{connection_id}/webhook"


@pytest.fixture
def owner(log_in):
    return log_in("Owner")


@pytest.fixture
def hook(app, people, connection_id) -> tuple[str, str]:
    """The path and the secret of the connection's webhook."""
    with app.app_context():
        webhooks.make(people.portal_id, connection_id, user_id=people.users["Owner"])
        shown = webhooks.view(people.portal_id, connection_id)
        return shown.address.removeprefix("http://127.0.0.1:5000"), shown.secret


def send(client, path, secret, body=b"{}", **more):
    return client.post(path, data=body, headers=signed(secret).headers, **more)


def press(browser, address):
    return browser.post(address, data={"csrf_token": token_on(browser.get("/account/").text)})


def row(app) -> Webhook:
    with app.app_context(), across_portals():
        return db.session.scalars(select(Webhook)).one()


def test_a_signed_delivery_is_taken_without_session_token_or_page(app, client, hook):
    path, secret = hook
    answer = send(client, path, secret)
    assert (answer.status_code, answer.data) == (204, b"")
    assert "Set-Cookie" not in answer.headers
    assert row(app).arrivals == 1


def test_its_answer_is_the_same_with_somebodys_session_and_leaves_that_alone(app, owner, hook):
    path, secret = hook
    answer = send(owner, path, secret)
    assert answer.status_code == 204
    assert "Set-Cookie" not in answer.headers
    assert owner.get("/account/").status_code == 200


def test_an_unknown_address_is_not_there(client, hook):
    answer = send(client, "/hooks/" + "x" * 43, hook[1])
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    assert [send(client, f"/hooks/{odd}", "s").status_code for odd in ("%00", "%ff", "a" * 4000)] == [404] * 3


def test_one_that_is_not_signed_is_refused_and_the_page_says_why(app, client, hook, owner, address):
    path, _ = hook
    assert send(client, path, "another").status_code == 401
    assert client.post(path).status_code == 401
    shown = owner.get(address).text
    assert "The last one was turned away" in shown
    assert "It was not signed with the secret shown here." in shown


def test_it_is_asked_for_by_posting_alone(client, hook):
    assert [
        client.open(hook[0], method=method).status_code for method in ("GET", "HEAD", "PUT", "DELETE")
    ] == [405] * 4


def test_what_is_too_long_is_refused_before_it_is_read(app, client, hook):
    class Unread(io.BytesIO):
        def read(self, *size):
            raise AssertionError("it was read")

    path, secret = hook
    said = {"CONTENT_LENGTH": str(LARGEST + 1), "wsgi.input": Unread()}
    answer = client.post(path, headers=signed(secret).headers, environ_overrides=said)
    assert answer.status_code == 413
    assert row(app).arrivals == 0


def test_what_does_not_say_its_length_is_read_no_further_than_it_may_be(app, client, hook):
    path, secret = hook
    endless = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    for size, status in ((LARGEST, 204), (LARGEST + 1, 413)):
        body = io.BytesIO(b"x" * size)
        answer = client.post(
            path, input_stream=body, headers=signed(secret).headers, environ_overrides=endless
        )
        assert answer.status_code == status
    assert row(app).arrivals == 1


def test_who_is_refused_again_and_again_has_to_wait_and_who_signs_has_not(client, hook):
    path, secret = hook
    assert {send(client, path, secret).status_code for _ in range(MOST + 5)} == {204}
    assert {send(client, path, "guess").status_code for _ in range(MOST)} == {401}
    assert send(client, path, "guess").status_code == 429


def test_a_delivery_costs_few_queries(app, client, hook):
    path, secret = hook
    with app.app_context():
        engine = db.engine
    with queries(engine) as statements:
        send(client, path, secret)
    assert len(statements) <= 6


def test_its_address_stands_in_no_line_of_the_log(app, client, hook, capfd):
    path, secret = hook
    app.logger.warning("POST %s?a=b came", path)
    send(client, path, "wrong")
    send(client, path, secret)
    written = "".join(capfd.readouterr())
    assert written.count("/hooks/…") >= 3
    assert path.rpartition("/")[2] not in written


def test_the_page_shows_what_to_paste_and_each_step_without_any_script(owner, hook, address):
    path, secret = hook
    shown = owner.get(address).text
    assert f'value="http://127.0.0.1:5000{path}"' in shown
    assert f'value="{secret}"' in shown
    assert re.search(r"<li><p>Paste , if you please\.</p>\s*<div class=\"copy-row\">", shown)
    assert "Save." in shown


@pytest.mark.parametrize("profile", ["Manager", "Employee", "Finance only", "Clients only"])
def test_its_secrets_are_for_those_who_may_connect(log_in, hook, address, profile):
    answer = log_in(profile).get(address)
    assert answer.status_code == 403
    assert hook[0] not in answer.text and hook[1] not in answer.text


def test_the_page_waits_for_the_first_by_itself_and_then_stops(client, owner, hook, address):
    waiting = owner.get(address)
    assert 'hx-trigger="every 3s"' in waiting.text
    assert '<meta http-equiv="refresh"' in waiting.text
    assert "None has arrived yet" in owner.get(address, headers=FRAGMENT).text
    send(client, *hook)
    part = owner.get(address, headers=FRAGMENT).text
    assert "1 call arrived" in part
    assert "hx-trigger" not in part
    assert '<meta http-equiv="refresh"' not in owner.get(address).text


def test_one_is_made_renewed_and_removed_on_the_page(owner, address):
    assert "Not set up" in owner.get(address).text
    assert press(owner, address).location.endswith("/webhook")
    secret = re.search(r'id="secret" readonly value="(\w{48})"', owner.get(address).text)[1]
    press(owner, f"{address}/renew")
    shown = owner.get(address).text
    assert secret not in shown
    assert "The address and the secret are new." in shown
    press(owner, f"{address}/remove")
    assert "Not set up" in owner.get(address).text


def test_a_second_person_who_makes_one_is_told_that_it_is_there(owner, hook, address):
    answer = press(owner, address)
    assert answer.status_code == 409
    assert "This connection has an address by now" in answer.text


def test_the_page_says_when_nobody_outside_can_reach_it(owner, address):
    assert "Ledgerly cannot reach this Tandem." in owner.get(address).text


def test_the_page_of_a_connection_leads_to_its_webhook(owner, connection_id, address):
    assert f'href="{address}"' in owner.get(f"/p/nordlicht/connections/{connection_id}").text
