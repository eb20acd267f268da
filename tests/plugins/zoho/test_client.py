"""One call: where it goes, and what happens when its token is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from plugins.books.provider import BOOKS
from plugins.zoho.client import Client, nothing
from plugins.zoho.mapping import Misshapen
from plugins.zoho.regions import REGIONS
from tests.plugins.account import ScriptedAccount, answered
from webapp.sdk import AuthorizationLost, RetryLater, Unavailable

US = REGIONS[0]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEPT = {
    "client_id": "1000.A",
    "client_secret": "s",
    "refresh_token": "r",
    "access_token": "a",
    "expires_at": (NOW + timedelta(hours=1)).isoformat(),
}
DONE = answered({"code": 0, "message": "success"})
REFUSED = answered({"code": 57, "message": "You are not authorized to perform this operation"}, 401)
TOKEN = answered({"access_token": "b", "expires_in": 3600})


def account(*answers, organization="7", **kept) -> ScriptedAccount:
    scripted = ScriptedAccount(US, {**KEPT, **kept}, organization=organization, clock=lambda: NOW)
    return scripted.play(answers)


def tokens_used(scripted):
    """Return the token each call to the API carried."""
    return [call.headers["Authorization"] for call in scripted.calls if "/books/" in call.url]


def test_a_call_carries_organization_token_and_json():
    scripted = account(DONE)
    Client(BOOKS, scripted).call("PUT", "/contacts/1", nothing, params={"a": "b"}, json={"website": ""})
    (call,) = scripted.calls
    assert (call.method, call.url) == ("PUT", "https://www.zohoapis.com/books/v3/contacts/1")
    assert call.params == {"a": "b", "organization_id": "7"}
    assert call.headers == {"Authorization": "Zoho-oauthtoken a"}
    assert call.json == {"website": ""} and call.form == {} and call.counted


def test_without_an_organization_a_call_is_outside_its_budget():
    scripted = account(DONE, organization="")
    Client(BOOKS, scripted).call("GET", "/organizations", nothing)
    (call,) = scripted.calls
    assert call.params == {} and not call.counted


def test_the_api_server_kept_is_used_if_it_is_zohos():
    for kept, host in [
        ("https://www.zohoapis.eu", "https://www.zohoapis.eu/"),
        ("https://evil.example", "https://www.zohoapis.com/"),
    ]:
        scripted = account(DONE, api_server=kept)
        Client(BOOKS, scripted).call("GET", "/contacts", nothing)
        assert scripted.calls[0].url.startswith(host)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_refused_token_is_renewed_and_the_call_made_again(method):
    scripted = account(REFUSED, TOKEN, DONE)
    Client(BOOKS, scripted).call(method, "/contacts", nothing)
    assert tokens_used(scripted) == ["Zoho-oauthtoken a", "Zoho-oauthtoken b"]


def test_a_second_refusal_is_a_matter_of_rights():
    scripted = account(REFUSED, TOKEN, REFUSED)
    with pytest.raises(AuthorizationLost, match="permission"):
        Client(BOOKS, scripted).call("GET", "/contacts", nothing)
    assert len(scripted.calls) == 3


def test_a_token_near_its_end_is_renewed_before_the_call():
    scripted = account(TOKEN, DONE, expires_at=(NOW + timedelta(seconds=30)).isoformat())
    Client(BOOKS, scripted).call("GET", "/contacts", nothing)
    assert tokens_used(scripted) == ["Zoho-oauthtoken b"]


def test_a_token_just_renewed_is_not_renewed_again():
    scripted = account(TOKEN, REFUSED, access_token="")
    with pytest.raises(AuthorizationLost):
        Client(BOOKS, scripted).call("GET", "/contacts", nothing)
    assert len(scripted.calls) == 2


def test_a_renewal_that_is_throttled_leaves_the_call_for_later():
    scripted = account(REFUSED, answered({"error": "Access Denied", "status": "failure"}, 400))
    with pytest.raises(RetryLater) as caught:
        Client(BOOKS, scripted).call("GET", "/contacts", nothing)
    assert caught.value.after == 600


@pytest.mark.parametrize(("method", "unknown"), [("GET", False), ("POST", True), ("PUT", True)])
def test_a_success_that_cannot_be_read_leaves_the_effect_of_a_write_open(method, unknown):
    def read(body):
        raise Misshapen("an answer without contact")

    with pytest.raises(Unavailable, match="without contact") as caught:
        Client(BOOKS, account(DONE)).call(method, "/contacts", read)
    assert caught.value.effect_unknown is unknown


def test_fifty_calls_refused_at_once_renew_the_token_once(start_world):
    world = start_world(customers=1, concurrency=0)
    world.directory.changed(None)
    world.control("expire-all", {})
    world.clear_log()
    together = Barrier(50)

    def read(_):
        together.wait()
        return world.directory.changed(None)

    with ThreadPoolExecutor(50) as threads:
        pages = list(threads.map(read, range(50)))
    assert all(page.customers for page in pages)
    calls = [(call["path"], call["status"]) for call in world.log()]
    assert calls.count(("/oauth/v2/token", 200)) == 1
    assert calls.count(("/books/v3/contacts", 200)) == 50
    assert calls.count(("/books/v3/contacts", 401)) <= 50
