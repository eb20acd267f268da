"""One bounded HTTP exchange with one of the allowed hosts: no redirect, no repeat, no cookie, no proxy."""

from __future__ import annotations

import http.client
import io
import json
import logging
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError, SSLError

from webapp.sdk import Answer, Fatal, Unavailable

# urllib3 logs addresses with their parameters.
logging.getLogger("urllib3").setLevel(logging.ERROR)

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CHUNK = 64 * 1024
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_UNSTORABLE_ESCAPES = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What one exchange may take at most: seconds to connect, seconds in all, bytes of the answer's body."""

    connect: float = 5
    total: float = 10
    body: int = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call as it is observed: neither its parameters nor anything that was sent or answered.

    ``status`` is ``None`` when no answer came; ``date`` is what its server said of the time, or blank.
    """

    method: str
    host: str
    path: str
    status: int | None
    ms: int
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a plugin asks to be sent."""

    method: str
    url: str
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    json: object = None
    form: Mapping[str, str] | None = None

    @property
    def writes(self) -> bool:
        """Tell whether carrying it out may change something."""
        return self.method != "GET"


class Wire:
    """Sends requests to the origins it was given (``https://host``, ``https://host:port``), and no others."""

    def __init__(self, origins: frozenset[str], *, caps: Caps | None = None) -> None:
        self._origins = origins
        self._caps = caps or Caps()
        self._session = requests.Session()
        # Proxies, .netrc and certificates named in the environment could each send a secret elsewhere.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.headers["User-Agent"] = "Tandem"
        self._session.mount("https://", _DeadlineAdapter())
        self._session.mount("http://", _DeadlineAdapter())

    def check(self, request: Request) -> None:
        """Raise ``Fatal`` for a method or address that is not allowed."""
        if request.method not in METHODS:
            raise Fatal(f"{request.method[:20]!r} is not one of {', '.join(METHODS)}.")
        # A prefix up to the slash that ends the host is read alike by every parser of addresses.
        if not any(request.url.startswith(f"{origin}/") for origin in self._origins):
            raise Fatal(
                "The plugin asked for a host that is not one of its provider's: the call was not made."
            )

    def exchange(self, request: Request) -> Answer:
        """Send a request that was checked. Raises ``Unavailable`` when no whole answer came in time."""
        host = urlsplit(request.url).netloc
        prepared = self._prepared(request)
        deadline = time.monotonic() + self._caps.total
        # What requests raises quotes the address with its parameters, so it is never chained.
        try:
            with self._send(prepared) as response:
                body = self._body(response, deadline)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(
                    status=response.status_code, headers=headers, body=body, json=lambda: read_json(body)
                )
        except _TooLarge:
            size = self._caps.body // (1024 * 1024)
            raise Unavailable(
                f"{host} answered with more than {size} MB.", effect_unknown=request.writes
            ) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            unsent = _never_sent(error)
            raise Unavailable(_words(host, error), effect_unknown=request.writes and not unsent) from None

    def close(self) -> None:
        """Close the connections kept open."""
        self._session.close()

    def _prepared(self, request: Request) -> requests.PreparedRequest:
        return self._session.prepare_request(
            requests.Request(
                request.method,
                request.url,
                params=request.params,
                headers=request.headers,
                json=request.json,
                data=request.form,
            )
        )

    def _send(self, prepared: requests.PreparedRequest) -> requests.Response:
        return self._session.send(
            prepared,
            allow_redirects=False,
            stream=True,
            timeout=urllib3.Timeout(connect=self._caps.connect, total=self._caps.total),  # type: ignore[arg-type]
        )

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > self._caps.body:
                raise _TooLarge
            if time.monotonic() > deadline:
                raise TimeoutError
        return bytes(body)


def read_json(body: bytes) -> Any:
    """Parse a body; raises ``ValueError`` for anything that is no JSON, however deep or odd.

    NUL and lone surrogates, which no database text can hold, become U+FFFD.
    """
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("The JSON is nested too deeply.") from None
    return _storable(value) if _UNSTORABLE_ESCAPES.search(body) else value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return value


class _TooLarge(Exception):
    """The body passed the cap."""


def _never_sent(error: BaseException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, NewConnectionError) or _certificate_refused(reason)


def _certificate_refused(reason: object) -> bool:
    return isinstance(reason, SSLError) and any(
        isinstance(a, ssl.SSLCertVerificationError) for a in reason.args
    )


def _words(host: str, error: BaseException) -> str:
    if isinstance(error, requests.Timeout | TimeoutError):
        return f"{host} did not answer in time."
    if isinstance(error, requests.exceptions.SSLError):
        return f"{host} did not prove who it is: its certificate was refused."
    if _never_sent(error):
        return f"{host} cannot be reached."
    return f"{host} cut its answer short."


class _DeadlineReader(io.RawIOBase):
    """Reads a socket until a moment in time, however little comes with each read."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    """An answer that is read within what was left of the total time when the request had been sent.

    urllib3 bounds each read, so a peer that sends a byte now and then could hold a worker for ever.
    """

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        left = sock.gettimeout()
        if left is not None:
            self.fp.close()
            self.fp = io.BufferedReader(_DeadlineReader(sock, time.monotonic() + left))


class _Connection(HTTPConnection):
    response_class = _DeadlineResponse


class _SecureConnection(HTTPSConnection):
    response_class = _DeadlineResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _DeadlineAdapter(HTTPAdapter):
    """An adapter whose connections read against a deadline, and which repeats nothing."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
