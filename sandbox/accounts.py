"""The accounts server: consent, code exchange, refresh and revoke. As at Zoho, errors have status 200."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.door import answer, state_here
from sandbox.tokens import AccessToken, Refused, Throttled

accounts = Blueprint("accounts", __name__, url_prefix="/oauth")

SCOPE_WORDS = {
    "contacts": "your customers, vendors and their contact persons",
    "settings": "your organizations, currencies and users",
    "fullaccess": "everything in your account",
}
OPERATION_WORDS = {
    "CREATE": "add",
    "READ": "read",
    "UPDATE": "change",
    "DELETE": "delete",
    "ALL": "read and change",
    "all": "read and change",
}


@accounts.get("/v2/auth")
def ask() -> AnyResponse:
    """Ask the person at the browser whether the app may have what it wants."""
    if problem := _problem(request.args):
        return _problem_page(problem)
    wishes = [(_words(scope), scope) for scope in sorted(_scopes(request.args.get("scope", "")))]
    page = render_template("consent.html", wishes=wishes, fields=request.args, here=request.host)
    return Response(page)


@accounts.post("/v2/auth")
def decide() -> AnyResponse:
    """Send the browser back with a code, or with access_denied."""
    form = request.form
    if problem := _problem(form):
        return _problem_page(problem)
    back = {"state": form["state"]} if form.get("state") else {}
    if form.get("decision") != "accept":
        return _back(form, {"error": "access_denied", **back})
    state = state_here()
    with state.lock:
        try:
            code = state.tokens.grant(
                form["client_id"],
                form["redirect_uri"],
                _scopes(form["scope"]),
                offline=form.get("access_type") == "offline",
                consented=form.get("prompt") == "consent",
            )
        except Throttled:
            return _back(form, {"error": "access_denied", **back})
    place = {"location": state.settings.location, "accounts-server": _here()}
    return _back(form, {"code": code, **place, **back})


@accounts.post("/v2/token")
def token() -> Response:
    """Exchange a code or a refresh token for an access token; a JSON body is not read."""
    state = state_here()
    given = request.values
    with state.lock:
        try:
            return answer(_tokens(given))
        except Refused as refused:
            return answer({"error": refused.error})
        except Throttled:
            return answer((_THROTTLED, state.settings.throttle_status, {}))


@accounts.get("/v2/token")
def token_by_get() -> Response:
    """Refuse the wrong method the way Zoho does."""
    return answer({"error": "server_error"})


@accounts.post("/v2/token/revoke")
def revoke() -> Response:
    """End a refresh or access token."""
    state = state_here()
    with state.lock:
        if state.tokens.revoke(request.values.get("token", "")):
            return answer({"status": "success"})
    return answer(({"error": "invalid_token", "status": "failure"}, 400, {}))


@accounts.get("/serverinfo")
def server_info() -> Response:
    """List the accounts servers of all data centres; the sandbox has the one."""
    return answer({"result": "success", "locations": {state_here().settings.location: _here()}})


_THROTTLED = {
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "error": "Access Denied",
    "status": "failure",
}


def _tokens(given: Mapping[str, str]) -> dict[str, Any]:
    tokens = state_here().tokens
    client_id, secret = given.get("client_id", ""), given.get("client_secret", "")
    kind = given.get("grant_type", "")
    if kind == "refresh_token":
        return _token_answer(tokens.refresh(client_id, secret, given.get("refresh_token", "")))
    if kind != "authorization_code":
        raise Refused("unsupported_grant_type" if kind else "invalid_client")
    access, refresh = tokens.exchange(client_id, secret, given.get("redirect_uri", ""), given.get("code", ""))
    refresh_part = {"refresh_token": refresh.value} if refresh else {}
    return {**_token_answer(access), **refresh_part}


def _token_answer(token: AccessToken) -> dict[str, Any]:
    return {
        "access_token": token.value,
        "api_domain": _here(),
        "token_type": "Bearer",
        "expires_in": state_here().settings.access_token_seconds,
    }


def _problem(fields: Mapping[str, str]) -> str:
    """Say what is wrong with a request for consent; these are shown, never sent to the redirect address."""
    client = state_here().tokens.clients.get(fields.get("client_id", ""))
    if client is None:
        return "Invalid Client: no app is registered under this client id."
    if fields.get("response_type") != "code":
        return "Invalid Response Type: response_type must be code."
    if not client.allows(fields.get("redirect_uri", "")):
        return "Invalid Redirect Uri: it is not registered for this client id."
    if not _scopes(fields.get("scope", "")):
        return "Invalid OAuth Scope: name at least one scope, such as ZohoBooks.contacts.READ."
    return ""


def _problem_page(problem: str) -> Response:
    title, _, remedy = problem.partition(": ")
    return Response(render_template("problem.html", title=title, remedy=remedy), 400)


def _scopes(text: str) -> frozenset[str]:
    scopes = frozenset(text.replace(",", " ").split())
    well_formed = all(
        each.count(".") == 2 and each.split(".")[0] in ("ZohoBooks", "ZohoInvoice") for each in scopes
    )
    return scopes if well_formed else frozenset()


def _words(scope: str) -> str:
    product, module, operation = scope.split(".")
    what = SCOPE_WORDS.get(module, module)
    return f"{product.removeprefix('Zoho')}: {OPERATION_WORDS.get(operation, operation)} {what}"


def _back(fields: Mapping[str, str], parameters: dict[str, str]) -> AnyResponse:
    address = fields["redirect_uri"]
    return redirect(f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}")


def _here() -> str:
    return request.host_url.rstrip("/")
