"""Waiting for workers, with what they do shown on the error stream."""

from __future__ import annotations

import time
import uuid
from datetime import datetime

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from webapp.extensions import db
from webapp.services import connection_views, runs
from webapp.services.connection_views import ConnectionView
from webapp.services.errors import Refused
from webapp.store.runs import UNDER_WAY, Run

EVERY = 0.5
PATIENCE = 15.0


class Waiting:
    """The time between two looks; says once when nothing ever begins."""

    def __init__(self, queue: str) -> None:
        self._queue = queue
        self._since: float | None = time.monotonic()

    def go_on(self, *, begun: bool) -> None:
        """Wait a little, and let the next look see what is there then."""
        if begun:
            self._since = None
        if self._since is not None and time.monotonic() - self._since > PATIENCE:
            click.echo(
                f"Nothing has happened yet. Is `tandem worker --queue {self._queue}` running?", err=True
            )
            self._since = None
        db.session.rollback()
        time.sleep(EVERY)


def run(portal_id: uuid.UUID, run_id: uuid.UUID) -> runs.Progress:
    """Show a run's progress until it ends, and return how it ended; ``Refused`` when a person has to act."""
    waiting = Waiting("bulk")
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Importing", total=None)
        while True:
            progress = runs.progress(runs.run(portal_id, run_id))
            if progress.finished:
                return progress
            _require_working(portal_id, progress)
            words = progress.pause or progress.current_name or "Importing"
            bar.update(task, completed=progress.done, total=progress.total, description=words[:40])
            waiting.go_on(begun=progress.done > 0 or bool(progress.pause))


def sync(portal_id: uuid.UUID, run_id: uuid.UUID) -> Run:
    """Wait until a pass is over, and return its run; ``Refused`` when a person has to act."""
    waiting = Waiting("bulk")
    with Progress(TextColumn("{task.description}"), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Syncing", total=None)
        while True:
            found = runs.run(portal_id, run_id)
            if found.state not in UNDER_WAY:
                return found
            _require_connected(portal_id, found.connection_id, found.number)
            looked = found.counts.get("looked", 0)
            bar.update(task, description=found.pause or f"Syncing: {looked:,} customers looked at")
            waiting.go_on(begun=found.state == "running" or bool(found.pause))


def _require_working(portal_id: uuid.UUID, progress: runs.Progress) -> None:
    _require_connected(portal_id, progress.run.connection_id, progress.number)


def _require_connected(portal_id: uuid.UUID, connection_id: uuid.UUID, number: int | None) -> None:
    view = connection_views.view(portal_id, connection_id)
    if view.state in ("attention", "disconnected"):
        raise Refused(f"{view.words} Run {number} waits until then and goes on by itself.")


def refresh(portal_id: uuid.UUID, connection_id: uuid.UUID, asked_at: datetime) -> ConnectionView:
    """Wait until a connection was read after a moment; raise ``Refused`` when it cannot be."""
    waiting = Waiting("push")
    with Progress(TextColumn("{task.description}"), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading", total=None)
        while True:
            view = connection_views.view(portal_id, connection_id)
            if view.state != "connected":
                raise Refused(view.words)
            if view.refreshed_at and view.refreshed_at >= asked_at and view.progress is None:
                return view
            bar.update(task, description=_reading(view))
            waiting.go_on(begun=view.progress is not None or bool(view.pause_reason))


def _reading(view: ConnectionView) -> str:
    if view.pause_reason:
        return view.pause_reason
    if view.progress is None:
        return f"Reading {view.label}"
    return f"Reading {view.label}: {view.progress.customers:,} customers, {view.progress.contacts:,} contacts"
