"""What people do with the sync of a connection: sync now, pause, let it go on, and how it is kept in step."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import connection_views, refresh, sync, sync_pages, sync_previews, sync_settings
from webapp.services.errors import Conflict, Invalid
from webapp.web import sync_words
from webapp.web.formats import counted
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("sync", __name__, url_prefix="/p/<portal_key>/connections/<uuid:connection_id>")

RULES = {
    "ask": (
        "Ask a person",
        "Both sides keep their own value, and it waits under Conflicts until somebody chooses.",
    ),
    "portal": (
        "Tandem wins",
        "What was changed here takes the place of what was changed there. The history keeps what gave way.",
    ),
    "provider": (
        "{} wins",
        "What was changed there takes the place of what was changed here. The history keeps what gave way.",
    ),
}
"""Who wins where both sides changed a field, with what it means."""

KINDS: dict[str, tuple[str, str, str]] = {
    "deleted here": ("Deleted here", "bad", "x"),
    "deleted there": ("Deleted in {}", "bad", "x"),
    "changed here": ("Changed here", "plain", "arrow-narrow-left"),
    "changed there": ("Changed in {}", "plain", "arrow-narrow-right"),
    "added here": ("Added here", "ok", "arrow-narrow-left"),
    "added there": ("Added in {}", "ok", "arrow-narrow-right"),
    "back here": ("Taken out of the bin", "ok", "rotate"),
    "conflict": ("Conflict", "warn", "arrows-left-right"),
    "open": ("Waits for a person", "warn", "alert-triangle"),
    "refused": ("Cannot be written as it is", "bad", "alert-circle"),
    "read first": ("Read there first", "plain", "clock"),
}
"""What may become of a record: the words, the kind of state, the icon."""


@blueprint.post("/sync")
@needs("finance")
def sync_now(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Look on both sides now, and bring over what changed; where nothing may be written, read alone."""
    if sync_pages.hold(g.portal.id, connection_id) or sync_pages.is_paused(g.portal.id, connection_id):
        refresh.request(g.portal.id, connection_id)
    else:
        sync.request(g.portal.id, connection_id, user_id=current_user.id)
    return _back(connection_id)


@blueprint.post("/pause")
@needs("connections")
def pause(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Write nothing on either side until somebody resumes."""
    sync_settings.pause(g.portal.id, connection_id, current_user.id)
    flash("The sync is paused. Both sides are still read, and nothing is written until somebody resumes it.")
    return _back(connection_id)


@blueprint.post("/resume")
@needs("connections")
def resume(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Let a paused sync go on."""
    sync_settings.resume(g.portal.id, connection_id, current_user.id)
    flash("The sync goes on. What waited is brought over now.")
    return _back(connection_id)


@blueprint.post("/go-on")
@needs("connections")
def go_on(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Let a held sync go on."""
    seen = request.form.get("seen", "")
    sync_settings.go_on(g.portal.id, connection_id, current_user.id, seen=seen)
    flash("The sync goes on from where both sides last agreed. Whatever needs a person waits for one.")
    return _back(connection_id)


@blueprint.get("/preview")
@needs("finance")
def preview(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Show what a pass would do now."""
    return page(
        "connections/preview.html",
        view=connection_views.view(g.portal.id, connection_id),
        hold=sync_pages.hold(g.portal.id, connection_id),
        kinds=KINDS,
        found=sync_previews.preview(g.portal.id, connection_id),
    )


@blueprint.post("/census")
@needs("connections")
def read_everything(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Read everything there is at the provider, as soon as that may be."""
    sync_settings.read_everything(g.portal.id, connection_id, current_user.id)
    if request.form.get("back") == "connection":
        flash("Everything is being read anew. Who was deleted or added there arrives when it is done.")
        return _back(connection_id)
    flash("Everything is being read anew. Make the report again when it is done.")
    return redirect(url_for("drift.show", connection_id=connection_id), 303)


@blueprint.get("/settings")
@needs("connections")
def settings(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Show how the connection is kept in step."""
    return _settings(connection_id)


@blueprint.post("/settings")
@needs("connections")
def save_settings(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Set how the connection is kept in step."""
    form = request.form
    try:
        settled = sync_settings.save(
            g.portal.id,
            connection_id,
            minutes=form.get("minutes", ""),
            rule=form.get("rule", ""),
            seen=form.get("seen", ""),
            user_id=current_user.id,
        )
    except (Invalid, Conflict) as error:
        return _settings(connection_id, error=error)
    more = f" {counted(settled, 'conflict')} that waited {'is' if settled == 1 else 'are'} settled by it."
    flash("The settings are saved." + (more if settled else ""))
    return _back(connection_id)


def _settings(connection_id: uuid.UUID, *, error: Invalid | Conflict | None = None) -> ResponseReturnValue:
    kept = sync_settings.settings(g.portal.id, connection_id)
    form = request.form if error else {}
    return page(
        "connections/settings.html",
        status=200 if error is None else 409 if isinstance(error, Conflict) else 422,
        view=connection_views.view(g.portal.id, connection_id),
        kept=kept,
        minutes=form.get("minutes", str(kept.minutes)),
        rule=form.get("rule", kept.rule),
        rules=RULES,
        sync_words=sync_words,
        error=error,
        field=error.field if isinstance(error, Invalid) else "",
    )


def _back(connection_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("connections.show", connection_id=connection_id), 303)
