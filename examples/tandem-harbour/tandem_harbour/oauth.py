"""How a person lets Tandem into Harbour, and how it stays in: OAuth 2, with a code and a refresh token."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from webapp.sdk import (
    Account,
    Answer,
    Authorization,
    AuthorizationDenied,
    AuthorizationLost,
    Grant,
    Unavailable,
)


def authorize_url(authorization: Authorization) -> str:
    """Say where the person agrees."""
    query = {
        "response_type": "code",
        "client_id": authorization.credentials["client_id"],
        "redirect_uri": authorization.redirect_uri,
        "state": authorization.state,
    }
    return f"{authorization.region.endpoints['accounts']}/oauth/authorize?{urlencode(query)}"


def read_callback(authorization: Authorization, parameters: Mapping[str, str]) -> Grant:
    """Take the code out of what the browser brought back."""
    if not parameters.get("code"):
        raise AuthorizationDenied("Harbour was not allowed to be connected: start again, and agree there.")
    return Grant(
        code=parameters["code"],
        region=authorization.region.key,
        redirect_uri=authorization.redirect_uri,
    )


def exchange(account: Account, grant: Grant) -> Mapping[str, str]:
    """Turn the code into tokens to keep."""
    return _tokens(
        account,
        account.credentials(),
        grant_type="authorization_code",
        code=grant.code,
        redirect_uri=grant.redirect_uri,
    )


def refresh(account: Account, kept: Mapping[str, str]) -> Mapping[str, str]:
    """Get a new access token."""
    return _tokens(account, kept, grant_type="refresh_token", refresh_token=kept.get("refresh_token", ""))


def revoke(account: Account) -> None:
    """Give the authorisation back."""
    form = {"token": account.credentials().get("refresh_token", "")}
    account.call("POST", f"{account.region.endpoints['accounts']}/oauth/revoke", form=form, counted=False)


def _tokens(account: Account, kept: Mapping[str, str], **asked: str) -> Mapping[str, str]:
    form = {"client_id": kept["client_id"], "client_secret": kept["client_secret"], **asked}
    url = f"{account.region.endpoints['accounts']}/oauth/token"
    answer = account.call("POST", url, form=form, counted=False)
    if answer.status in (400, 401, 403):
        raise AuthorizationLost("Harbour no longer lets the portal in: connect it again.")
    if answer.status != 200:
        raise Unavailable(f"Harbour answered {answer.status} when asked for a token.")
    return _read_tokens(answer)


def _read_tokens(answer: Answer) -> Mapping[str, str]:
    try:
        told = answer.json()
        return {name: told[name] for name in ("access_token", "refresh_token") if name in told}
    except (ValueError, TypeError) as error:
        raise Unavailable("Harbour answered with something that is no token.") from error
