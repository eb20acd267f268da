"""What every answer tells the browser: load nothing from elsewhere, frame nothing, keep nothing.

A page's scripts carry a nonce of the answer, and its elements inherit it for HTMX, whose extension makes the
one policy of Trusted Types there is: no other script may turn text into HTML or code.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request

from webapp.services import context

POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "htmx",
}
"""Beside ``script-src``, which names the nonce of the answer."""

YEAR = 365 * 24 * 3600
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def bind(app: Flask) -> None:
    """Guard an application's requests and answers."""
    app.before_request(refuse_foreign_forms)
    app.after_request(add_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def refuse_foreign_forms() -> None:
    """Refuse what another site sends here in a person's name, beside the token that is asked for anyway."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if site is None and origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)


def csp_nonce() -> str:
    """Return what the scripts of this answer carry, made when it is first asked for."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(24)
    return str(g.csp_nonce)


def allow_form_to(*origins: str) -> None:
    """Let a form of this page end at other sites: a consent page is one, after a redirect."""
    g.form_origins = origins


def add_headers(response: Response) -> Response:
    """Add the headers every answer carries."""
    policy = {**POLICY, "script-src": f"'nonce-{csp_nonce()}'"}
    policy["form-action"] = " ".join((policy["form-action"], *g.get("form_origins", ())))
    response.headers["Content-Security-Policy"] = "; ".join(
        f"{name} {value}" for name, value in policy.items()
    )
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if context.settings().secure_cookies:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("HX-Request")
    return response
