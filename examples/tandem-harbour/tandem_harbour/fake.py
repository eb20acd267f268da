"""A small Harbour over HTTP, for tests and for trying the plugin: ``python -m tandem_harbour.fake``."""

from __future__ import annotations

import argparse
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from webapp.sdk import Region

from tandem_harbour.books import Books, Refused

ORGANIZATION = {"id": "1", "name": "Practice", "currency": "EUR"}

BOOKS: dict[tuple[str, str], Callable[..., Any]] = {
    ("GET", r"/feed/head"): lambda books, call: books.head(),
    ("GET", r"/feed"): lambda books, call: books.feed(int(call.query["after"])),
    ("GET", r"/customers"): lambda books, call: books.customers(call.query.get("after", "")),
    ("POST", r"/customers"): lambda books, call: books.add(call.body),
    ("GET", r"/customers/(\w+)"): lambda books, call, row: books.customer(row),
    ("PUT", r"/customers/(\w+)"): lambda books, call, row: books.replace(row, call.body, call.if_match),
    ("DELETE", r"/customers/(\w+)"): lambda books, call, row: books.remove(row, call.if_match),
}


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody asks for."""

    method: str
    path: str
    query: Mapping[str, str]
    token: str
    if_match: str
    body: Mapping[str, Any]


class Fake:
    """A context manager that listens on a port of its own; ``faults`` are answers the next calls get."""

    def __init__(self, port: int = 0, page_size: int = 3) -> None:
        self.books = Books(page_size)
        self.faults: list[tuple[int, Mapping[str, str], bytes]] = []
        self._tokens: set[str] = set()
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Connection, self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Fake:
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def region(self) -> Region:
        """Where it listens, as a region."""
        endpoints = dict.fromkeys(("api", "accounts", "web"), self.url)
        return Region(key="fake", label="Fake", endpoints=endpoints)

    def new_token(self, kind: str = "access") -> str:
        """Let somebody in."""
        token = f"{kind}-{secrets.token_hex(8)}"
        self._tokens.add(token)
        return token

    def expire(self) -> None:
        """Let no access token in any more."""
        self._tokens = {token for token in self._tokens if token.startswith("refresh")}

    def answer(self, call: Call) -> Any:
        """Answer a call of the API, or raise ``Refused``."""
        with self._lock:
            if call.path == "/oauth/token":
                return self._token(call.body)
            if call.path == "/oauth/revoke":
                self._tokens.clear()
                return {}
            if call.token not in self._tokens:
                raise Refused(401, "token_unknown", "The token is not known.")
            if call.path == "/v2":
                return {"organizations": [ORGANIZATION]}
            for (wanted, pattern), reply in BOOKS.items():
                found = re.fullmatch(f"/v2/{ORGANIZATION['id']}{pattern}", call.path)
                if found and wanted == call.method:
                    return reply(self.books, call, *found.groups())
            raise Refused(404, "no_such_path", "There is nothing here.")

    def _token(self, form: Mapping[str, Any]) -> Mapping[str, str]:
        if form["grant_type"] == "refresh_token" and form["refresh_token"] not in self._tokens:
            raise Refused(400, "token_unknown", "The refresh token is not known.")
        if form["grant_type"] == "refresh_token":
            return {"access_token": self.new_token()}
        return {"access_token": self.new_token(), "refresh_token": self.new_token("refresh")}


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(self, fake: Fake, *args: Any) -> None:
        self._fake = fake
        super().__init__(*args)

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self._fake.faults:
            self._send(*self._fake.faults.pop(0))
        elif parts.path == "/oauth/authorize":
            self._send(200, {"Content-Type": "text/html; charset=utf-8"}, _consent(query).encode())
        else:
            self._answer(parts.path, query, raw)

    def _answer(self, path: str, query: Mapping[str, str], raw: bytes) -> None:
        json_sent = "json" in self.headers.get("Content-Type", "")
        body = json.loads(raw) if json_sent else dict(parse_qsl(raw.decode()))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if_match = self.headers.get("If-Match", "")
        try:
            status, told = 200, self._fake.answer(Call(self.command, path, query, token, if_match, body))
        except Refused as refused:
            error = {"code": refused.code, "message": str(refused), "field": refused.field}
            status, told = refused.status, {"error": error}
        self._send(status, {"Content-Type": "application/json"}, json.dumps(told).encode())

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _consent(query: Mapping[str, str]) -> str:
    back = query.get("redirect_uri", "")
    links = (
        f'<a href="{escape(back)}?{escape(urlencode({**said, "state": query.get("state", "")}))}">{word}</a>'
        for word, said in (("Agree", {"code": "1"}), ("Refuse", {"error": "access_denied"}))
    )
    return f"<!doctype html><title>Harbour</title><p>Let Tandem in? {' or '.join(links)}</p>"


def main() -> None:
    """Listen until stopped, with some customers to begin with."""
    parser = argparse.ArgumentParser(description="A small Harbour to practise with.")
    parser.add_argument("--port", type=int, default=9000)
    with Fake(parser.parse_args().port, page_size=100) as fake:
        for name, person in (("Nordwind KG", "Ida"), ("Rivage SARL", ""), ("Nordwind KG", "Anna")):
            email = f"{person.lower()}@harbour.example" if person else ""
            fake.books.add({"name": name, "contact_given_name": person, "email": email})
        print(f"Harbour listens at {fake.url}; a refresh token: {fake.new_token('refresh')}", flush=True)
        try:
            Event().wait()
        except KeyboardInterrupt:
            print("Stopped.")


if __name__ == "__main__":
    main()
