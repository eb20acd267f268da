"""A login's own data: everything kept of whoever asks, and the end of it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_security import current_user

from webapp.extensions import limiter
from webapp.services import erasing, passwords, personal
from webapp.services.errors import Invalid, Refused
from webapp.web.account import this_account
from webapp.web.auth import end_session
from webapp.web.downloads import archive
from webapp.web.permissions import needs, return_to_portal
from webapp.web.render import page

blueprint = Blueprint("own_data", __name__, url_prefix="/account/data")
blueprint.before_request(return_to_portal)


@blueprint.get("/")
@needs()
def show() -> ResponseReturnValue:
    """Offer one's data, and the end of it."""
    return page("personal/own.html", wrong="", refused="")


@blueprint.post("/export")
@needs()
@limiter.limit("10 per hour", key_func=this_account)
def export() -> ResponseReturnValue:
    """Send all that is kept of a login."""
    return archive("personal-data", personal.of_user(current_user.id, actor=str(current_user.id)))


@blueprint.post("/erase")
@needs()
@limiter.limit("30 per hour", key_func=get_remote_address)
@limiter.limit("10 per 15 minutes", key_func=this_account)
def erase() -> ResponseReturnValue:
    """Erase the login, for whoever knows its password."""
    user_id = current_user.id
    try:
        passwords.require(user_id, request.form.get("current", ""))
        erasing.erase_user(user_id, actor=str(user_id))
    except Invalid as error:
        return page("personal/own.html", wrong=error.reason, refused="", status=422)
    except Refused as error:
        return page("personal/own.html", wrong="", refused=error.reason, status=409)
    end_session()
    flash("Your login is erased, with everything that told whose it was.")
    return redirect(url_for("auth.login"), 303)
