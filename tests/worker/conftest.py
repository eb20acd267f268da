"""What the tests of workers share: a portal connected to the sandbox, and processes that serve its queues."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.settings import Settings
from sandbox.state import State
from tests.mirror_world import BOOKS, Place, portal_app
from webapp.extensions import db
from webapp.services import context

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = 500


@pytest.fixture(scope="module")
def sandbox():
    """A sandbox that takes its time, so that there is a middle to be killed in."""
    with SandboxServer(State(Sample(customers=CUSTOMERS), Settings(latency_ms=60))) as server:
        yield server


@pytest.fixture(scope="module")
def worker_app(module_database_url, redis_url, sandbox):
    with portal_app(module_database_url, redis_url, BOOKS, sandbox_url=sandbox.url) as made:
        yield made


@pytest.fixture
def place(worker_app):
    context.valkey().flushdb()
    yield Place.new()
    db.session.rollback()
    context.valkey().flushdb()


@pytest.fixture
def start_worker(module_database_url, redis_url, sandbox):
    """Start workers; whatever is left of them ends with the test."""
    started = []

    def start(queue):
        addresses = [module_database_url, redis_url, sandbox.url]
        argv = [sys.executable, "-m", "tests.worker.worker_process", queue, *addresses]
        process = subprocess.Popen(argv, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
