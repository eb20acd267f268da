"""Stands before the app: notes every call in the log, and makes the faults that were asked for happen."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from sandbox.control import CONTROL
from sandbox.errors import ZohoError
from sandbox.faults import Fault
from sandbox.hand_edits import carry_out
from sandbox.state import State

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CUT = 0
AT_ONCE = struct.pack("ii", 1, 0)
"""A socket that lingers for no time is reset when it is closed."""


class Trouble:
    """A WSGI app around the sandbox's own; the control side passes untouched."""

    def __init__(self, app: WSGIApplication, state: State) -> None:
        self._app = app
        self._state = state

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        if request.path == "/" or request.path.startswith(CONTROL):
            return self._app(environ, start_response)
        query = request.query_string.decode("latin-1")
        fault = self._state.faults.take(request.method, request.path, query)
        response = self._answer(request, fault)
        status = CUT if fault and fault.ends_connection else response.status_code
        self._state.calls.note(request.method, request.path, query, status)
        if fault is None:
            return response(environ, start_response)
        self._go_on(fault)
        time.sleep(fault.delay_ms / 1000)
        return _spoiled(response, fault, environ, start_response)

    def _answer(self, request: Request, fault: Fault | None) -> Response:
        if fault is None:
            return Response.from_app(self._app, request.environ, buffered=True)
        if fault.edit:
            # What Zoho's rules refuse here was done before, by an earlier hit of the same fault.
            with suppress(ZohoError):
                carry_out(self._state, fault.edit)
        spoils = fault.replaces_answer or fault.prevents_answer
        response = Response()
        if fault.after_effect or not spoils:
            response = Response.from_app(self._app, request.environ, buffered=True)
        else:
            request.get_data()
        if fault.replaces_answer:
            status, content_type, body = fault.answer
            response = Response(body, status, content_type=content_type)
        response.headers.update(fault.headers)
        return response

    def _go_on(self, fault: Fault) -> None:
        """Do what is felt by the calls to come, before there are any."""
        if fault.revoke:
            with self._state.lock:
                self._state.tokens.revoke_all()
        if fault.refuse_ms:
            outage = self._state.outage
            outage.begin()
            seconds = fault.refuse_ms / 1000
            Thread(target=outage.wait, args=(seconds,), name="outage", daemon=True).start()


def _spoiled(
    response: Response, fault: Fault, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    connection: socket.socket = environ["werkzeug.socket"]
    if fault.cut == "before":
        connection.shutdown(socket.SHUT_RDWR)
    elif fault.cut == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        connection.shutdown(socket.SHUT_RD)
        raise ConnectionResetError
    elif fault.short:
        response.set_data(_without_rows(response.get_data(), fault.short))
    elif fault.cut == "json":
        response.set_data(_half(response.get_data()))
    body = response.get_data()
    if fault.cut == "middle" or fault.drip_ms:
        start_response(response.status, [*response.headers.to_wsgi_list()])
        return _dripped(body, fault.drip_ms / 1000) if fault.drip_ms else _cut(body, connection)
    return response(environ, start_response)


def _cut(body: bytes, connection: socket.socket) -> Iterator[bytes]:
    yield _half(body)
    connection.shutdown(socket.SHUT_RDWR)


def _dripped(body: bytes, seconds: float) -> Iterator[bytes]:
    for each in body:
        yield bytes([each])
        time.sleep(seconds)


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _without_rows(body: bytes, number: int) -> bytes:
    """Leave out the last rows of a list, whose page_context goes on as if they were there."""
    answer = json.loads(body)
    for rows in (value for value in answer.values() if isinstance(value, list)):
        del rows[-number:]
    return json.dumps(answer, ensure_ascii=False).encode()
