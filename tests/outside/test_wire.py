"""One exchange is bounded in every way, and reaches only the hosts it may."""

import gzip
import random
import socket
import ssl
import struct
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outside.certificate import own_certificate
from tests.outside.peer import Behaviour, answer, peer, trickle
from webapp.outside.wire import Caps, Request, Wire, read_json
from webapp.sdk import Answer, Fatal, Unavailable

CAPS = Caps(connect=0.3, total=0.3, body=100_000)


def exchange(behaviour: Behaviour, *, method: str = "GET", path: str = "/x", **parts: object) -> Answer:
    """Make one exchange with a peer of this behaviour."""
    with peer(behaviour) as other:
        request = Request(method=method, url=f"{other.origin}{path}", **parts)
        wire = Wire(frozenset([other.origin]), caps=CAPS)
        wire.check(request)
        return wire.exchange(request)


def refuse(*arguments: object) -> Unavailable:
    """Expect that an exchange gives no answer, and return why."""
    with pytest.raises(Unavailable) as caught:
        exchange(*arguments)
    return caught.value


def reset(client: socket.socket) -> None:
    """Cut the connection hard."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def stall(client: socket.socket) -> None:
    """Say nothing until the client leaves."""
    client.recv(1)


def test_returns_status_headers_in_lower_case_and_body():
    got = exchange(answer(b'{"code": 0}', status="201 Created", headers="X-Rate-Limit-Limit: 1000\r\n"))
    assert (got.status, got.headers["x-rate-limit-limit"], got.json()) == (201, "1000", {"code": 0})


def test_sends_parameters_headers_and_a_json_body():
    with peer(answer()) as other:
        wire = Wire(frozenset([other.origin]), caps=CAPS)
        url = f"{other.origin}/contacts"
        wire.exchange(
            Request(method="POST", url=url, params={"a": "é+"}, headers={"Authorization": "t"}, json={"n": 1})
        )
    (sent,) = other.requests
    assert sent.startswith(b"POST /contacts?a=%C3%A9%2B HTTP/1.1")
    assert b"Authorization: t\r\n" in sent and sent.endswith(b'{"n": 1}')


def test_sends_a_form():
    with peer(answer()) as other:
        wire = Wire(frozenset([other.origin]), caps=CAPS)
        wire.exchange(Request(method="POST", url=f"{other.origin}/token", form={"grant": "a b"}))
    assert other.requests[0].endswith(b"grant=a+b")


def test_gives_no_answer_when_nobody_listens_and_knows_that_nothing_happened():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        Wire(frozenset([origin]), caps=CAPS).exchange(Request(method="POST", url=f"{origin}/x"))
    assert not caught.value.effect_unknown


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("behaviour", [reset, stall])
def test_an_unanswered_write_may_have_happened(method, behaviour):
    with pytest.raises(Unavailable) as caught:
        exchange(behaviour, method=method)
    assert caught.value.effect_unknown


@pytest.mark.parametrize("behaviour", [reset, stall])
def test_an_unanswered_read_changed_nothing(behaviour):
    assert not refuse(behaviour).effect_unknown


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + b"x" * 10_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 10_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000,
    ],
    ids=["headers", "body", "chunks", "until close"],
)
def test_cuts_an_answer_that_trickles(data):
    stopped, started = threading.Event(), time.monotonic()
    try:
        fault = refuse(trickle(data, stopped))
    finally:
        stopped.set()
    assert "did not answer in time" in str(fault)
    assert time.monotonic() - started < 3 * CAPS.total


def test_cuts_an_endless_row_of_interim_answers():
    def interim(client: socket.socket) -> None:
        while True:
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    started = time.monotonic()
    refuse(interim)
    assert time.monotonic() - started < 3 * CAPS.total


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(b"x" * (CAPS.body + 1)),
        answer(gzip.compress(b"x" * 50_000_000), headers="Content-Encoding: gzip\r\n"),
    ],
    ids=["plain", "packed"],
)
def test_refuses_a_body_that_is_too_large(behaviour):
    assert "answered with more than" in str(refuse(behaviour))


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"",
    ],
    ids=["cut body", "cut chunk", "no gzip", "no http", "nothing"],
)
def test_an_answer_that_is_cut_or_broken_is_none(data):
    def send(client: socket.socket) -> None:
        client.sendall(data)
        client.close()

    assert "cut its answer short" in str(refuse(send))


def test_reads_or_refuses_whatever_bytes_come():
    pieces = [b"HTTP/1.1 ", b"200", b"100", b"Content-Length: ", b"-1", b"5", b"Transfer-Encoding: chunked"]
    pieces += [
        b"\r\n",
        b"\r\n\r\n",
        b"zz",
        b"\xff",
        b"\0",
        b"Content-Encoding: gzip",
        b"99999999999999999999",
    ]
    chance, coming = random.Random(7), [b""]

    def send(client: socket.socket) -> None:
        client.sendall(coming[0])
        client.close()

    with peer(send) as other:
        wire = Wire(frozenset([other.origin]), caps=CAPS)
        for _ in range(200):
            coming[0] = b"HTTP/1.1 200 OK\r\n" + b"".join(chance.choices(pieces, k=8))
            with suppress(Unavailable):
                assert wire.exchange(Request(method="GET", url=f"{other.origin}/x")).status


def test_trusts_no_certificate_but_known_ones_and_sends_nothing_before(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path))
    with peer(answer(), tls=context) as other:
        origin = other.origin.replace("http:", "https:").replace("127.0.0.1", "localhost")
        with pytest.raises(Unavailable, match="certificate was refused") as caught:
            Wire(frozenset([origin]), caps=CAPS).exchange(Request(method="POST", url=f"{origin}/x"))
    assert not caught.value.effect_unknown
    assert other.requests == []


def test_a_header_that_cannot_be_sent_is_the_plugins_fault():
    wire = Wire(frozenset(["http://127.0.0.1:1"]), caps=CAPS)
    with pytest.raises(requests.exceptions.InvalidHeader):
        wire.exchange(Request(method="GET", url="http://127.0.0.1:1/x", headers={"X": "a\r\nb"}))


def test_never_follows_a_redirect():
    with peer(answer()) as target:
        got = exchange(answer(status="302 Found", headers=f"Location: {target.origin}/stolen\r\n"))
    assert (got.status, target.requests) == (302, [])


def test_never_repeats_a_call():
    with peer(reset) as other:
        wire = Wire(frozenset([other.origin]), caps=CAPS)
        for method in ("GET", "POST"):
            with pytest.raises(Unavailable):
                wire.exchange(Request(method=method, url=f"{other.origin}/x"))
    assert len(other.requests) == 2


def test_keeps_a_connection_open_for_the_next_call():
    with peer(answer()) as other:
        wire = Wire(frozenset([other.origin]), caps=CAPS)
        for _ in range(3):
            wire.exchange(Request(method="GET", url=f"{other.origin}/x"))
    assert (len(other.requests), other.connections) == (3, 1)


def test_keeps_no_cookie():
    with peer(answer(headers="Set-Cookie: session=1\r\n")) as other:
        wire = Wire(frozenset([other.origin]), caps=CAPS)
        for _ in range(2):
            wire.exchange(Request(method="GET", url=f"{other.origin}/x"))
    assert b"cookie" not in other.requests[1].lower()


def test_heeds_neither_proxies_nor_netrc_of_the_environment(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with peer(answer(status="502 Proxy")) as proxy, peer(answer()) as other:
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        monkeypatch.setenv("http_proxy", proxy.origin)
        wire = Wire(frozenset([other.origin]), caps=CAPS)
        headers = {"Authorization": "Token mine"}
        assert wire.exchange(Request(method="GET", url=f"{other.origin}/x", headers=headers)).status == 200
    assert proxy.requests == []
    assert b"Authorization: Token mine" in other.requests[0]


def test_an_error_quotes_neither_parameters_nor_headers():
    fault = refuse_with_secrets()
    told = "".join([str(fault), repr(fault), repr(fault.__cause__)])
    assert "secret" not in told
    assert fault.__suppress_context__


def refuse_with_secrets() -> Unavailable:
    """Fail a call that carries secrets wherever a call can."""
    with pytest.raises(Unavailable) as caught:
        exchange(reset, method="POST", params={"token": "secret"}, form={"client_secret": "secret"})
    return caught.value


@pytest.mark.parametrize("method", ["get", "CONNECT", "TRACE", "", "GET / HTTP/1.1\r\nX:"])
def test_refuses_other_methods(method):
    with pytest.raises(Fatal):
        Wire(frozenset(["https://api.ledger.eu"])).check(
            Request(method=method, url="https://api.ledger.eu/x")
        )


ALLOWED = "https://api.ledger.eu"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.ledger.eu/x",
        "https://api.ledger.eu:8443/x",
        "https://api.ledger.eu.evil.example/x",
        "https://api.ledger.eu@evil.example/x",
        "https://evil.example/https://api.ledger.eu/x",
        "https://evil.example\\@api.ledger.eu/x",
        "https://api.ledger.eu\\@evil.example/x",
        "https://api.ledger.eu:443@evil.example/",
        "https://api.ledger.eu?@evil.example/",
        "https://api.ledger.eu#@evil.example/",
        " https://api.ledger.eu/x",
        "https://api.ledger.eu\t.evil.example/x",
        "//api.ledger.eu/x",
        "https:api.ledger.eu/x",
        "https://api。ledger.eu/x",
        "https://127.0.0.1/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_refuses_a_foreign_host(url):
    with pytest.raises(Fatal, match="not one of its provider's"):
        Wire(frozenset([ALLOWED])).check(Request(method="GET", url=url))


@given(
    before=st.sampled_from(["", " ", "\t", "\n", "//", "user@", "https://evil.example/"]),
    host=st.sampled_from([ALLOWED, "https://API.ledger.eu", "http://api.ledger.eu", "https://evil.example"]),
    after=st.text(alphabet="/\\@:?#.%\t\n\r evil2fé。", max_size=12),
)
@settings(max_examples=400, deadline=None)
def test_whatever_passes_the_check_goes_to_an_allowed_host(before, host, after):
    url = before + host + after
    try:
        Wire(frozenset([ALLOWED])).check(Request(method="GET", url=url))
    except Fatal:
        return
    prepared = urlsplit(requests.Request("GET", url).prepare().url)
    assert (prepared.scheme, prepared.netloc) == ("https", "api.ledger.eu")


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff\xfe", b"[" * 200_000, b"NaN", b"1" * 10_000])
def test_anything_that_is_no_json_is_a_value_error(body):
    with pytest.raises(ValueError, match=r".+"):
        read_json(body)


def test_reads_json_that_no_database_could_hold_with_replacements():
    body = rb'{"n\u0000": ["a\u0000b", "\ud800", "\\u0000", "\ud83d\ude00", 1, null]}'
    assert read_json(body) == {"n\ufffd": ["a\ufffdb", "\ufffd", "\\u0000", "😀", 1, None]}
