"""What a job does: one look at one connection, and a ring when more is due."""

from __future__ import annotations

import uuid

from rq import get_current_job

from webapp import logs
from webapp.services.look import look as look_at
from webapp.worker.queue import ring, take_down


def look(connection_id: str, interactive: bool) -> None:
    """Look at a connection; runs in a work-horse, in the application's context."""
    job = get_current_job()
    logs.begin(request=job.meta.get("request", "") if job else "", connection=connection_id)
    wanted = uuid.UUID(connection_id)
    take_down(wanted, interactive)
    if look_at(wanted, interactive=interactive):
        ring(wanted, interactive)
