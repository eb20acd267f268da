"""Getting, renewing and giving back tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from plugins.books.provider import BOOKS
from plugins.zoho import oauth
from plugins.zoho.regions import REGIONS
from tests.plugins.account import HttpAccount, ScriptedAccount, answered
from tests.plugins.zoho.recordings import recording
from webapp.sdk import (
    Authorization,
    AuthorizationDenied,
    AuthorizationLost,
    Fatal,
    Grant,
    RetryLater,
    Unavailable,
)

US = REGIONS[0]
SCOPES = {
    "books": "ZohoBooks.contacts.READ,ZohoBooks.contacts.CREATE,ZohoBooks.contacts.UPDATE,"
    "ZohoBooks.contacts.DELETE,ZohoBooks.settings.READ",
    "invoice": "ZohoInvoice.contacts.READ,ZohoInvoice.contacts.CREATE,ZohoInvoice.contacts.UPDATE,"
    "ZohoInvoice.contacts.DELETE,ZohoInvoice.settings.READ",
}
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CLIENT = {"client_id": "1000.A", "client_secret": "s"}
KEPT = {**CLIENT, "refresh_token": "r"}
GRANT = Grant(code="c", region="us", redirect_uri="http://127.0.0.1:1/back")
AUTHORIZATION = Authorization(
    region=US, credentials=CLIENT, redirect_uri="https://portal.example/back", state="st&te"
)


def account(*answers, credentials=KEPT) -> ScriptedAccount:
    return ScriptedAccount(US, credentials, clock=lambda: NOW).play(answers)


def renewed(body, status=200):
    """Return the credentials a renewal brings when the accounts server answers so."""
    scripted = account(answered(body, status))
    return oauth.refresh(scripted, scripted.credentials())


def exchanged(body, status=200):
    return oauth.exchange(account(answered(body, status)), GRANT)


def test_a_browser_is_sent_for_consent_that_lasts(product):
    address = urlsplit(oauth.authorize_url(product, AUTHORIZATION))
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://accounts.zoho.com/oauth/v2/auth"
    assert query == {
        "client_id": "1000.A",
        "response_type": "code",
        "redirect_uri": "https://portal.example/back",
        "scope": SCOPES[product.name],
        "access_type": "offline",
        "prompt": "consent",
        "state": "st&te",
    }


def test_a_callback_becomes_a_grant_of_the_users_own_data_centre():
    came_back = {
        "code": "1000.c",
        "location": "eu",
        "accounts-server": "https://accounts.zoho.eu",
        "state": "st&te",
    }
    grant = oauth.read_callback(AUTHORIZATION, came_back)
    assert grant == Grant(code="1000.c", region="eu", redirect_uri="https://portal.example/back")


@pytest.mark.parametrize(
    ("came_back", "words"),
    [
        ({"error": "access_denied"}, "declined"),
        ({"error": "invalid_redirect_uri"}, "redirect address"),
        ({"error": "something_new"}, "something_new"),
        ({"code": "c", "accounts-server": "https://evil.example"}, "evil.example"),
        ({"code": "c", "state": "another"}, "another attempt"),
        ({}, "no code"),
        ({"code": ""}, "no code"),
    ],
)
def test_a_callback_that_cannot_be_trusted_is_denied_in_words_for_people(came_back, words):
    with pytest.raises(AuthorizationDenied, match=words):
        oauth.read_callback(AUTHORIZATION, came_back)


def test_an_exchange_keeps_tokens_their_end_and_the_api_server():
    body = {
        "access_token": "a",
        "refresh_token": "r",
        "api_domain": "https://www.zohoapis.com",
        "expires_in": 3600,
    }
    assert exchanged(body) == {
        "access_token": "a",
        "refresh_token": "r",
        "expires_at": "2026-11-22T13:00:00+00:00",
        "api_server": "https://www.zohoapis.com",
    }


def test_an_exchange_goes_to_the_grants_region_as_a_form_outside_the_budget():
    scripted = account(answered({"access_token": "a", "refresh_token": "r"}))
    oauth.exchange(scripted, Grant(code="c", region="ca", redirect_uri="https://portal.example/back"))
    (call,) = scripted.calls
    assert (call.method, call.url) == ("POST", "https://accounts.zohocloud.ca/oauth/v2/token")
    assert call.form == {
        **CLIENT,
        "grant_type": "authorization_code",
        "redirect_uri": "https://portal.example/back",
        "code": "c",
    }
    assert not call.counted and not call.params and call.json is None


def test_an_exchange_without_a_refresh_token_says_the_remedy():
    with pytest.raises(AuthorizationDenied, match="Connected apps"):
        exchanged({"access_token": "a"})


@pytest.mark.parametrize("status", [200, 400])
def test_a_used_or_late_code_is_denied(status):
    with pytest.raises(AuthorizationDenied, match="connect again"):
        exchanged({"error": "invalid_code"}, status)


def test_a_renewal_keeps_all_but_the_refresh_token():
    assert renewed({"access_token": "b", "expires_in": "60"}) == {
        "access_token": "b",
        "expires_at": "2026-11-22T12:01:00+00:00",
        "api_server": "https://www.zohoapis.com",
    }


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"error": "invalid_code"}, 200, AuthorizationLost),
        ({"error": "invalid_code"}, 400, AuthorizationLost),
        ({"error": "invalid_client"}, 200, Fatal),
        ({"error": "invalid_client_secret"}, 200, Fatal),
        ({"error": "invalid_redirect_uri"}, 200, Fatal),
        ({"error": "Access Denied", "status": "failure"}, 400, RetryLater),
        ({"error": "Access Denied", "status": "failure"}, 200, RetryLater),
        ({"error": "访问被拒绝", "status": "failure"}, 200, RetryLater),
        ({"error_description": "zu viele Anfragen", "status": "failure"}, 400, RetryLater),
        ({"error": "access_denied"}, 200, RetryLater),
        ("slow down", 429, RetryLater),
        ({"error": "server_error"}, 500, Unavailable),
        ({"error": {"deep": 1}}, 200, Unavailable),
        ("<html>", 502, Unavailable),
        ("<html>", 200, Unavailable),
        ([], 200, Unavailable),
        ({}, 200, Unavailable),
        ({"message": "?"}, 503, Unavailable),
        ({"access_token": ""}, 200, Unavailable),
        ({"access_token": 7}, 200, Unavailable),
    ],
)
def test_a_failed_renewal_says_what_the_portal_can_do(body, status, kind):
    with pytest.raises(kind) as caught:
        renewed(body, status)
    assert type(caught.value) is kind


def test_a_throttled_renewal_waits_ten_minutes():
    with pytest.raises(RetryLater) as caught:
        renewed({"error": "Access Denied", "status": "failure"}, 400)
    assert caught.value.after == 600


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("200-invalid_client", Fatal),
        ("200-invalid_client_secret", Fatal),
        ("200-invalid_code", AuthorizationLost),
    ],
)
def test_recorded_refusals_are_sorted(name, kind):
    recorded = recording(f"oauth/{name}.json")
    with pytest.raises(kind):
        renewed(recorded["body"], recorded["status"])


def test_a_documented_answer_renews():
    assert renewed(recording("oauth/200-token-refresh.json")["body"])["access_token"] == "{new_access_token}"


def test_no_message_holds_a_secret():
    for error in ("invalid_code", "invalid_client", "invalid_client_secret", "server_error"):
        scripted = ScriptedAccount(US, {**CLIENT, "client_secret": "hush", "refresh_token": "quiet"})
        scripted.play([answered({"error": error})])
        with pytest.raises((Fatal, RetryLater)) as caught:
            oauth.refresh(scripted, scripted.credentials())
        assert "hush" not in str(caught.value) and "quiet" not in str(caught.value)


def test_a_connection_that_keeps_no_authorisation_is_lost_without_a_call():
    scripted = account(credentials=CLIENT)
    with pytest.raises(AuthorizationLost):
        oauth.refresh(scripted, scripted.credentials())
    assert scripted.calls == []


@pytest.mark.parametrize(("left", "over"), [(3600, False), (61, False), (60, True), (0, True), (-5, True)])
def test_a_token_is_over_a_minute_before_its_end(left, over):
    ends = (NOW + timedelta(seconds=left)).isoformat()
    assert oauth.expired({"access_token": "a", "expires_at": ends}, NOW) is over


@pytest.mark.parametrize("credentials", [{}, {"access_token": "a"}, {"access_token": "a", "expires_at": "?"}])
def test_a_token_whose_end_is_not_known_is_over(credentials):
    assert oauth.expired(credentials, NOW)


def test_a_lifetime_without_sense_is_an_hour():
    for told in (None, True, -4, "soon", 3.5, {}):
        kept = renewed({"access_token": "b", "expires_in": told})
        assert kept["expires_at"] == "2026-11-22T13:00:00+00:00"


def test_revoking_gives_the_refresh_token_back():
    scripted = account(answered({"status": "success"}))
    oauth.revoke(scripted)
    (call,) = scripted.calls
    assert call.url == "https://accounts.zoho.com/oauth/v2/token/revoke" and call.params == {"token": "r"}


def test_revoking_what_zoho_no_longer_knows_is_done():
    oauth.revoke(account(answered({"error": "invalid_token"}, 400)))
    oauth.revoke(account(credentials=CLIENT))


def test_revoking_that_may_have_failed_says_so():
    with pytest.raises(Unavailable):
        oauth.revoke(account(answered("<html>", 502)))


def consent(world, redirect_uri="http://127.0.0.1:1/back", decision="accept"):
    """Go through the sandbox's consent page; return the authorisation and what came back."""
    credentials = {name: world.token[name] for name in ("client_id", "client_secret")}
    authorization = Authorization(
        region=world.region, credentials=credentials, redirect_uri=redirect_uri, state="s"
    )
    address = urlsplit(oauth.authorize_url(BOOKS, authorization))
    form = {name: values[0] for name, values in parse_qs(address.query).items()}
    answer = requests.post(
        f"{world.server.url}{address.path}",
        data={**form, "decision": decision},
        allow_redirects=False,
        timeout=10,
    )
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return authorization, {name: values[0] for name, values in query.items()}


def test_consent_opens_the_organizations_over_http(world):
    authorization, came_back = consent(world)
    grant = oauth.read_callback(authorization, came_back)
    fresh = HttpAccount(world.region, authorization.credentials)
    fresh.keep(oauth.exchange(fresh, grant))
    assert fresh.credentials()["access_token"] and fresh.credentials()["refresh_token"]
    with pytest.raises(AuthorizationDenied):
        oauth.exchange(fresh, grant)


def test_declining_is_denied_over_http(world):
    with pytest.raises(AuthorizationDenied, match="declined"):
        oauth.read_callback(*consent(world, decision="deny"))


def test_a_revoked_connection_is_lost_over_http(world):
    world.directory.changed(None)
    oauth.revoke(world.account)
    with pytest.raises(AuthorizationLost):
        world.directory.changed(None)
