"""A plugin that never returns costs its connection a rest, and nobody else anything."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from rq.timeouts import HorseMonitorTimeoutException, JobTimeoutException

from tests.mirror_world import MAIN, MemoryProvider, Place, connection, portal_app
from webapp.bounded import OutOfTime
from webapp.outside import PluginFault, border
from webapp.services import context
from webapp.store.columns import now
from webapp.worker import queue
from webapp.worker.processes import JobLimit

ROOT = Path(__file__).resolve().parents[2]
WITHIN_SECONDS = 120


@pytest.fixture
def place(module_database_url, redis_url):
    """A portal with two connections to be: the worker's process knows how their plugins behave."""
    providers = [MemoryProvider().provider(), MemoryProvider(name="calm", label="Calm").provider()]
    with portal_app(module_database_url, redis_url, *providers):
        context.valkey().flushdb()
        yield Place.new()
        context.valkey().flushdb()


def test_a_plugin_deaf_to_everything_is_killed_and_named_and_the_others_go_on(
    place, module_database_url, redis_url
):
    hostile, calm = (place.connect(name, organization_id=MAIN.id) for name in ("ledgerly", "calm"))
    queue.ring(hostile, interactive=False)
    queue.ring(calm, interactive=False)
    argv = [sys.executable, "-m", "tests.worker.hanging_worker", module_database_url, redis_url]
    subprocess.run(
        argv, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=WITHIN_SECONDS, check=True
    )
    stopped, other = connection(hostile), connection(calm)
    assert "The plugin ledgerly failed: it did not come back" in stopped.pause_reason
    assert stopped.paused_until is not None and stopped.paused_until > now()
    assert stopped.state == other.state == "connected" and stopped.lease_until is None
    assert other.refreshed_at is not None and other.pause_reason == ""


def test_a_plugin_that_can_be_interrupted_is_named():
    in_time = pytest.raises(PluginFault, match="it did not come back in time")
    with in_time, border("ledgerly"), limit(60), suppress(Exception):
        signal.raise_signal(signal.SIGALRM)


def test_only_a_job_runs_out_of_time():
    with pytest.raises(OutOfTime), limit(60):
        signal.raise_signal(signal.SIGALRM)
    with pytest.raises(HorseMonitorTimeoutException), JobLimit(60, HorseMonitorTimeoutException):
        signal.raise_signal(signal.SIGALRM)


def limit(seconds: int) -> JobLimit:
    """Limit what follows as a job is."""
    return JobLimit(seconds, JobTimeoutException)
