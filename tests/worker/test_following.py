"""A request is followed from its ring to the look it led to."""

from __future__ import annotations

import uuid

import pytest
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from webapp import logs
from webapp.services import context, rings
from webapp.worker import queue, waiting

NOBODY = uuid.UUID("01890000-0000-7000-8000-000000000000")


@pytest.fixture
def push(worker_app):
    """The queue of what people wait for, empty."""
    context.valkey().flushdb()
    logs.begin()
    yield queue.queue_named("push", context.valkey())
    logs.begin()
    context.valkey().flushdb()


def work(push):
    """Answer the rings of a queue in this very process."""
    worker = SimpleWorker([push], connection=push.connection, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="WARNING")


def test_a_ring_carries_the_request_it_goes_back_to_into_the_look(push):
    with logs.bound(request="r-1"):
        queue.ring(NOBODY, interactive=True)
    assert logs.about("request") == ""
    work(push)
    assert (logs.about("request"), logs.about("connection")) == ("r-1", str(NOBODY))


def test_a_ring_of_nobodys_request_forgets_that_of_the_ring_before(push):
    with logs.bound(request="r-1"):
        queue.ring(NOBODY, interactive=True)
    work(push)
    logs.begin(run="left over")
    queue.ring(NOBODY, interactive=True)
    work(push)
    assert (logs.about("request"), logs.about("run")) == ("", "")


def test_a_ring_that_waited_until_it_expired_still_tells_of_its_age(push, worker_app):
    queue.ring(NOBODY, interactive=True)
    [job_id] = push.job_ids
    push.connection.delete(f"rq:job:{job_id}")
    waiting.bind(worker_app)
    assert rings.waiting()["push"].age == queue.RING_SECONDS
    assert rings.waiting()["bulk"] == rings.Waiting(number=0, age=0.0, failed=0)
