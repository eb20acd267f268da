"""A worker process for tests: serves a queue for a portal that is connected to the sandbox.

python -m tests.worker.worker_process QUEUE DATABASE_URL REDIS_URL SANDBOX_URL
"""

from __future__ import annotations

import sys

from tests.mirror_world import BOOKS, portal_app
from webapp.worker import queue
from webapp.worker.processes import run_worker

if __name__ == "__main__":
    name, database_url, redis_url, sandbox_url = sys.argv[1:]
    with portal_app(database_url, redis_url, BOOKS, sandbox_url=sandbox_url) as app:
        queue.bind(app)
        run_worker(name)
