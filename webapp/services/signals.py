"""How services announce, after a commit, that something is due; processes bind it to the queue."""

from __future__ import annotations

import uuid

from blinker import Namespace
from flask import current_app

signals = Namespace()
due = signals.signal("due")
mail_due = signals.signal("mail_due")
run_ended = signals.signal("run_ended")


def announce_due(connection_id: uuid.UUID, *, interactive: bool = False) -> None:
    """Say that a connection has work; ``interactive`` when a person waits for it."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    due.send(app, connection_id=connection_id, interactive=interactive)


def announce_run_end(portal_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Say that a run is over, for plugins that want to know."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    run_ended.send(app, portal_id=portal_id, run_id=run_id)


def announce_mail() -> None:
    """Say that there are mails to send."""
    mail_due.send(current_app._get_current_object())  # type: ignore[attr-defined]
