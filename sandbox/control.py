"""The control side for programs, under /_sandbox/: JSON in, JSON out, outside of every limit and fault."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, Response, request

from sandbox.door import answer, refusal, state_here
from sandbox.errors import ZohoError
from sandbox.hand_edits import carry_out, find_organization
from sandbox.register import Register, fold
from sandbox.sample.filling import Sample
from sandbox.state import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, State

CONTROL = "/_sandbox"
FULL_SCOPE = "ZohoBooks.fullaccess.all,ZohoInvoice.fullaccess.all"
Json = dict[str, Any]

control = Blueprint("control", __name__, url_prefix=CONTROL)


@control.get("/log")
def log() -> Response:
    """Return the calls, those after number `since` if it is given."""
    since = request.args.get("since", "0")
    if not since.isdigit():
        raise ValueError("since is the number of a call.")
    return _json(state_here().calls.since(int(since)))


@control.post("/log/clear")
def clear_log() -> Response:
    """Empty the log."""
    state_here().calls.clear()
    return _json({"cleared": True})


@control.get("/state")
def show_state() -> Response:
    """Return all records; narrowed by `organization` and `search`, without contacts by `records=no`."""
    state = state_here()
    with state.lock:
        wanted = request.args.get("organization")
        chosen = [find_organization(state, wanted)] if wanted else list(state.organizations)
        with_records = request.args.get("records") != "no"
        search = fold(request.args.get("search", ""))
        shown = [
            _register_shape(state.registers[each.id], search, with_records=with_records) for each in chosen
        ]
        return _json({"now": state.now(), "settings": state.settings.as_json(), "organizations": shown})


@control.post("/edit")
def edit() -> Response:
    """Change records as someone at Zoho would."""
    return _json(carry_out(state_here(), _body()))


@control.get("/faults")
def show_faults() -> Response:
    """Return the faults still to come."""
    return _json(state_here().faults.waiting())


@control.post("/faults")
def add_fault() -> Response:
    """Add a fault."""
    return _json(state_here().faults.add(_body()))


@control.delete("/faults")
def clear_faults() -> Response:
    """Drop all faults."""
    state_here().faults.clear()
    return _json([])


@control.post("/token")
def make_token() -> Response:
    """Register a client and return tokens for it, without a browser."""
    state, given = state_here(), _body()
    with state.lock:
        organization = find_organization(state, given.get("organization"))
        client_id = str(given.get("client_id") or DEFAULT_CLIENT_ID)
        known = state.tokens.clients.get(client_id)
        default = known.secret if known else DEFAULT_CLIENT_SECRET
        secret = str(given.get("client_secret") or default)
        redirect_uris = tuple(given.get("redirect_uris") or (known.redirect_uris if known else ()))
        state.tokens.register(client_id, secret, redirect_uris)
        scopes = frozenset(str(given.get("scope") or FULL_SCOPE).replace(",", " ").split())
        refresh = state.tokens.add_refresh_token(client_id, scopes)
        access = state.tokens.mint_unthrottled(refresh)
    return _json(
        {
            "client_id": client_id,
            "client_secret": secret,
            "refresh_token": refresh.value,
            "access_token": access.value,
            "expires_in": state.settings.access_token_seconds,
            "scope": " ".join(sorted(scopes)),
            "organization_id": organization.id,
            "accounts_server": request.host_url.rstrip("/"),
            "api_domain": request.host_url.rstrip("/"),
        }
    )


@control.post("/revoke-all")
def revoke_all() -> Response:
    """End every refresh and access token."""
    state = state_here()
    with state.lock:
        state.tokens.revoke_all()
    return _json({"revoked": True})


@control.post("/expire-all")
def expire_all() -> Response:
    """Let every access token be expired."""
    state = state_here()
    with state.lock:
        state.tokens.expire_all()
    return _json({"expired": True})


@control.get("/settings")
def show_settings() -> Response:
    """Return the settings."""
    return _json(state_here().settings.as_json())


@control.post("/settings")
def change_settings() -> Response:
    """Change the settings that are given."""
    state = state_here()
    state.change_settings(_body())
    return _json(state.settings.as_json())


@control.post("/clock")
def advance_clock() -> Response:
    """Move the sandbox's clock forward by `advance` seconds."""
    seconds = _body().get("advance")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise ValueError("advance is a number of seconds.")
    state = state_here()
    state.advance(seconds)
    return _json({"now": state.now()})


@control.get("/webhook")
def show_webhook() -> Response:
    """Return the webhook of an organization, and its latest deliveries once all are sent."""
    state = state_here()
    organization = find_organization(state, request.args.get("organization"))
    state.webhooks.settle()
    return _json(_webhook_shape(state, organization.id))


@control.post("/webhook")
def keep_webhook() -> Response:
    """Set the webhook of an organization: `url` and `secret`; a blank url removes it."""
    state, given = state_here(), _body()
    organization = find_organization(state, given.get("organization"))
    if given.get("url"):
        state.webhooks.keep(organization.id, str(given["url"]), str(given.get("secret") or ""))
    else:
        state.webhooks.remove(organization.id)
    return _json(_webhook_shape(state, organization.id))


@control.post("/webhook/send")
def send_webhook() -> Response:
    """Send one to the webhook without a change."""
    state, given = state_here(), _body()
    organization = find_organization(state, given.get("organization"))
    state.webhooks.send(organization.id, "a test", {})
    return _json(_webhook_shape(state, organization.id))


@control.post("/reset")
def reset() -> Response:
    """Start over, with other sample data if it is given; `tokens` true ends the tokens too."""
    state, given = state_here(), _body()
    end_tokens = given.pop("tokens", False)
    try:
        sample = replace(state.sample, **given)
    except TypeError:
        raise ValueError(f"A reset knows tokens, {', '.join(asdict(Sample()))}.") from None
    state.reset(sample)
    if end_tokens:
        state.tokens.revoke_all()
    return _json(asdict(sample))


@control.errorhandler(ValueError)
def explain(error: ValueError) -> Response:
    """Say what is wrong with a request to the control side."""
    return answer(({"error": str(error)}, 400, {}))


@control.errorhandler(ZohoError)
def explain_refusal(error: ZohoError) -> Response:
    """Pass on what Zoho's rules refuse."""
    return refusal(error)


def _body() -> Json:
    given = request.get_json(force=True, silent=True) if request.get_data() else {}
    if not isinstance(given, dict):
        raise ValueError("The body is a JSON object.")
    return given


def _json(shown: Any) -> Response:
    return answer(shown)


def _webhook_shape(state: State, organization_id: str) -> Json:
    webhook = state.webhooks.of(organization_id)
    sent = [asdict(each) for each in state.webhooks.sent(organization_id)]
    return {"webhook": webhook and asdict(webhook), "sent": sent}


def _register_shape(register: Register, search: str, *, with_records: bool) -> Json:
    contacts = list(register.contacts.values())
    customers = sum(contact.contact_type == "customer" for contact in contacts)
    shape: Json = {
        "organization_id": register.organization.id,
        "name": register.organization.name,
        "customers": customers,
        "vendors": len(contacts) - customers,
        "persons": len(register.persons),
    }
    if with_records:
        shape["contacts"] = [asdict(each) for each in contacts if search in fold(each.name)]
    return shape
