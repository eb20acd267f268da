"""Puts the sandbox's parts together into one Flask app."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from sandbox import errors
from sandbox.accounts import accounts
from sandbox.addresses import addresses
from sandbox.comments import comments
from sandbox.contacts import contacts
from sandbox.control import CONTROL, control
from sandbox.door import refusal
from sandbox.organizations import organizations
from sandbox.page import page
from sandbox.persons import persons
from sandbox.state import State
from sandbox.trouble import Trouble
from sandbox.webhook_page import webhook_page


def create_app(state: State) -> Flask:
    """Return the app that serves a state: accounts server, API and control side on one host."""
    app = Flask(__name__, static_url_path=f"{CONTROL}/static")
    app.extensions["sandbox"] = state
    app.url_map.strict_slashes = False
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    calls = (accounts, organizations, contacts, persons, addresses, comments)
    for blueprint in (*calls, control, page, webhook_page):
        app.register_blueprint(blueprint)
    app.before_request(_read_body)
    app.register_error_handler(errors.ZohoError, refusal)
    app.register_error_handler(HTTPException, _http_refusal)
    app.wsgi_app = Trouble(app.wsgi_app, state)  # type: ignore[method-assign]
    return app


def _read_body() -> None:
    """Read the whole body, or what is left of it would be taken for the next call on the same connection."""
    request.get_data(parse_form_data=False)


def _http_refusal(error: HTTPException) -> Response | HTTPException:
    if request.path.startswith((CONTROL, "/oauth")):
        return error
    if error.code == 405:
        return refusal(errors.method_not_allowed(request.method))
    if error.code == 404:
        return refusal(errors.invalid_url())
    return refusal(errors.internal_error())
