"""The pages of connections: connect a provider, see how a connection is, reconnect and disconnect it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.providers import SANDBOX, UnknownProvider
from webapp.sdk import Provider, Region
from webapp.services import (
    connecting,
    connection_views,
    connections,
    context,
    custom_fields,
    entering,
    portals,
    sync_pages,
)
from webapp.services.connection_views import ConnectionView
from webapp.services.errors import Invalid, NotFound, Refused
from webapp.store.portals import places_of
from webapp.web import sync_words
from webapp.web.charts import chart
from webapp.web.formats import reader
from webapp.web.frame import frame
from webapp.web.headers import allow_form_to
from webapp.web.permissions import needs, return_to_portal
from webapp.web.render import page
from webapp.web.sessions import session_digest
from webapp.web.sync import RULES

blueprint = Blueprint("connections", __name__)
PORTAL = "/p/<portal_key>/connections"
CALLBACK = "/connections/callback"
"""The one redirect address of an installation: a provider's console knows it, whatever the portal."""

WAITING = ("conflicts", "problems", "brakes")
"""The areas where what waits for a person is settled."""

DUPLICATES = {
    "ask": "Ask, customer by customer",
    "merge": "Merge with the customer that is here",
    "clone": "Clone: make a second customer",
}


@blueprint.get(f"{PORTAL}/")
@needs("finance")
def index() -> ResponseReturnValue:
    """List the connections, and what else can be connected."""
    return _index()


@blueprint.post(f"{PORTAL}/duplicates")
@needs("connections")
def set_duplicates() -> ResponseReturnValue:
    """Set what an import answers by itself where a name exists."""
    try:
        portals.set_duplicates(g.portal.id, request.form.get("duplicates", ""), actor=str(current_user.id))
    except Invalid as error:
        return _index(error=error)
    flash("Your answer for names that exist is saved. Reviews opened from now on begin with it.")
    return redirect(url_for(".index"), 303)


@blueprint.get(f"{PORTAL}/new/<provider>")
@needs("connections")
def new(provider: str) -> ResponseReturnValue:
    """Show how to connect a provider."""
    return _form(_provider(provider))


@blueprint.post(f"{PORTAL}/new/<provider>")
@needs("connections")
def begin(provider: str) -> ResponseReturnValue:
    """Go to the provider's consent page, or have the keys tried that are all it takes."""
    return _leave(_provider(provider))


