"""The worker process: takes rings off one queue, and lets a work-horse look."""

from __future__ import annotations

import os
import signal
import uuid
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask, current_app
from redis import Redis, RedisError
from redis.client import Pipeline
from rq import Queue, Worker
from rq.exceptions import InvalidJobOperation
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty
from sqlalchemy.exc import SQLAlchemyError

from webapp.bounded import OutOfTime
from webapp.extensions import db
from webapp.lifeline import bound_to
from webapp.services import connections, context, leases
from webapp.services.presence import Presence
from webapp.worker.queue import LOOK, QUEUES, queue_named, ring

ROUND_SECONDS = 10
"""How often a worker that has nothing to do, or waits for its work-horse, makes its rounds."""

GRACE_SECONDS = 10
"""How long a work-horse may take to end once its time is up, before it is killed."""

KILLED = "it did not come back, let nothing interrupt it, and was killed"

log = structlog.get_logger(__name__)


class JobLimit(UnixSignalDeathPenalty):
    """Interrupts a job whose time is up with what no plugin catches by `except Exception`."""

    def __init__(self, timeout: int, exception: type[BaseException], **options: Any) -> None:
        super().__init__(timeout, OutOfTime if exception is JobTimeoutException else exception, **options)


class BoundWorker(Worker):
    """A worker whose work-horse is bound to it: RQ leaves it running when the worker is killed."""

    app: Flask
    worker_pid: int
    presence: Presence
    overran: str = ""
    """The job whose work-horse was killed since nothing interrupted it."""

    death_penalty_class = JobLimit
    max_connection_wait_time = 5.0
    """However long Valkey was away, the worker is back within seconds; RQ's own is a minute."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Say that the worker lives, in Valkey as RQ does and in the database, where it is looked for."""
        super().heartbeat(timeout, pipeline)
        self.presence.beat()

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        """Say that the job lives; kill a work-horse that goes on although its time is up."""
        if job.timeout and job.started_at:
            lasted = (datetime.now(UTC) - job.started_at).total_seconds()
            if lasted > job.timeout + GRACE_SECONDS:
                self.overran = job.id
                self.kill_horse(signal.SIGKILL)
        super().maintain_heartbeats(job, execution)

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Note in one line that Valkey forgot a ring while it was answered: what was done is kept."""
        if isinstance(exc_info[1], InvalidJobOperation | RedisError):
            log.warning("worker.ring_forgotten", job=job.id, error=type(exc_info[1]).__name__)
        else:
            super().handle_exception(job, *exc_info)

    def handle_work_horse_killed(self, job: Job, retpid: int, ret_val: int, rusage: object) -> None:
        """Give back what a work-horse held that is known to be dead, so that nobody waits for its lease."""
        log.warning("worker.horse_killed", pid=retpid, status=ret_val)
        if job.func_name != LOOK:
            return
        wanted, interactive = uuid.UUID(job.args[0]), job.args[1]
        try:
            leases.give_back(wanted, pid=retpid)
            if self.overran == job.id:
                connections.broken_off(wanted, KILLED)
        except SQLAlchemyError as error:
            # It runs out by itself, and a sweep rings then.
            log.warning("worker.lease_kept", connection=str(wanted), error=type(error).__name__)
        else:
            ring(wanted, interactive=interactive)
        finally:
            db.session.remove()

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Do the job in the freshly forked work-horse, within the application's context."""
        bound_to(self.worker_pid, signal.SIGKILL)()
        with self.app.app_context():
            # Connections to the database cannot be shared with the parent.
            db.engine.dispose(close=False)
            super().main_work_horse(job, queue)


def run_worker(queue: str, **options: Any) -> bool:
    """Serve one queue until told to stop (SIGTERM: after the look under way); return whether a job was done.

    Needs an application's context and the main thread. `options` are those of RQ's `Worker.work`.
    """
    if queue not in QUEUES:
        raise ValueError(f"There is no queue {queue!r}: choose one of {', '.join(QUEUES)}.")
    # A client of its own: a worker waits for minutes where others give up after seconds.
    client = Redis.from_url(context.settings().redis_url)
    worker = BoundWorker(
        [queue_named(queue, client)],
        connection=client,
        serializer=JSONSerializer,
        worker_ttl=ROUND_SECONDS + 15,
        job_monitoring_interval=ROUND_SECONDS,
    )
    worker.presence = Presence("worker", queue=queue)
    worker.worker_pid = os.getpid()
    worker.app = current_app._get_current_object()  # type: ignore[attr-defined]
    log.info("worker.started", queue=queue)
    try:
        done = worker.work(**{"logging_level": "WARNING", **options})
    finally:
        worker.presence.leave()
    log.info("worker.stopped", queue=queue)
    return done
