"""How services announce, after a commit, that something is due; processes bind it to the queue."""

from __future__ import annotations

import uuid

from blinker import Namespace

due = Namespace().signal("due")


def announce_due(connection_id: uuid.UUID, *, interactive: bool = False) -> None:
    """Say that a connection has work; ``interactive`` when a person waits for it."""
    due.send("services", connection_id=connection_id, interactive=interactive)
