"""Zoho's OAuth: the address a person is sent to, what comes back, and tokens got, renewed and given back.

An error may come as HTTP 200 and its words may be translated, so the body decides, read loosely.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from plugins.zoho.product import Product
from plugins.zoho.regions import api_server, region_named, region_of_callback
from webapp.sdk import (
    Account,
    Answer,
    Authorization,
    AuthorizationDenied,
    AuthorizationLost,
    Fatal,
    Grant,
    Region,
    RetryLater,
    Unavailable,
)

EARLY = timedelta(seconds=60)
"""How long before its end a token is no longer used, so that none ends on the way."""

THROTTLED_SECONDS = 600.0
"""Zoho allows ten tokens in ten minutes; a refusal clears after so long a silence."""

_DENIED = {
    "access_denied": "The connection was declined at Zoho. Nothing was changed.",
    "invalid_client": "Zoho does not know this client id. Please check it and its data centre.",
    "invalid_redirect_uri": "The redirect address is not registered for this client in Zoho's API console.",
    "redirect_uri_mismatch": "The redirect address is not registered for this client in Zoho's API console.",
    "invalid_scope": "Zoho refused the permissions asked for; the account may lack the app.",
}


def authorize_url(product: Product, authorization: Authorization) -> str:
    """Return the address a browser is sent to, for a token that can be renewed without the person."""
    parameters = {
        "client_id": authorization.credentials["client_id"],
        "response_type": "code",
        "redirect_uri": authorization.redirect_uri,
        "scope": product.scopes,
        "access_type": "offline",
        # Without it only the very first consent brings a refresh token.
        "prompt": "consent",
        "state": authorization.state,
    }
    return f"{_accounts(authorization.region)}/oauth/v2/auth?{urlencode(parameters)}"


def read_callback(authorization: Authorization, parameters: Mapping[str, str]) -> Grant:
    """Check what came back to the redirect address; raise ``AuthorizationDenied`` in words for people."""
    if error := parameters.get("error", ""):
        raise AuthorizationDenied(_DENIED.get(error, f"Zoho did not give its consent ({error[:100]})."))
    state = parameters.get("state")
    if state is not None and not hmac.compare_digest(state.encode(), authorization.state.encode()):
        raise AuthorizationDenied("This answer belongs to another attempt to connect. Please start again.")
    region = region_of_callback(
        authorization.region, parameters.get("accounts-server", ""), parameters.get("location", "")
    )
    if not (code := parameters.get("code", "")):
        raise AuthorizationDenied("Zoho's answer holds no code. Please start the connection again.")
    return Grant(code=code, region=region.key, redirect_uri=authorization.redirect_uri)


def exchange(account: Account, grant: Grant) -> Mapping[str, str]:
    """Turn a grant into credentials to keep; the code works once and for two minutes."""
    region = region_named(grant.region, account.region)
    form = {"grant_type": "authorization_code", "redirect_uri": grant.redirect_uri, "code": grant.code}
    body = _token(account, region, form)
    if error := _error(body):
        if error == "invalid_code":
            raise AuthorizationDenied(
                "Zoho's code was used already or is older than two minutes. Please connect again."
            )
        raise _trouble(body, error)
    if not isinstance(refresh_token := body.get("refresh_token"), str) or not refresh_token:
        raise AuthorizationDenied(
            "Zoho sent no refresh token. Please remove this app under “Connected apps” in the Zoho account "
            "and connect again."
        )
    return {"refresh_token": refresh_token, **_kept(account, region, body)}


def refresh(account: Account, kept: Mapping[str, str]) -> Mapping[str, str]:
    """Get a new access token; for ``Account.renew`` alone, which lets one caller at a time do it."""
    if not kept.get("refresh_token"):
        raise AuthorizationLost("No authorisation is kept for this connection. Please reconnect.")
    form = {"grant_type": "refresh_token", "refresh_token": kept["refresh_token"]}
    body = _token(account, account.region, form, kept)
    if error := _error(body):
        if error in ("invalid_code", "invalid_grant"):
            raise AuthorizationLost(
                "Zoho no longer accepts this connection's authorisation: it was revoked, replaced by a "
                "newer one, or ended by a change of password. Please reconnect."
            )
        raise _trouble(body, error)
    return _kept(account, account.region, body)


def revoke(account: Account) -> None:
    """Give the authorisation back; one that Zoho no longer knows is as good."""
    token = account.credentials().get("refresh_token")
    if not token:
        return
    answer = account.call(
        "POST", f"{_accounts(account.region)}/oauth/v2/token/revoke", params={"token": token}, counted=False
    )
    if answer.status not in (200, 400):
        raise Unavailable(
            f"Zoho's accounts server answered {answer.status} and may not have revoked the access."
        )


def expired(credentials: Mapping[str, str], now: datetime) -> bool:
    """Tell whether the access token is missing, at its end or near it."""
    if not credentials.get("access_token"):
        return True
    try:
        return datetime.fromisoformat(credentials.get("expires_at", "")) - EARLY <= now
    except ValueError:
        return True


def _token(
    account: Account, region: Region, form: Mapping[str, str], kept: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    credentials = account.credentials() if kept is None else kept
    client = {name: credentials.get(name, "") for name in ("client_id", "client_secret")}
    url = f"{_accounts(region)}/oauth/v2/token"
    answer = account.call("POST", url, form={**form, **client}, counted=False)
    body = _body(answer)
    if answer.status == 429:
        raise _throttled()
    if body is None or (answer.status >= 400 and not _error(body)):
        raise Unavailable(
            f"Zoho's accounts server gave an answer that makes no sense (HTTP {answer.status})."
        )
    return body


def _body(answer: Answer) -> Mapping[str, Any] | None:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _error(body: Mapping[str, Any]) -> str:
    error = body.get("error") or ("failure" if body.get("status") == "failure" else "")
    return str(error).strip().lower().replace(" ", "_")


def _trouble(body: Mapping[str, Any], error: str) -> Fatal | RetryLater:
    # A throttled answer's words are translated; its status is not.
    if error == "access_denied" or body.get("status") == "failure":
        return _throttled()
    if error in ("invalid_client", "unauthorized_client"):
        return Fatal(
            "Zoho does not know this client id at this data centre. Please check the client id in Zoho's API "
            "console, enable all data centres under “Multi DC” there, and reconnect."
        )
    if error == "invalid_client_secret":
        return Fatal(
            "Zoho refused the client secret. Please copy it again from Zoho's API console (with Multi DC "
            "each data centre may have its own) and reconnect."
        )
    if error in ("invalid_redirect_uri", "redirect_uri_mismatch"):
        return Fatal(
            "Zoho refused the redirect address. Please register the address shown on the connection page in "
            "Zoho's API console, exactly as it is, and connect again."
        )
    return Unavailable(f"Zoho's accounts server could not give a token ({error[:100]}).")


def _throttled() -> RetryLater:
    return RetryLater(
        "Zoho gives no more tokens for now: too many were asked for. It clears after ten quiet minutes.",
        after=THROTTLED_SECONDS,
    )


def _kept(account: Account, region: Region, body: Mapping[str, Any]) -> dict[str, str]:
    token = body.get("access_token")
    if not isinstance(token, str) or not token:
        raise Unavailable("Zoho's accounts server sent no access token.")
    expires_at = account.now().astimezone(UTC) + timedelta(seconds=_lifetime(body.get("expires_in")))
    return {
        "access_token": token,
        "expires_at": expires_at.isoformat(),
        "api_server": api_server(region, body.get("api_domain")),
    }


def _lifetime(told: object) -> int:
    if isinstance(told, bool) or not isinstance(told, int | str) or not str(told).isdecimal():
        return 3600
    return min(int(told), 86400)


def _accounts(region: Region) -> str:
    return region.endpoints["accounts"].rstrip("/")
