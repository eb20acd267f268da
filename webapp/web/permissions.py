"""Who may do what: a view declares it with a decorator, and one gate asks before every request.

A view that declares nothing is refused. A template hides what may not be done by asking ``may``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_security import current_user

from webapp import walls
from webapp.services import projects
from webapp.store.client_users import ClientPlace, client_places
from webapp.store.portals import PERMISSIONS, Membership, place_of, places_of
from webapp.store.project_list import Looker
from webapp.store.project_people import has_member
from webapp.web.render import wants_fragment
from webapp.web.sessions import current_session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])
Declaration = tuple[str, ...] | None
Standing = Literal["sees", "clients", "member"]

PUBLIC: Declaration = None
CLIENTS: Declaration = ("client user",)
"""What a page for client users declares: no profile holds it, and whoever has it holds nothing else."""

LAST_PORTAL = "portal"
LAST_CLIENT = "client"


def public(view: View) -> View:
    """Declare that everybody may use a view, logged in or not."""
    view.needs = view.needs_in_project = PUBLIC  # type: ignore[attr-defined]
    return view


def for_clients(view: View) -> View:
    """Declare that a view is for the client users of the portal, and for nobody else."""
    view.needs = view.needs_in_project = CLIENTS  # type: ignore[attr-defined]
    return view


def needs(
    *permissions: str, in_project: tuple[str, ...] | None = None, standing: Standing = "sees"
) -> Callable[[View], View]:
    """Declare the permissions of a view, all of them needed; none means any member of the portal.

    A view outside a portal takes no permissions: anybody who is logged in may use it. Where its address names
    a project it needs those ``in_project``, if they are others, and a ``standing`` in that project.
    """
    inside = permissions if in_project is None else in_project
    unknown = {*permissions, *inside} - set(PERMISSIONS)
    if unknown:
        raise ValueError(f"no such permission: {', '.join(sorted(unknown))}")

    def declare(view: View) -> View:
        view.needs, view.needs_in_project = permissions, inside  # type: ignore[attr-defined]
        view.standing = standing  # type: ignore[attr-defined]
        return view

    return declare


def declared(app: Flask, endpoint: str) -> Declaration:
    """Return what a view declares; raises ``LookupError`` if it declares nothing."""
    if endpoint == "static":
        return PUBLIC
    inside = app.url_map.is_endpoint_expecting(endpoint, "project_id")
    try:
        view = app.view_functions[endpoint]
        return cast(Declaration, view.needs_in_project if inside else view.needs)  # type: ignore[union-attr]
    except AttributeError:
        raise LookupError(f"the view {endpoint} declares no permission: add @needs(...) or @public") from None


def may(*permissions: str) -> bool:
    """Tell whether the user holds all these permissions in the portal of this request."""
    profile = g.get("profile")
    return profile is not None and all(profile.allows(permission) for permission in permissions)


def may_here(standing: Standing) -> bool:
    """Tell whether the user has a standing in the project of this request.

    Members see their project, and holders of ``projects`` see every one. ``clients`` may be added to it by
    members, and by who manages the clients of the whole portal and sees it. Some things are for a ``member``.
    """
    if "project" not in g:
        return False
    if standing == "clients":
        return g.is_member or may("projects", "clients.manage")
    return g.is_member or (standing == "sees" and may("projects"))


def looker() -> Looker:
    """Tell whose projects the user of this request sees."""
    return Looker(portal_id=g.portal.id, user_id=current_user.id, every=may("projects"))


def sees_project(project_id: uuid.UUID | None) -> bool:
    """Tell whether the user sees a certain project of the portal, None being none."""
    if project_id is None:
        return False
    return may("projects") or has_member(g.portal.id, project_id, current_user.id)


def bind(app: Flask) -> None:
    """Put the gate before every request of an application."""
    app.wsgi_app = _outside_portals(app.wsgi_app)  # type: ignore[assignment,method-assign]
    app.url_value_preprocessor(_take_places)
    app.url_defaults(_give_places)
    app.before_request(gate)
    app.jinja_env.globals.update({"may": may, "may_here": may_here})


def gate() -> Response | None:
    """Let a request in or not: logged in, a member of the portal it names, with what the view needs.

    A client user of a portal is no member of it, and a member no client user: to either, the other's pages
    are not there.
    """
    if current_session().broken:
        abort(503)
    if request.endpoint is None:
        return None
    needed = declared(current_app, request.endpoint)
    if needed is PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _to_login()
    if needed == CLIENTS:
        _enter_as_client(g.portal_key)
        return None
    if g.portal_key is not None:
        _enter_portal(g.portal_key)
        if g.portal.two_factor_required and current_user.two_factor_at is None:
            return _elsewhere(url_for("two_factor.show"))
    if needed and not may(*needed):
        abort(403)
    if g.project_id is not None:
        _enter_project(g.project_id, current_app.view_functions[request.endpoint].standing)  # type: ignore[union-attr]
    return None


def return_to_portal() -> None:
    """On a page outside any portal, keep one around it: that which the user came from, or their only one."""
    if not current_user.is_authenticated:
        return
    key, client_key = session.get(LAST_PORTAL), session.get(LAST_CLIENT)
    place = place_of(current_user.id, key) if key else None
    clients = client_places(current_user.id, client_key) if client_key and place is None else []
    if place is None and not clients:
        place, clients = _only_place()
    if place is not None:
        _enter(place)
    elif clients:
        g.client = clients


def _only_place() -> tuple[Membership | None, list[ClientPlace]]:
    """Return the user's place in the one portal they are in, as a member or as a client user of it."""
    places, clients = places_of(current_user.id), client_places(current_user.id)
    if len({place.portal.id for place in places} | {client.portal.id for client in clients}) != 1:
        return None, []
    return next(iter(places), None), clients


