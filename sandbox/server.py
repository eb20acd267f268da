"""Serves the sandbox over real HTTP, in a thread or in the foreground."""

from __future__ import annotations

from threading import Thread
from types import TracebackType

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.app import create_app
from sandbox.state import State


class _Connection(WSGIRequestHandler):
    """Keeps connections alive and writes no line for each call: the log is at /_sandbox/log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:
        """Write nothing; a connection that was cut on purpose is no news."""


class SandboxServer:
    """A sandbox on a port of its own; port 0 takes a free one. Use it as a context manager."""

    def __init__(self, state: State | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.state = state or State()
        self._host = host
        self._server: BaseWSGIServer = make_server(
            host, port, create_app(self.state), threaded=True, request_handler=_Connection
        )
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """Return the address of the sandbox, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._server.server_port}"

    def start(self) -> SandboxServer:
        """Serve in a thread."""
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox", daemon=True)
        self._thread.start()
        return self

    def run(self) -> None:
        """Serve in the foreground until interrupted."""
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()

    def stop(self) -> None:
        """Stop serving and give the port back."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> SandboxServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
