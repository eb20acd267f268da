"""Ringing: once for each connection and queue, and never an error for whoever rang."""

import zlib

import pytest
import redis

from tests.mirror_world import connection
from webapp.services import context, refresh
from webapp.services.signals import announce_due, announce_run_end, due, run_ended
from webapp.store.columns import new_id
from webapp.worker import jobs, queue


@pytest.fixture(autouse=True)
def bound(worker_app):
    queue.bind(worker_app)
    yield
    due.disconnect(queue.on_due, sender=worker_app)
    run_ended.disconnect(queue.on_run_end, sender=worker_app)


def waiting(name):
    """The arguments of the jobs in a queue."""
    return [job.args for job in queue.queue_named(name, context.valkey()).jobs]


def test_an_announcement_rings_in_the_queue_it_is_for(place):
    bulk, push = new_id(), new_id()
    announce_due(bulk)
    announce_due(push, interactive=True)
    assert waiting("bulk") == [[str(bulk), False]]
    assert waiting("push") == [[str(push), True]]


def test_a_bell_that_hangs_is_not_rung_again(place):
    wanted = new_id()
    for _ in range(3):
        queue.ring(wanted, interactive=False)
    assert len(waiting("bulk")) == 1


def test_a_bell_that_was_answered_can_be_rung_while_the_look_is_under_way(place):
    wanted = new_id()
    queue.ring(wanted, interactive=False)
    queue.take_down(wanted, interactive=False)
    queue.ring(wanted, interactive=False)
    assert len(waiting("bulk")) == 2


def test_a_ring_that_got_lost_can_be_repeated_after_a_while(place):
    wanted = new_id()
    queue.ring(wanted, interactive=False)
    [bell] = context.valkey().keys(f"*{wanted}*")
    assert 0 < context.valkey().ttl(bell) <= queue.RING_SECONDS


def test_whatever_was_flushed_can_be_rung_at_once(place):
    wanted = new_id()
    queue.ring(wanted, interactive=False)
    context.valkey().flushdb()
    queue.ring(wanted, interactive=False)
    assert len(waiting("bulk")) == 1


def test_word_of_a_run_waits_for_a_worker_and_is_given_once(place):
    portal, run = new_id(), new_id()
    for _ in range(2):
        announce_run_end(portal, run)
    assert waiting("bulk") == [[str(portal), str(run)]]
    [job] = queue.queue_named("bulk", context.valkey()).jobs
    assert (job.func_name, job.ttl) == (queue.TELL_OF_RUN, queue.TOLD_WITHIN)
    assert jobs.tell_of_run(*job.args) is None


def test_ringing_without_valkey_is_no_error_for_whoever_asked(place, worker_app, monkeypatch, sandbox):
    made = place.connect_sandbox(sandbox)
    monkeypatch.setitem(worker_app.extensions, "tandem_redis", redis.Redis(port=1))
    refresh.request(place.portal_id, made)
    assert connection(made).refresh_wanted_at is not None


def test_a_job_looks_and_rings_when_more_is_due(place, monkeypatch):
    wanted = new_id()
    answers = iter([True, False])
    monkeypatch.setattr(jobs, "look_at", lambda connection_id, interactive: next(answers))
    jobs.look(str(wanted), False)
    assert waiting("bulk") == [[str(wanted), False]]
    context.valkey().flushdb()
    jobs.look(str(wanted), False)
    assert waiting("bulk") == []


def test_jobs_are_plain_json(place):
    queue.ring(new_id(), interactive=False)
    [key] = context.valkey().keys("rq:job:*")
    assert b"webapp.worker.jobs.look" in zlib.decompress(context.valkey().hget(key, "data"))
