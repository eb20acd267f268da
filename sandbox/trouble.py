"""Stands before the app: notes every call in the log, and makes the faults that were asked for happen."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from sandbox.control import CONTROL
from sandbox.faults import Fault
from sandbox.state import State

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CUT = 0


class Trouble:
    """A WSGI app around the sandbox's own; the control side passes untouched."""

    def __init__(self, app: WSGIApplication, state: State) -> None:
        self._app = app
        self._state = state

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        if request.path == "/" or request.path.startswith(CONTROL):
            return self._app(environ, start_response)
        fault = self._state.faults.take(request.method, request.path)
        response = self._answer(request, fault)
        status = CUT if fault and fault.cut else response.status_code
        self._state.calls.note(request.method, request.path, request.query_string.decode("latin-1"), status)
        if fault and fault.cut:
            return _cut(response, fault, environ, start_response)
        return response(environ, start_response)

    def _answer(self, request: Request, fault: Fault | None) -> Response:
        if fault is None:
            return Response.from_app(self._app, request.environ, buffered=True)
        spoils = fault.replaces_answer or fault.cut == "before"
        response = Response()
        if fault.after_effect or not spoils:
            response = Response.from_app(self._app, request.environ, buffered=True)
        else:
            request.get_data()
        time.sleep(fault.delay_ms / 1000)
        if fault.replaces_answer:
            status, content_type, body = fault.answer
            response = Response(body, status, content_type=content_type)
        response.headers.update(fault.headers)
        return response


def _cut(
    response: Response, fault: Fault, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    connection: socket.socket = environ["werkzeug.socket"]
    if fault.cut == "before":
        connection.shutdown(socket.SHUT_RDWR)
        return Response()(environ, start_response)
    body = response.get_data()
    start_response(response.status, [*response.headers.to_wsgi_list()])
    return _half(body, connection)


def _half(body: bytes, connection: socket.socket) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    connection.shutdown(socket.SHUT_RDWR)
