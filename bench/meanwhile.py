"""A whole Tandem that imports everything: calls, the worker's memory, and how its pages fare meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psutil
import requests

from bench.calls import PEOPLE
from bench.figures import Measured
from bench.goals import most_calls
from bench.ground import Ground, Site, connected_site, ground, sandbox
from bench.timing import p95_ms, percentile
from webapp.demo.run import portal as processes_of_portal
from webapp.extensions import db
from webapp.services import imports, runs, sessions
from webapp.services.sessions import SessionData
from webapp.store.connections import connection_by_id
from webapp.store.portals import User
from webapp.store.runs import Query, Selection
from webapp.supervisor import Supervisor
from webapp.walls import inside

SMALL = 1_000
VISITS = 200
PAUSE = 0.05
SERVER_ERROR = 500


def measure(size: int) -> Iterator[Measured]:
    """Read and import a small organization, then the whole one."""
    yield Measured("memory.small", _carry_out(SMALL).megabytes)
    whole = _carry_out(size)
    yield Measured("memory.large", whole.megabytes)
    yield Measured("calls.large", whole.calls, most_calls(size, round(size * PEOPLE)))
    idle, busy = p95_ms(whole.idle), p95_ms(whole.busy)
    yield Measured("meanwhile.idle", idle)
    yield Measured("meanwhile.busy", busy)
    yield Measured("meanwhile.ratio", round(percentile(whole.busy, 0.95) / percentile(whole.idle, 0.95), 2))
    yield Measured("meanwhile.errors", whole.errors)


@dataclass(slots=True)
class Job:
    """What was seen of one organization that was read and imported."""

    calls: int = 0
    megabytes: int = 0
    errors: int = 0
    idle: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)


def _carry_out(customers: int) -> Job:
    job = Job()
    with (
        sandbox(customers, PEOPLE) as practice,
        ground(sandbox_url=practice.url) as place,
        Supervisor(place.folder, say=lambda line: None) as supervisor,
    ):
        for process in processes_of_portal(place.environment):
            supervisor.start(process)
        with place.app.app_context():
            there = connected_site(practice)
        watch = _Watch(place, there, job)
        watch.until(lambda: _is_read(place, there))
        watch.visit(job.idle, lambda: len(job.idle) >= VISITS)
        run_id = _start(place, there)
        watch.visit(job.busy, lambda: _is_over(place, there, run_id))
        job.calls = len(practice.calls())
    return job


class _Watch:
    """A person who goes from page to page, and somebody who watches the worker's memory."""

    def __init__(self, place: Ground, there: Site, job: Job) -> None:
        self._job = job
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set("tandem", _token(place, there), domain="127.0.0.1")
        root = f"{place.url}/p/{there.key}"
        picker = f"{root}/connections/{there.connection_id}/import/"
        self._addresses = (f"{root}/client-users/", f"{root}/client-users/?q=an", picker, f"{root}/runs/")

    def until(self, done: Callable[[], bool]) -> None:
        """Watch the memory until something is done."""
        while not done():
            self._weigh()
            time.sleep(PAUSE * 4)

    def visit(self, took: list[float], done: Callable[[], bool]) -> None:
        """Go from page to page until something is done; ask for that seldom, for it costs queries too."""
        while len(took) < VISITS or not done():
            for address in self._addresses * 5:
                began = time.perf_counter()
                answer = self._session.get(address, timeout=60)
                took.append(time.perf_counter() - began)
                self._job.errors += answer.status_code >= SERVER_ERROR
                self._weigh()
                time.sleep(PAUSE)

    def _weigh(self) -> None:
        """Keep the most memory that a worker or its work-horse had to itself."""
        for child in psutil.Process().children(recursive=True):
            try:
                if "worker" in child.cmdline():
                    own = child.memory_info().rss // 2**20
                    self._job.megabytes = max(self._job.megabytes, own)
            except psutil.Error:
                continue


def _token(place: Ground, there: Site) -> str:
    with place.app.app_context():
        user = db.session.get_one(User, there.user_id)
        data = {"_user_id": user.fs_uniquifier, "_fresh": True}
        return sessions.keep(SessionData(user=user, data=data))


def _is_read(place: Ground, there: Site) -> bool:
    with place.app.app_context(), inside(there.portal_id):
        connection = connection_by_id(there.connection_id, portal_id=there.portal_id)
        return connection is not None and connection.census_finished_at is not None


def _start(place: Ground, there: Site) -> object:
    with place.app.app_context(), inside(there.portal_id):
        everyone = Selection(queries=(Query(inactive=True),))
        return imports.start(there.portal_id, there.connection_id, there.user_id, everyone, "clone").id


def _is_over(place: Ground, there: Site, run_id: object) -> bool:
    with place.app.app_context(), inside(there.portal_id):
        return runs.run(there.portal_id, run_id).finished_at is not None  # type: ignore[arg-type]
