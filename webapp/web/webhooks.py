"""Webhooks: the address a provider calls, open to all and taken only when signed, and its page for people."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qsl

from flask import Blueprint, Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_security import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.extensions import csrf, limiter
from webapp.sdk import Delivery
from webapp.services import connection_views, context, webhooks
from webapp.services.errors import NotFound
from webapp.web.permissions import needs, public
from webapp.web.render import page

blueprint = Blueprint("webhooks", __name__)
PAGE = "/p/<portal_key>/connections/<uuid:connection_id>/webhook"
LARGEST = 1024 * 1024
"""Bytes of a delivery; nothing in it is read but for its signature."""


def turned_away(response: Response) -> bool:
    """Tell whether a delivery was not taken: of those an address may send far fewer."""
    return response.status_code >= 400


@blueprint.post(f"{webhooks.PATH}<token>")
@public
@csrf.exempt
@limiter.limit("600 per minute", key_func=get_remote_address)
@limiter.limit("30 per minute; 300 per hour", key_func=get_remote_address, deduct_when=turned_away)
def arrive(token: str) -> ResponseReturnValue:
    """Take a provider's word that something changed; it carries its signature instead of a session."""
    try:
        if (request.content_length or 0) > LARGEST:
            raise RequestEntityTooLarge
        found = webhooks.owner_of(token)
        webhooks.arrived(found, _delivery())
    except RequestEntityTooLarge:
        return _told(413, "More than 1 MB is not read.")
    except NotFound as error:
        return _told(404, error.reason)
    except webhooks.Unsigned as refusal:
        return _told(401, str(refusal))
    return Response(status=204)


@blueprint.get(PAGE)
@needs("connections")
def show(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Show how a webhook is set up and whether one has arrived; asks for itself while it waits for one."""
    return page(
        "webhooks/show.html",
        fragment="arrivals",
        view=connection_views.view(g.portal.id, connection_id),
        hook=webhooks.view(g.portal.id, connection_id),
        base_url=context.settings().base_url,
        sandbox_url=context.settings().sandbox_url,
    )


@blueprint.post(PAGE)
@needs("connections")
def make(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Make an address and a secret."""
    webhooks.make(g.portal.id, connection_id, user_id=current_user.id)
    return redirect(url_for(".show", connection_id=connection_id), 303)


@blueprint.post(f"{PAGE}/renew")
@needs("connections")
def renew(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Make another address and another secret."""
    webhooks.renew(g.portal.id, connection_id, user_id=current_user.id)
    flash("The address and the secret are new. Paste both again; the ones before count for nothing now.")
    return redirect(url_for(".show", connection_id=connection_id), 303)


@blueprint.post(f"{PAGE}/remove")
@needs("connections")
def remove(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Take the address away."""
    webhooks.remove(g.portal.id, connection_id, user_id=current_user.id)
    flash("The address is gone, and whatever is sent there is turned away. You can remove the webhook there.")
    return redirect(url_for(".show", connection_id=connection_id), 303)


def _delivery() -> Delivery:
    # One that does not say its length is cut off there in silence: the byte too many tells.
    request.max_content_length = LARGEST + 1
    body = request.get_data(cache=False)
    if len(body) > LARGEST:
        raise RequestEntityTooLarge
    query = request.query_string.decode("utf-8", "replace")
    return Delivery(
        headers={name.lower(): value for name, value in request.headers},
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        body=body,
    )


def _told(status: int, words: str) -> Response:
    """Answer a machine: in a line, and never with a page."""
    return Response(f"{words}\n", status, mimetype="text/plain")
