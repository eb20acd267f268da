"""The commands that run until stopped: web server, workers, scheduler, and the demo of all of them."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from webapp import logs
from webapp.app import create_app
from webapp.cli.application import in_application, require_keys
from webapp.demo import run_demo
from webapp.extensions import db
from webapp.services import context
from webapp.worker.processes import run_worker
from webapp.worker.queue import QUEUES
from webapp.worker.schedule import run_schedule

GRACE_SECONDS = 15
"""How long an answer that is under way may take when the server is told to stop."""


class ServerLog(Logger):
    """What gunicorn logs, as lines of ours; an address loses its query, which may be people's data."""

    def setup(self, cfg: Config) -> None:
        """Hand everything on instead of writing it."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def exception(self, msg: str, *args: object, **kwargs: Any) -> None:
        """Log a fault beneath the application, such as with a request that broke off."""
        super().exception(msg, *(str(each).partition("?")[0] for each in args), **kwargs)


class Server(BaseApplication):
    """Gunicorn, told everything here instead of by a file."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Take over the options."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application; it was made before, so that a wrong setting is said once and at once."""
        return self._app


def end_promptly(arbiter: Arbiter, worker: Worker) -> None:
    """End a process of the server that has answered everything: its idle threads are not waited for."""
    if worker.pid == os.getpid() and worker.booted and not worker.alive:
        logging.shutdown()
        os._exit(0)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64), help="Threads in each.")
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the portal's pages."""
    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "preload_app": True,
        "timeout": 60,
        "graceful_timeout": GRACE_SECONDS,
        "worker_exit": end_promptly,
        # It is managed by who started it; two servers of one user would share that socket.
        "control_socket_disable": True,
        "keepalive": 5,
        "limit_request_line": 8190,
        "loglevel": "warning",
        "proc_name": "tandem",
        "logger_class": ServerLog,
    }
    app = create_app()
    with app.app_context():
        log_as_set()
        require_keys()
        # What was asked so far must not be shared with the processes to come.
        db.engine.dispose()
    Server(app, options).run()


@click.command("worker")
@click.option(
    "--queue", required=True, type=click.Choice(QUEUES), help="push: what people wait for; bulk: the rest."
)
@in_application
def worker(queue: str) -> None:
    """Do the work of one queue."""
    log_as_set()
    require_keys()
    run_worker(queue)


@click.command("schedule")
@in_application
def schedule() -> None:
    """Ring for whatever is due, every few seconds; any number of these may run."""
    log_as_set()
    require_keys()
    run_schedule()


def log_as_set() -> None:
    """Log what a process that lasts does, and how it ends if it breaks."""
    settings = context.settings()
    logs.configure(settings.log_format, settings.log_level)
    logs.take_over_crashes()


@click.command("demo")
@click.option("--reset", is_flag=True, help="Start over with fresh data.")
def demo(*, reset: bool) -> None:
    """Run a whole Tandem on this machine, with its own servers, a sample portal and a practice Zoho."""
    sys.exit(run_demo(reset=reset))