def _enter_portal(key: str) -> None:
    # PostgreSQL cannot be asked about NUL.
    place = current_session().place_in(key) or (None if "\0" in key else place_of(current_user.id, key))
    if place is None:
        abort(404)
    _enter(place)
    session[LAST_PORTAL] = key
    session.pop(LAST_CLIENT, None)


def _enter_as_client(key: str | None) -> None:
    """Enter a portal as a client user: who they are there is read anew each time, and nothing else is set."""
    places = client_places(current_user.id, key) if key and "\0" not in key else []
    if not places:
        abort(404)
    walls.enter(places[0].portal.id)
    g.client = places
    session[LAST_CLIENT] = key
    session.pop(LAST_PORTAL, None)


def _enter(place: Membership) -> None:
    walls.enter(place.portal_id)
    g.membership, g.portal, g.profile = place, place.portal, place.profile


def _enter_project(project_id: uuid.UUID, standing: Standing) -> None:
    g.project = projects.project(g.portal.id, project_id)
    g.is_member = has_member(g.portal.id, project_id, current_user.id)
    if not may_here(standing):
        abort(403)


def _outside_portals(application: WSGIApplication) -> WSGIApplication:
    """Begin each request outside every portal: a thread may have been inside one in its request before."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with walls.outside_portals():
            return application(environ, start_response)

    return answer


def _elsewhere(address: str) -> Response:
    """Lead to another page, from a fragment too: a redirect would be swapped into its place."""
    if wants_fragment():
        return Response(status=401, headers={"HX-Redirect": address})
    return cast(Response, redirect(address, 303))


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


def _take_places(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.portal_key = values.pop("portal_key", None) if values else None
    g.project_id = values.pop("project_id", None) if values else None


def _give_places(endpoint: str, values: dict[str, Any]) -> None:
    clients = g.get("client")
    portal = g.get("portal") or (clients[0].portal if clients else None)
    for name, place in (("portal_key", portal), ("project_id", g.get("project"))):
        if place is not None and current_app.url_map.is_endpoint_expecting(endpoint, name):
            values.setdefault(name, place.key if name == "portal_key" else place.id)
