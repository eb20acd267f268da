"""Webhooks of the sandbox: each change is told, signed as Zoho does."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import requests

from plugins.zoho.webhooks import verify
from tests.sandbox.conftest import Zoho
from tests.sandbox.test_page import page, press
from webapp.sdk import Delivery

SECRET = "k" * 40


class Listener:
    """Somebody who is told; `status` is what it answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        listener = self

        class Hearing(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.heard.append((self.path, headers, body))
                self.send_response(listener.status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Write nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Hearing)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/abc?b=2&a=1"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def names(self) -> list[str]:
        """Return whom the deliveries are about."""
        about = [json.loads(body)["contact"] for _, _, body in self.heard]
        return [each.get("contact_name", "") for each in about]


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def told(zoho: Zoho, listener: Listener) -> Zoho:
    """A sandbox that tells the listener of its changes."""
    zoho.control("POST", "webhook", json={"url": listener.url, "secret": SECRET})
    return zoho


def settled(zoho: Zoho) -> dict[str, Any]:
    """Wait until everything is told, and return the webhook with its deliveries."""
    found: dict[str, Any] = zoho.control("GET", "webhook").json()
    return found


def test_what_somebody_does_by_hand_is_told(told: Zoho, listener: Listener):
    made = told.edit("create_contact", fields={"contact_name": "Acme"})
    told.edit("create_person", contact_id=made["contact_id"], fields={"first_name": "Ann"})
    settled(told)
    assert listener.names() == ["Acme", "Acme"]
    person = json.loads(listener.heard[-1][2])["contact"]["contact_persons"][0]
    assert person["first_name"] == "Ann"


def test_what_an_app_does_through_the_api_is_told_too(told: Zoho, listener: Listener):
    contact = told.create("Acme")
    told.get("/contacts")
    told.call("PUT", f"/contacts/{contact['contact_id']}", json={"website": "acme.example"})
    told.call("DELETE", f"/contacts/{contact['contact_id']}")
    settled(told)
    assert listener.names() == ["Acme", "Acme", ""]


def test_what_is_told_is_signed_as_zoho_signs(told: Zoho, listener: Listener):
    told.create("Ærø & Søn")
    settled(told)
    path, headers, body = listener.heard[0]
    assert path == "/hooks/abc?b=2&a=1"
    right = hmac.new(SECRET.encode(), b"a1b2" + body, "sha256").hexdigest()
    assert headers["x-zoho-webhook-signature"] == right
    delivery = Delivery(headers=headers, query=(("b", "2"), ("a", "1")), body=body)
    assert verify(delivery, SECRET)


def test_a_change_that_was_refused_is_not_told(told: Zoho, listener: Listener):
    told.create("Acme")
    assert told.call("POST", "/contacts", json={"contact_name": "Acme"}).status_code == 400
    settled(told)
    assert len(listener.heard) == 1


def test_the_other_organization_tells_nobody(told: Zoho, listener: Listener):
    told.edit("create_contact", organization="Nordlicht Studio North America", fields={"contact_name": "Far"})
    settled(told)
    assert listener.heard == []


def test_of_one_act_no_more_than_twenty_are_told(start, listener: Listener):
    many = Zoho(start(customers=60).url)
    many.control("POST", "webhook", json={"url": listener.url, "secret": SECRET})
    many.edit("delete_all_contacts")
    settled(many)
    assert len(listener.heard) == 20


def test_the_sample_is_told_to_nobody(start, listener: Listener):
    many = Zoho(start(customers=60).url)
    many.control("POST", "webhook", json={"url": listener.url, "secret": SECRET})
    many.control("POST", "reset", json={})
    many.create("Acme")
    settled(many)
    assert listener.names() == ["Acme"]


def test_what_came_of_each_is_shown_newest_first(told: Zoho, listener: Listener):
    told.create("Acme")
    settled(told)
    listener.status = 401
    told.create("Beta")
    sent = settled(told)["sent"]
    assert [(each["about"], each["status"]) for each in sent] == [("Beta", 401), ("Acme", 204)]


def test_nobody_at_the_address_harms_nothing(zoho: Zoho, listener: Listener):
    listener.server.server_close()
    zoho.control("POST", "webhook", json={"url": listener.url, "secret": SECRET})
    zoho.create("Acme")
    assert [each["status"] for each in settled(zoho)["sent"]] == [0]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hooks/x",
        "http://10.0.0.1/",
        "http://127.0.0.1.example/",
        "ftp://127.0.0.1/",
        "nonsense",
        "http://[",
    ],
)
def test_it_calls_this_machine_alone(zoho: Zoho, url: str):
    refused = zoho.control("POST", "webhook", json={"url": url, "secret": SECRET})
    assert (refused.status_code, "this machine" in refused.json()["error"]) == (400, True)


@pytest.mark.parametrize("secret", ["short", "k" * 51, "with-a-dash-and-more"])
def test_its_secret_is_one_zoho_would_take(zoho: Zoho, listener: Listener, secret: str):
    refused = zoho.control("POST", "webhook", json={"url": listener.url, "secret": secret})
    assert refused.status_code == 400


def test_a_person_sets_it_sends_one_and_removes_it_on_its_page(zoho: Zoho, listener: Listener):
    def press_here(path: str, **form: str) -> requests.Response:
        form = {"organization": zoho.organization_id, **form}
        return requests.post(f"{zoho.url}/_sandbox/webhooks{path}", data=form, timeout=10)

    assert "Nobody is told of changes yet." in page(zoho, "/_sandbox/webhooks").text
    wrong = press_here("", url=listener.url, secret="short")
    assert (wrong.status_code, "12 to 50 letters and digits" in wrong.text) == (422, True)
    assert f'value="{listener.url.replace("&", "&amp;")}"' in wrong.text
    assert "Each change is told" in press_here("", url=listener.url, secret=SECRET).text
    assert "a test" in press_here("/send").text
    assert len(listener.heard) == 1
    assert "Removed. Nobody is told" in press_here("/remove").text
    press(zoho, "edit", action="create_contact", **{"fields.contact_name": "Acme"})
    assert settled(zoho)["webhook"] is None
    assert len(listener.heard) == 1
