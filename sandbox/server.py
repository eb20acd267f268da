"""Serves the sandbox over real HTTP, in a thread or in the foreground."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from sandbox.app import create_app
from sandbox.state import State

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

POLL_SECONDS = 0.01


class _Connection(WSGIRequestHandler):
    """Keeps connections alive and writes no line for each call: the log is at /_sandbox/log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:
        """Write nothing; a connection that was cut on purpose is no news."""


class _Listener(ThreadedWSGIServer):
    """Remembers its open connections, so that stopping ends them too."""

    def __init__(self, host: str, port: int, app: WSGIApplication) -> None:
        self._connections: set[Any] = set()
        try:
            super().__init__(host, port, app, handler=_Connection)
        except SystemExit as error:
            raise OSError(f"Cannot listen on {host}, port {port}.") from error

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a new connection in a thread."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End a connection that is done; one that is to be reset gets no orderly end."""
        self._connections.discard(request)
        lingers, _ = struct.unpack("ii", request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
        if lingers:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every open connection."""
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class SandboxServer:
    """A sandbox on a port of its own; port 0 takes a free one. Use it as a context manager.

    Raises OSError when the port is taken.
    """

    def __init__(self, state: State | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.state = state or State()
        self._host = host
        self._app = create_app(self.state)
        self._server = _Listener(host, port, self._app)
        self._listens = Event()
        self._listens.set()
        self._thread: Thread | None = None
        self.state.outage.bind(self._close_port, self._open_port)

    @property
    def url(self) -> str:
        """Return the address of the sandbox, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._server.server_port}"

    def start(self) -> SandboxServer:
        """Serve in a thread."""
        self._thread = Thread(target=self._serve, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def run(self) -> None:
        """Serve in the foreground until interrupted."""
        try:
            self._serve()
        finally:
            self._server.server_close()
            self._server.hang_up()

    def stop(self) -> None:
        """Stop serving, hang up and give the port back."""
        if self._thread is not None:
            self.state.outage.end()
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()
        self._server.hang_up()

    def __enter__(self) -> SandboxServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        """Serve until stopped, with as many listeners as outages make necessary."""
        while True:
            server = self._server
            server.serve_forever(POLL_SECONDS)
            self._listens.wait()
            if server is self._server:
                return

    def _close_port(self) -> None:
        self._listens.clear()
        self._server.shutdown()
        self._server.server_close()

    def _open_port(self) -> None:
        self._server = _Listener(self._host, self._server.server_port, self._app)
        self._listens.set()
