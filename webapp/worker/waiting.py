"""What waits in the queues: asked in passing, so that nothing is cleaned up or changed by asking."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

from webapp.services import context, rings
from webapp.services.rings import Waiting
from webapp.worker.queue import QUEUES, RING_SECONDS, queue_named


def bind(app: Flask) -> None:
    """Let an application's services ask."""
    rings.bind(app, waiting)


def waiting() -> dict[str, Waiting]:
    """Tell what waits in each queue."""
    return {name: _waiting(queue_named(name, context.valkey())) for name in QUEUES}


def _waiting(queue: Queue) -> Waiting:
    moment = datetime.now(UTC)
    # A registry's own count would clean up, without a lock.
    failed = queue.connection.zcount(queue.failed_job_registry.key, moment.timestamp(), "+inf")
    return Waiting(number=queue.count, age=_age_of_oldest(queue, moment), failed=failed)


def _age_of_oldest(queue: Queue, moment: datetime) -> float:
    oldest = queue.get_job_ids(0, 1)
    if not oldest:
        return 0.0
    try:
        job = Job.fetch(oldest[0], connection=queue.connection, serializer=JSONSerializer)
    except NoSuchJobError:
        # It waited until it expired.
        return float(RING_SECONDS)
    return max((moment - (job.enqueued_at or job.created_at)).total_seconds(), 0.0)
