"""A worker process whose plugin never returns when asked for changes, deaf to every interruption.

python -m tests.worker.hanging_worker DATABASE_URL REDIS_URL
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import NoReturn

from tests.hostile.plugin import Asked, HostilePlugin
from tests.mirror_world import MemoryProvider, portal_app
from webapp.worker import processes, queue


def hang(asked: Asked) -> NoReturn:
    """Go on for ever, whatever comes."""
    while True:
        with suppress(BaseException):
            time.sleep(0.01)


if __name__ == "__main__":
    database_url, redis_url = sys.argv[1:]
    hostile, calm = (
        HostilePlugin(MemoryProvider(), {"changed": hang}),
        MemoryProvider(name="calm", label="Calm"),
    )
    # A look is killed after five seconds here, where it has two minutes elsewhere.
    processes.GRACE_SECONDS = 5 - queue.JOB_SECONDS
    processes.ROUND_SECONDS = 1
    with portal_app(database_url, redis_url, hostile.provider(), calm.provider()) as app:
        queue.bind(app)
        processes.run_worker(queue.BULK, burst=True)
