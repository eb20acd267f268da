"""The account for plugins' tests calls as the portal's does: its own hosts, once, and no further."""

from __future__ import annotations

import inspect
import json
import socket
from collections.abc import Iterator
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from webapp.sdk import Account, Answer, Fatal, Region, Unavailable
from webapp.sdk.testing import HttpAccount


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent, unless it is asked for something that is no JSON."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = {
            "method": self.command,
            "path": self.path,
            "kind": self.headers.get("Content-Type"),
            "token": self.headers.get("Authorization"),
            "body": self.rfile.read(length).decode(),
        }
        body = b"<html>" if self.path == "/odd" else json.dumps(sent).encode()
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


def region(port: int) -> Region:
    return Region(key="here", label="Here", endpoints={"api": f"http://127.0.0.1:{port}/v1"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port at which the echo listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def account(port: int) -> HttpAccount:
    return HttpAccount(region(port), {"token": "old", "id": "an-id"})


@pytest.mark.parametrize("name", [name for name in vars(Account) if not name.startswith("_")])
def test_has_all_that_the_portals_account_has(account: HttpAccount, name: str):
    promised = getattr(Account, name)
    if callable(promised):
        assert inspect.signature(getattr(HttpAccount, name)) == inspect.signature(promised)
    else:
        assert hasattr(account, name)


def test_tells_what_was_answered(account: HttpAccount, port: int):
    address = f"http://127.0.0.1:{port}/v1/customers?a=1"
    answer = account.call("GET", address, params={"b": "ä 2"}, headers={"Authorization": "Bearer x"})
    assert isinstance(answer, Answer)
    assert answer.status == 200
    assert answer.headers["content-length"] == str(len(answer.body))
    told = {"method": "GET", "path": "/v1/customers?a=1&b=%C3%A4+2", "token": "Bearer x"}
    assert told.items() <= answer.json().items()
    assert account.calls == ["GET /v1/customers"]


@pytest.mark.parametrize(
    ("sent", "kind", "body"),
    [
        ({"json": {"name": "Ada"}}, "application/json", '{"name": "Ada"}'),
        ({"form": {"code": "a b"}}, "application/x-www-form-urlencoded", "code=a+b"),
    ],
    ids=["json", "form"],
)
def test_sends_json_or_a_form(account: HttpAccount, port: int, sent: dict[str, object], kind: str, body: str):
    told = account.call("POST", f"http://127.0.0.1:{port}/v1", **sent).json()
    assert (told["method"], told["kind"], told["body"]) == ("POST", kind, body)


def test_says_that_an_answer_is_no_json_when_it_is_parsed(account: HttpAccount, port: int):
    answer = account.call("GET", f"http://127.0.0.1:{port}/odd")
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()


def test_follows_no_redirect(account: HttpAccount, port: int):
    assert account.call("GET", f"http://127.0.0.1:{port}/moved").status == 302
    assert account.calls == ["GET /moved"]


@pytest.mark.parametrize(
    "address", ["http://evil.example/", "https://127.0.0.1/", "file:///etc/passwd", "/v1"]
)
def test_calls_no_other_host(account: HttpAccount, address: str):
    with pytest.raises(Fatal, match="is not a host of the region Here"):
        account.call("GET", address)
    assert account.calls == []


@pytest.mark.parametrize(("method", "unknown"), [("GET", False), ("POST", True)])
def test_without_an_answer_it_is_unknown_whether_a_write_was_carried_out(method: str, unknown: bool):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(Unavailable) as failed:
            HttpAccount(region(port), {}).call(method, f"http://127.0.0.1:{port}/v1")
    assert failed.value.effect_unknown is unknown


def test_renews_credentials_once_for_all_who_used_the_old_ones(account: HttpAccount):
    used = account.credentials()
    asked = []

    def refresh(kept: dict[str, str]) -> dict[str, str]:
        asked.append(kept)
        return {"token": "new"}

    expected = {"token": "new", "id": "an-id"}
    assert account.renew(used, refresh) == account.renew(used, refresh) == account.credentials() == expected
    assert asked == [used]


def test_tells_the_time_with_its_zone(account: HttpAccount):
    assert account.now().tzinfo is UTC


def test_is_of_no_organization_and_no_feature_unless_said(account: HttpAccount, port: int):
    assert (account.organization, account.features) == ("", {})
    chosen = HttpAccount(region(port), {}, organization="7", features={"contact_census": True})
    assert (chosen.organization, chosen.features) == ("7", {"contact_census": True})
