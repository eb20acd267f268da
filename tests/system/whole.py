"""A whole Tandem: the demo's processes on servers of the tests, and a sandbox beside them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import psutil
import redis
from sqlalchemy import select

from tests.settings import ENVIRONMENT
from tests.system.practice import Practice
from tests.system.waiting import PATIENCE, until
from webapp.app import create_app
from webapp.config import Settings
from webapp.demo.run import answers, port_of
from webapp.demo.run import portal as processes_of_portal
from webapp.demo.run import tandem as command
from webapp.embedded.folder import port_near
from webapp.extensions import db
from webapp.services import connections
from webapp.store.connections import Connection
from webapp.supervisor import Process, Server, Supervisor

T = TypeVar("T")


class Tandem:
    """Web server, a worker for each queue and the scheduler, kept running as the demo keeps them.

    `app` is an application in this process on the same database and Valkey, to prepare and to look with. Use
    it as a context manager: leaving it stops all.
    """

    def __init__(
        self,
        database_url: str,
        redis_url: str,
        sandbox_url: str,
        logs: Path,
        *,
        processes: Callable[[Mapping[str, str]], Sequence[Process]] = processes_of_portal,
    ) -> None:
        self.url = f"http://127.0.0.1:{port_near(0)}"
        own = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "TANDEM_BASE_URL": self.url,
            "TANDEM_SANDBOX_URL": sandbox_url,
            "TANDEM_LOG_LEVEL": "debug",
            "TANDEM_MAIL_URL": f"maildir://{logs / 'outbox'}",
            "TANDEM_MAIL_FROM": "Tandem <tandem@nordlicht.example>",
        }
        self.environment = os.environ | ENVIRONMENT | own | {"PYTHONUNBUFFERED": "1"}
        self.logs = logs
        self.said: list[str] = []
        self.practice = Practice(sandbox_url)
        self.app = create_app(Settings.from_environment(self.environment))
        # What makes a hash slow to guess makes tests slow too.
        self.app.extensions["security"].pwd_context.update(
            argon2__rounds=1, argon2__memory_cost=64, argon2__parallelism=1
        )
        self._processes = processes
        self._valkey = redis.Redis.from_url(redis_url)
        self._supervisor = Supervisor(logs, say=self.said.append)

    def __enter__(self) -> Tandem:
        try:
            for process in self._processes(self.environment):
                self._supervisor.start(process)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._supervisor.stop()
        self._valkey.close()

    def begin(self, **sample: Any) -> None:
        """Fill the sandbox anew, with no faults and an empty log; connections to what was there before end.

        They would keep the workers busy asking for every customer that is gone.
        """
        with self.app.app_context():
            left = select(Connection.portal_id, Connection.id).where(Connection.state != "disconnected")
            for portal_id, connection_id in db.session.execute(left).all():
                connections.disconnect(portal_id, connection_id, user_id=None)
        self.practice.reset(**sample)

    @contextmanager
    def doubled(self) -> Iterator[str]:
        """Have a second process of each kind beside the first; yield where the second web server is."""
        second = second_of_everything(self.environment)
        with Supervisor(self.logs, say=self.said.append) as supervisor:
            for process in second:
                supervisor.start(process)
            port = second[-1].argv[-1]
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                # It would wait for browsers that keep their connections open.
                for web in self.processes("serve", "--port", port):
                    web.kill()

    def keep(self, name: str, server: Server) -> None:
        """Have a server revived, too, when it dies."""
        self._supervisor.keep(name, server)

    def processes(self, *words: str) -> list[psutil.Process]:
        """Return the living processes whose command line ends with some words."""
        children = psutil.Process().children()
        # One that was killed and not noticed yet has no words.
        living = [(each, each.cmdline()) for each in children if each.status() != psutil.STATUS_ZOMBIE]
        return [each for each, argv in living if words == tuple(argv[len(argv) - len(words) :])]

    def until(self, ask: Callable[[], T], *, within: float = PATIENCE, what: str = "") -> T:
        """Wait for something, and meanwhile restart what dies."""
        try:
            return until(ask, within=within, what=what, meanwhile=self._supervisor.look)
        except AssertionError as error:
            error.add_note(self.last_words())
            raise

    def wipe_valkey(self) -> None:
        """Let Valkey forget everything."""
        self._valkey.flushall()

    def forget_broken_looks(self) -> None:
        """Let Valkey forget which looks broke because a test killed who was at work."""
        for registry in self._valkey.scan_iter("rq:failed:*"):
            self._valkey.delete(registry)

    def kill_worker(self, queue: str) -> None:
        """Kill the worker of a queue as the kernel does when memory is short, and wait for the next one."""
        killed = self._workers(queue)[0]
        os.kill(killed, signal.SIGKILL)
        self.until(lambda: self._workers(queue) not in ([killed], []), what="another worker")

    def last_words(self) -> str:
        """Return the troubles and the ends of all logs."""
        words = []
        for log in sorted(self.logs.glob("*.log")):
            lines = log.read_text("utf-8", "replace").splitlines()
            troubles = [line for line in lines[:-15] if " level=error " in line or "=page_gave_way " in line]
            words += [f"--- {log.name}", *troubles[-15:], *lines[-15:]]
        return "\n".join(words)

    def _workers(self, queue: str) -> list[int]:
        """Return the processes that serve a queue."""
        return [each.pid for each in self.processes("worker", "--queue", queue)]


def second_of_everything(environment: Mapping[str, str]) -> list[Process]:
    """Return another process of each kind a portal has, the web server last, on a port of its own."""
    others = [each for each in processes_of_portal(environment) if each.name != "web"]
    url = f"http://127.0.0.1:{port_near(int(port_of(environment['TANDEM_BASE_URL'])) + 1)}"
    web = Process("web-2", command("serve", "--port", port_of(url)), environment, answers(f"{url}/healthz"))
    return [*(replace(each, name=f"{each.name}-2") for each in others), web]
