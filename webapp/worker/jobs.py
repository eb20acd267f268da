"""What a job does: a look at a connection, and a ring when more is due; due mails; or word of a run."""

from __future__ import annotations

import uuid

from rq import get_current_job

from webapp import logs
from webapp.services import connections, context
from webapp.services.look import look as look_at
from webapp.services.mails import send_due
from webapp.services.run_ends import tell
from webapp.worker.queue import ring, take_down, take_down_for_mail


def look(connection_id: str, interactive: bool) -> None:
    """Look at a connection; runs in a work-horse, in the application's context."""
    logs.begin(request=_request(), connection=connection_id)
    wanted = uuid.UUID(connection_id)
    take_down(wanted, interactive=interactive)
    if context.settings().read_only:
        return
    try:
        more = look_at(wanted, interactive=interactive)
    except Exception:
        raise
    except BaseException as error:  # noqa: BLE001 - a work-horse hears no Ctrl-C: a plugin raised it
        return connections.broken_off(wanted, f"it raised {type(error).__name__}, which ends processes")
    if more:
        ring(wanted, interactive=interactive)


def send_mail() -> None:
    """Send the mails that are due."""
    logs.begin(request=_request())
    take_down_for_mail()
    if not context.settings().read_only:
        send_due()


def tell_of_run(portal_id: str, run_id: str) -> None:
    """Tell plugins that a run ended."""
    logs.begin(request=_request(), run=run_id)
    tell(uuid.UUID(portal_id), uuid.UUID(run_id))


def _request() -> str:
    job = get_current_job()
    return job.meta.get("request", "") if job else ""
