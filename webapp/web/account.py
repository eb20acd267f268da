"""The account page: name, light or dark, time zone, and how numbers and dates are written."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import users
from webapp.services.errors import Invalid
from webapp.store.columns import now
from webapp.web.formats import LOCALES
from webapp.web.permissions import needs, return_to_portal
from webapp.web.render import page

blueprint = Blueprint("account", __name__, url_prefix="/account")
blueprint.before_request(return_to_portal)


@blueprint.get("/")
@needs()
def show() -> ResponseReturnValue:
    """Show the user's own settings."""
    user = current_user
    return _form(name=user.name, time_zone=user.time_zone, locale=user.locale)


@blueprint.post("/")
@needs()
def save() -> ResponseReturnValue:
    """Keep the user's own settings."""
    typed = {name: request.form.get(name, "") for name in ("name", "time_zone", "locale")}
    try:
        users.set_preferences(current_user.id, **typed)
    except Invalid as error:
        return _form(error=error, status=422, **typed)
    flash("Your settings are saved.")
    return redirect(url_for(".show"))


@blueprint.post("/theme")
@needs()
def theme() -> ResponseReturnValue:
    """Fix light or dark, or follow the system."""
    users.set_theme(current_user.id, request.form.get("theme", ""))
    return redirect(_came_from())


def _form(*, error: Invalid | None = None, status: int = 200, **typed: str) -> ResponseReturnValue:
    zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
    return page(
        "account/show.html", status=status, error=error, typed=typed, zones=zones, locales=LOCALES, now=now()
    )


def _came_from() -> str:
    referrer = request.referrer or ""
    return referrer if referrer.startswith(request.host_url) else url_for(".show")