@blueprint.get(f"{PORTAL}/<uuid:connection_id>/reconnect")
@needs("connections")
def renew(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Show how to reconnect; secrets that are kept need not be entered again."""
    view = connection_views.view(g.portal.id, connection_id)
    return _form(_provider(view.provider), view)


@blueprint.post(f"{PORTAL}/<uuid:connection_id>/reconnect")
@needs("connections")
def reconnect(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Go to the provider's consent page again, for a connection there is."""
    view = connection_views.view(g.portal.id, connection_id)
    return _leave(_provider(view.provider), view)


@blueprint.get(CALLBACK)
@needs()
def callback() -> ResponseReturnValue:
    """Take what the provider's consent page sends back."""
    params = request.args.to_dict()
    try:
        finished = connecting.finish(
            state=params.pop("state", ""),
            params=params,
            user_id=current_user.id,
            session_digest=session_digest(),
            portal_ids=_portals_to_connect(),
        )
    except Refused as error:
        return_to_portal()
        return page("connections/refused.html", status=409, reason=error.reason)
    return redirect(url_for(".arrive", portal_id=finished.portal_id, connection_id=finished.connection_id))


@blueprint.get("/connections/<uuid:portal_id>/<uuid:connection_id>")
@needs()
def arrive(portal_id: uuid.UUID, connection_id: uuid.UUID) -> ResponseReturnValue:
    """Lead from the one callback address back into the portal the trip began in."""
    for place in places_of(current_user.id):
        if place.portal_id == portal_id:
            return redirect(url_for(".show", portal_key=place.portal.key, connection_id=connection_id))
    raise NotFound("This portal is not yours.")


@blueprint.get(f"{PORTAL}/<uuid:connection_id>")
@needs("finance")
def show(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Show how a connection is; asks for itself again while something is under way."""
    frame()
    return _show(connection_views.view(g.portal.id, connection_id))


@blueprint.post(f"{PORTAL}/<uuid:connection_id>/organization")
@needs("connections")
def choose(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Settle which organization the connection is for."""
    try:
        connecting.choose_organization(
            g.portal.id, connection_id, request.form.get("organization", ""), user_id=current_user.id
        )
    except (Invalid, Refused) as error:
        return _show(connection_views.view(g.portal.id, connection_id), status=422, error=error.reason)
    return redirect(url_for(".show", connection_id=connection_id), 303)


@blueprint.post(f"{PORTAL}/<uuid:connection_id>/disconnect")
@needs("connections")
def disconnect(connection_id: uuid.UUID) -> ResponseReturnValue:
    """End a connection; its customers and links stay."""
    view = connection_views.view(g.portal.id, connection_id)
    connections.disconnect(g.portal.id, connection_id, user_id=current_user.id)
    flash(f"{view.label} is disconnected. Customers, contacts and links stay; reconnecting takes them up.")
    return redirect(url_for(".index"), 303)


def _portals_to_connect() -> set[uuid.UUID]:
    """List the portals whose connections the user may change, where the address names none."""
    places = places_of(current_user.id)
    return {place.portal_id for place in places if place.profile.allows("connections")}


def _index(*, error: Invalid | None = None) -> ResponseReturnValue:
    registry = context.registry()
    return page(
        "connections/index.html",
        status=422 if error else 200,
        connections=connection_views.views(g.portal.id),
        providers=registry.providers(),
        unavailable=registry.unavailable(),
        duplicates=DUPLICATES,
        error=error,
    )


def _show(view: ConnectionView, *, status: int = 200, error: str = "") -> ResponseReturnValue:
    shown = _sync(view) if view.connected_at else {"sync": None}
    return page(
        "connections/show.html",
        fragment=("health", "passes") if view.connected_at else "health",
        status=status,
        view=view,
        error=error,
        sync_words=sync_words,
        rules=RULES,
        **shown,
    )


def _sync(view: ConnectionView) -> dict[str, Any]:
    """Return what is shown of the sync: how it stands, and its last passes or days."""
    by = "days" if request.args.get("by") == "days" else "passes"
    place = (view.portal_id, view.id)
    if by == "days":
        figures, slots = sync_pages.last_days(*place, zone=reader().zone), sync_pages.DAYS + 1
    else:
        figures, slots = sync_pages.last_passes(*place), sync_pages.PASSES
    return {
        "sync": sync_pages.view(*place),
        "own_fields": custom_fields.choosing(*place).fields,
        "by": by,
        "days": sync_pages.DAYS,
        "figures": figures,
        "drawn": chart(figures, slots),
        "places": {area: url_for(f"{area}.index", connection=view.id) for area in WAITING},
    }


def _form(
    provider: Provider, view: ConnectionView | None = None, *, error: Invalid | None = None
) -> ResponseReturnValue:
    regions = context.registry().regions(provider)
    if not provider.keys_alone:
        allow_form_to(*sorted({_origin(url) for region in regions for url in region.endpoints.values()}))
    typed = {field.name: request.form.get(field.name, "") for field in provider.credentials}
    return page(
        "connections/connect.html",
        status=422 if error else 200,
        provider=provider,
        view=view,
        regions=regions,
        region=request.form.get("region") or (view.region if view else _likely(regions)),
        redirect_uri=_redirect_uri(),
        typed=typed,
        stand_ins=entering.stand_ins(provider, connections.find(g.portal.id, view.id) if view else None),
        error=error,
    )


def _leave(provider: Provider, view: ConnectionView | None = None) -> ResponseReturnValue:
    try:
        begun = connecting.begin(
            g.portal.id,
            current_user.id,
            provider=provider.name,
            region=request.form.get("region", ""),
            credentials={field.name: request.form.get(field.name, "") for field in provider.credentials},
            redirect_uri=_redirect_uri(),
            session_digest=session_digest(),
            connection_id=view.id if view else None,
        )
    except Invalid as error:
        return _form(provider, view, error=error)
    return redirect(begun.address or url_for(".show", connection_id=begun.connection_id), 303)


def _provider(name: str) -> Provider:
    try:
        return context.registry().get(name)
    except UnknownProvider as error:
        raise NotFound(str(error)) from error


def _likely(regions: Sequence[Region]) -> str:
    """Preset the sandbox where it is allowed, since that is what it was allowed for."""
    return next((region.key for region in regions if region.key == SANDBOX), regions[0].key)


def _redirect_uri() -> str:
    return context.settings().base_url + CALLBACK


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
