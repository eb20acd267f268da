"""A person is let in by a code, and stays in by a refresh token."""

import pytest
from webapp.sdk import AuthorizationLost, Grant
from webapp.sdk.testing import HttpAccount

from tandem_harbour.provider import HARBOUR


def test_a_code_becomes_tokens_that_open_an_organization(fake):
    account = HttpAccount(fake.region, {"client_id": "a-client", "client_secret": "a-secret"})
    grant = Grant(code="1", region="fake", redirect_uri="https://portal.example/callback")
    tokens = HARBOUR.exchange(account, grant)
    account = HttpAccount(fake.region, {**account.credentials(), **tokens})
    assert [each.name for each in HARBOUR.organizations(account)] == ["Practice"]


def test_a_token_that_is_over_is_renewed_once(fake, account):
    fake.expire()
    HARBOUR.organizations(account)
    assert account.calls.count("POST /oauth/token") == 1


def test_says_when_it_is_no_longer_let_in(account):
    HARBOUR.revoke(account)
    with pytest.raises(AuthorizationLost):
        HARBOUR.organizations(account)
