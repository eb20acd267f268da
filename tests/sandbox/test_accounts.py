"""The accounts server: consent, codes, tokens and their limits."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.conftest import Clock, Zoho
from tests.sandbox.openapi import recording

CALLBACK = "http://127.0.0.1:9999/callback"
TOO_MANY = {
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "error": "Access Denied",
    "status": "failure",
}
SCOPE = "ZohoBooks.contacts.READ,ZohoBooks.settings.READ"


def wish(**changes: str) -> dict[str, str]:
    """Return the parameters of a request for consent."""
    return {
        "client_id": "1000.SANDBOX",
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": SCOPE,
        "access_type": "offline",
        "prompt": "consent",
        "state": "s 1&2",
        **changes,
    }


def decide(zoho: Zoho, decision: str = "accept", **changes: str) -> dict[str, str]:
    """Press a button of the consent page and return what the callback gets."""
    url = f"{zoho.url}/oauth/v2/auth"
    form = {**wish(**changes), "decision": decision}
    response = requests.post(url, data=form, allow_redirects=False, timeout=10)
    assert response.status_code == 302
    assert response.headers["Location"].startswith(CALLBACK)
    found = parse_qs(urlsplit(response.headers["Location"]).query)
    return {name: values[0] for name, values in found.items()}


def token(zoho: Zoho, **changes: Any) -> requests.Response:
    """Ask for a token."""
    form = {"client_id": "1000.SANDBOX", "client_secret": "sandbox-secret", **changes}
    return requests.post(f"{zoho.url}/oauth/v2/token", data=form, timeout=10)


def exchange(zoho: Zoho, code: str, **changes: str) -> Any:
    """Exchange a code and return the body of the answer, whose status is always 200."""
    response = token(
        zoho, **{"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **changes}
    )
    assert response.status_code == 200
    return response.json()


def refresh(zoho: Zoho, value: str, **changes: str) -> Any:
    """Refresh and return the body of the answer, whose status is always 200."""
    response = token(zoho, **{"grant_type": "refresh_token", "refresh_token": value, **changes})
    assert response.status_code == 200
    return response.json()


def status_with(zoho: Zoho, access_token: str, path: str = "/books/v3/organizations") -> int:
    """Return the status of a call with an access token."""
    headers = {"Authorization": f"Zoho-oauthtoken {access_token}"}
    return requests.get(zoho.url + path, headers=headers, timeout=10).status_code


def test_the_consent_page_names_the_app_and_what_it_wants(zoho: Zoho) -> None:
    page = requests.get(f"{zoho.url}/oauth/v2/auth", params=wish(client_id="1000.SANDBOX"), timeout=10)
    assert page.status_code == 200
    assert "1000.SANDBOX" in page.text
    assert "Books: read your customers, vendors and their contact persons" in page.text
    assert 'value="accept"' in page.text
    assert 'value="deny"' in page.text


def test_the_consent_page_escapes_what_it_is_given(zoho: Zoho) -> None:
    page = requests.get(f"{zoho.url}/oauth/v2/auth", params=wish(state='"><script>'), timeout=10)
    assert "<script>" not in page.text


def test_accepting_brings_a_code_with_the_data_centre(zoho: Zoho) -> None:
    back = decide(zoho)
    assert (back["state"], back["location"], back["accounts-server"]) == ("s 1&2", "us", zoho.url)
    assert back["code"].startswith("1000.")


def test_the_data_centre_can_be_set(zoho: Zoho) -> None:
    zoho.settings(location="eu")
    assert decide(zoho)["location"] == "eu"


def test_denying_brings_an_error(zoho: Zoho) -> None:
    assert decide(zoho, "deny") == {"error": "access_denied", "state": "s 1&2"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": "1000.WHO"}, "Invalid Client"),
        ({"redirect_uri": "https://evil.example/cb"}, "Invalid Redirect Uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "Invalid Redirect Uri"),
        ({"scope": ""}, "Invalid OAuth Scope"),
        ({"scope": "everything"}, "Invalid OAuth Scope"),
        ({"response_type": "token"}, "Invalid Response Type"),
    ],
)
def test_a_wrong_wish_is_answered_on_a_page_and_never_sent_back(
    zoho: Zoho, changes: dict[str, str], words: str
) -> None:
    for response in (
        requests.get(f"{zoho.url}/oauth/v2/auth", params=wish(**changes), timeout=10),
        requests.post(f"{zoho.url}/oauth/v2/auth", data=wish(**changes), allow_redirects=False, timeout=10),
    ):
        assert response.status_code == 400
        assert words in response.text


def test_a_code_brings_tokens_that_work(zoho: Zoho) -> None:
    answer = exchange(zoho, decide(zoho)["code"])
    assert set(answer) == set(recording("oauth/200-token-code-exchange.json")["body"])
    assert (answer["api_domain"], answer["token_type"], answer["expires_in"]) == (zoho.url, "Bearer", 3600)
    assert status_with(zoho, answer["access_token"]) == 200


def test_a_refresh_token_brings_access_tokens(zoho: Zoho) -> None:
    value = exchange(zoho, decide(zoho)["code"])["refresh_token"]
    answer = refresh(zoho, value)
    assert set(answer) == set(recording("oauth/200-token-refresh.json")["body"])
    assert status_with(zoho, answer["access_token"]) == 200


def test_parameters_in_the_address_are_read_and_a_json_body_is_not(zoho: Zoho) -> None:
    parameters = {
        "grant_type": "refresh_token",
        "refresh_token": zoho.token["refresh_token"],
        "client_id": "1000.SANDBOX",
        "client_secret": "sandbox-secret",
    }
    url = f"{zoho.url}/oauth/v2/token"
    assert "access_token" in requests.post(url, params=parameters, timeout=10).json()
    assert requests.post(url, json=parameters, timeout=10).json() == {"error": "invalid_client"}
    assert "error" in requests.get(url, params=parameters, timeout=10).json()


def test_a_code_works_once(zoho: Zoho) -> None:
    code = decide(zoho)["code"]
    exchange(zoho, code)
    assert exchange(zoho, code) == recording("oauth/200-invalid_code.json")["body"]


def test_a_code_lasts_two_minutes(zoho: Zoho, clock: Clock) -> None:
    code = decide(zoho)["code"]
    clock.time += 120
    assert exchange(zoho, code) == {"error": "invalid_code"}


def test_says_what_is_wrong_with_an_exchange(zoho: Zoho) -> None:
    code = decide(zoho)["code"]
    wrong = recording("oauth/200-invalid_client.json")["body"]
    assert exchange(zoho, code, client_id="1000.WHO") == wrong
    wrong = recording("oauth/200-invalid_client_secret.json")["body"]
    assert exchange(zoho, code, client_secret="guess") == wrong
    wrong_address = "http://127.0.0.1:9999/other"
    assert exchange(zoho, code, redirect_uri=wrong_address) == {"error": "invalid_redirect_uri"}
    assert "access_token" in exchange(zoho, code)


def test_a_token_of_another_client_is_refused(zoho: Zoho) -> None:
    zoho.control("POST", "token", json={"client_id": "1000.OTHER", "client_secret": "other"})
    value = zoho.token["refresh_token"]
    assert refresh(zoho, value, client_id="1000.OTHER", client_secret="other") == {"error": "invalid_code"}


def test_a_registered_client_may_be_kept_to_its_addresses(zoho: Zoho) -> None:
    given = {"client_id": "1000.OWN", "client_secret": "own", "redirect_uris": [CALLBACK]}
    zoho.control("POST", "token", json=given)
    own = wish(client_id="1000.OWN", redirect_uri="http://127.0.0.1:9999/else")
    assert requests.get(f"{zoho.url}/oauth/v2/auth", params=own, timeout=10).status_code == 400
    assert "code" in decide(zoho, client_id="1000.OWN")


def test_an_online_grant_has_no_refresh_token(zoho: Zoho) -> None:
    assert "refresh_token" not in exchange(zoho, decide(zoho, access_type="online")["code"])


def test_only_the_first_offline_grant_or_a_new_consent_has_a_refresh_token(zoho: Zoho) -> None:
    assert "refresh_token" in exchange(zoho, decide(zoho, prompt="")["code"])
    assert "refresh_token" not in exchange(zoho, decide(zoho, prompt="")["code"])
    assert "refresh_token" in exchange(zoho, decide(zoho, prompt="consent")["code"])


def test_an_eleventh_access_token_in_ten_minutes_is_refused(zoho: Zoho, clock: Clock) -> None:
    value = zoho.token["refresh_token"]
    for _ in range(10):
        assert "access_token" in refresh(zoho, value)
    refused = token(zoho, grant_type="refresh_token", refresh_token=value)
    assert (refused.status_code, refused.json()) == (400, TOO_MANY)
    clock.time += 600
    assert "access_token" in refresh(zoho, value)


def test_the_throttle_can_be_set_and_answer_200(zoho: Zoho) -> None:
    zoho.settings(tokens_per_refresh_token=1, throttle_status=200)
    refresh(zoho, zoho.token["refresh_token"])
    assert refresh(zoho, zoho.token["refresh_token"])["status"] == "failure"


def test_too_many_consents_are_denied(zoho: Zoho) -> None:
    zoho.settings(grants_per_client=2)
    assert [("error" in decide(zoho)) for _ in range(3)] == [False, False, True]


def test_the_twenty_first_refresh_token_ends_the_oldest(zoho: Zoho) -> None:
    for _ in range(20):
        zoho.control("POST", "token", json={})
    assert refresh(zoho, zoho.token["refresh_token"]) == {"error": "invalid_code"}
    assert status_with(zoho, zoho.token["access_token"]) == 401


def test_the_sixteenth_access_token_ends_the_oldest(zoho: Zoho) -> None:
    zoho.settings(tokens_per_refresh_token=0)
    for _ in range(15):
        refresh(zoho, zoho.token["refresh_token"])
    assert status_with(zoho, zoho.token["access_token"]) == 401


def test_revoking_a_refresh_token_ends_its_access_tokens(zoho: Zoho) -> None:
    url = f"{zoho.url}/oauth/v2/token/revoke"
    value = {"token": zoho.token["refresh_token"]}
    recorded = recording("oauth/200-revoke.json")
    first, second = requests.post(url, params=value, timeout=10), requests.post(url, data=value, timeout=10)
    assert (first.status_code, first.json()) == (recorded["status"], recorded["body"])
    assert second.status_code == 400
    assert status_with(zoho, zoho.token["access_token"]) == 401
    assert refresh(zoho, zoho.token["refresh_token"]) == {"error": "invalid_code"}


def test_lists_the_accounts_servers(zoho: Zoho) -> None:
    answer = requests.get(f"{zoho.url}/oauth/serverinfo", timeout=10).json()
    assert answer["locations"] == {"us": zoho.url}
