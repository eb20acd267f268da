"""Ringing: a job that says "look now".

A bell that was rung and not answered yet is not rung again: it hangs in Valkey for 15 seconds, or until a job
takes it down before it looks. RQ's own unique jobs would also swallow what is rung while the look is under
way. A ring that is lost, whatever the cause, is made good by the next sweep.
"""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import Flask
from redis import Redis, RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from webapp import logs
from webapp.services import context
from webapp.services.signals import due, mail_due, run_ended

PUSH = "push"
BULK = "bulk"
QUEUES = (PUSH, BULK)
"""One for what people wait for, one for imports and censuses; a worker process serves one of them."""

RING_SECONDS = 15
TOLD_WITHIN = 24 * 3600
"""Seconds for which a worker is waited for to tell of the end of a run: no sweep rings for that again."""

JOB_SECONDS = 120
"""A look lasts 5 seconds, and its last outside call 10 more: whatever takes this long hangs."""

FAILED_JOB_SECONDS = 3600
MAIL_BELL = "tandem:bell:mail"

LOOK = "webapp.worker.jobs.look"
SEND_MAIL = "webapp.worker.jobs.send_mail"
TELL_OF_RUN = "webapp.worker.jobs.tell_of_run"

log = structlog.get_logger(__name__)


def bind(app: Flask) -> None:
    """Have a ring follow whatever services announce in an application's context."""
    due.connect(on_due, sender=app)
    mail_due.connect(on_mail_due, sender=app)
    run_ended.connect(on_run_end, sender=app)


def on_due(sender: Flask, *, connection_id: uuid.UUID, interactive: bool) -> None:
    """Ring for what was announced."""
    ring(connection_id, interactive=interactive)


def on_mail_due(sender: Flask) -> None:
    """Ring for mails."""
    ring_for_mail()


def on_run_end(sender: Flask, *, portal_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Ring for whoever wants to hear of a run."""
    bell = f"tandem:bell:run:{run_id}"
    _ring(bell, BULK, TELL_OF_RUN, str(portal_id), str(run_id), seconds=TOLD_WITHIN)


def ring(connection_id: uuid.UUID, *, interactive: bool) -> None:
    """Ask a worker to look at a connection; never fails, since a sweep rings again.

    The ring says which request it goes back to, so that the worker's log does too.
    """
    name = PUSH if interactive else BULK
    _ring(_bell(name, connection_id), name, LOOK, str(connection_id), interactive)


def ring_for_mail() -> None:
    """Ask a worker to send mails; bulk work, since a mail server may take its time."""
    _ring(MAIL_BELL, BULK, SEND_MAIL)


def take_down(connection_id: uuid.UUID, *, interactive: bool) -> None:
    """Take down a bell that is about to be answered, so that whatever comes from now on rings anew."""
    _take_down(_bell(PUSH if interactive else BULK, connection_id))


def take_down_for_mail() -> None:
    """Take down the bell for mails before they are sent."""
    _take_down(MAIL_BELL)


def queue_named(name: str, valkey: Redis) -> Queue:
    """Return a queue whose jobs are JSON."""
    return Queue(name, connection=valkey, serializer=JSONSerializer)


def _ring(bell: str, queue: str, job: str, *told: Any, seconds: int = RING_SECONDS) -> None:
    valkey = context.valkey()
    try:
        if valkey.set(bell, 1, nx=True, ex=seconds):
            queue_named(queue, valkey).enqueue(
                job,
                *told,
                ttl=seconds,
                result_ttl=0,
                failure_ttl=FAILED_JOB_SECONDS,
                job_timeout=JOB_SECONDS,
                meta={"request": logs.about("request")},
            )
    except RedisError as error:
        log.warning("queue.not_rung", bell=bell, error=type(error).__name__)


def _take_down(bell: str) -> None:
    try:
        context.valkey().delete(bell)
    except RedisError as error:
        log.warning("queue.not_taken", bell=bell, error=type(error).__name__)


def _bell(name: str, connection_id: uuid.UUID) -> str:
    return f"tandem:bell:{name}:{connection_id}"
