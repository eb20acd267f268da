"""Who may do what: a view declares it with a decorator, and one gate asks before every request.

A view that declares nothing is refused. A template hides what may not be done by asking ``may``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_security import current_user

from webapp import walls
from webapp.store.portals import PERMISSIONS, Membership, place_of
from webapp.web.render import wants_fragment
from webapp.web.sessions import current_session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])
Declaration = tuple[str, ...] | None

PUBLIC: Declaration = None
LAST_PORTAL = "portal"


def public(view: View) -> View:
    """Declare that everybody may use a view, logged in or not."""
    view.needs = PUBLIC  # type: ignore[attr-defined]
    return view


def needs(*permissions: str) -> Callable[[View], View]:
    """Declare the permissions of a view, all of them needed; none means any member of the portal.

    A view outside a portal takes no permissions: anybody who is logged in may use it.
    """
    unknown = set(permissions) - set(PERMISSIONS)
    if unknown:
        raise ValueError(f"no such permission: {', '.join(sorted(unknown))}")

    def declare(view: View) -> View:
        view.needs = permissions  # type: ignore[attr-defined]
        return view

    return declare


def declared(app: Flask, endpoint: str) -> Declaration:
    """Return what a view declares; raises ``LookupError`` if it declares nothing."""
    if endpoint == "static":
        return PUBLIC
    try:
        return cast(Declaration, app.view_functions[endpoint].needs)  # type: ignore[union-attr]
    except AttributeError:
        raise LookupError(f"the view {endpoint} declares no permission: add @needs(...) or @public") from None


def may(*permissions: str) -> bool:
    """Tell whether the user holds all these permissions in the portal of this request."""
    profile = g.get("profile")
    return profile is not None and all(profile.allows(permission) for permission in permissions)


def bind(app: Flask) -> None:
    """Put the gate before every request of an application."""
    app.wsgi_app = _outside_portals(app.wsgi_app)  # type: ignore[assignment,method-assign]
    app.url_value_preprocessor(_take_portal_key)
    app.url_defaults(_give_portal_key)
    app.before_request(gate)
    app.jinja_env.globals["may"] = may


def gate() -> Response | None:
    """Let a request in or not: logged in, a member of the portal it names, with what the view needs."""
    if current_session().broken:
        abort(503)
    if request.endpoint is None:
        return None
    needed = declared(current_app, request.endpoint)
    if needed is PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _to_login()
    if g.portal_key is not None:
        _enter_portal(g.portal_key)
    if needed and not may(*needed):
        abort(403)
    return None


def return_to_portal() -> None:
    """On a page outside any portal, keep the one the user came from around it, if it is still theirs."""
    key = session.get(LAST_PORTAL)
    place = place_of(current_user.id, key) if key and current_user.is_authenticated else None
    if place is not None:
        _enter(place)


def _enter_portal(key: str) -> None:
    # PostgreSQL cannot be asked about NUL.
    place = current_session().place_in(key) or (None if "\0" in key else place_of(current_user.id, key))
    if place is None:
        abort(404)
    _enter(place)
    session[LAST_PORTAL] = key


def _enter(place: Membership) -> None:
    walls.enter(place.portal_id)
    g.membership, g.portal, g.profile = place, place.portal, place.profile


def _outside_portals(application: WSGIApplication) -> WSGIApplication:
    """Begin each request outside every portal: a thread may have been inside one in its request before."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with walls.outside_portals():
            return application(environ, start_response)

    return answer


def _to_login() -> Response:
    if wants_fragment():
        # A redirect would be followed silently and the login page swapped into the fragment's place.
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        return Response(status=401, headers={"HX-Redirect": _login_address(page.path, page.query)})
    if request.method != "GET":
        return cast(Response, redirect(url_for("auth.login")))
    return cast(Response, redirect(_login_address(request.path, request.query_string.decode("latin-1"))))


def _login_address(path: str, query: str) -> str:
    back = f"{path}?{query}" if query else path
    return url_for("auth.login", next=back if path not in ("", "/") else None)


def _take_portal_key(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.portal_key = values.pop("portal_key", None) if values else None


def _give_portal_key(endpoint: str, values: dict[str, Any]) -> None:
    if "portal" in g and current_app.url_map.is_endpoint_expecting(endpoint, "portal_key"):
        values.setdefault("portal_key", g.portal.key)
