"""No call leaves for a host that is not the provider's, however its address is written or answered."""

from __future__ import annotations

import random
import socket
import ssl
from urllib.parse import urlsplit

import pytest

from plugins.books.hooks import tandem_provider as books
from plugins.zoho.regions import REGIONS
from tests.outside.certificate import own_certificate
from tests.outside.peer import answer, peer
from webapp.outside.wire import Caps, Request, Wire
from webapp.providers import Registry
from webapp.sdk import Fatal, Unavailable

ALLOWED = "https://api.ledger.eu"
PARTS = (
    [
        "https://",
        "https://",
        "https://",
        "https:",
        "https:/",
        "https:///",
        "HTTPS://",
        "hTtPs://",
        "http://",
        "//",
        "ftp://",
        "wss://",
    ],
    [
        "",
        "",
        "",
        *["me@", "me:pw@", "api.ledger.eu@", "api.ledger.eu:443@", "api.ledger.eu\\@", "%61pi.ledger.eu@"],
    ],
    [
        "api.ledger.eu",
        "api.ledger.eu",
        "api.ledger.eu",
        "api.ledger.eu",
        "api.ledger.eu",
        "api.ledger.eu",
        "API.LEDGER.EU",
        "api.ledger.eu.",
        "api.ledger.eu..",
        "api%2eledger.eu",
        "api。ledger.eu",
        "api．ledger.eu",
        "аpi.ledger.eu",
        "xn--pi-6kc.ledger.eu",
        "api.ledger.eu.evil.example",
        "evil.example",
        "api.ledger.eu%00.evil.example",
        "127.0.0.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::1%25lo]",
        "localhost",
        "169.254.169.254",
        "api.ledger.eu\t.evil.example",
        "api.ledger.eu\r\nHost:evil.example",
    ],
    ["", "", "", "", *[":443", ":0443", ":80", ":8443", ":", ":0", ":99999", ":443@evil.example", ":-1"]],
    [
        "/x",
        "/x",
        "/x",
        "/",
        "?@evil.example/",
        "#@evil.example/",
        "/../../evil",
        "//evil.example/x",
        "/\\evil.example",
        "/x@evil.example",
        "\\@evil.example/x",
        ";@evil.example/",
        "/%0d%0aHost:%20evil.example",
        "/x\r\nHost:evil.example",
        "/ü",
    ],
)
"""What the addresses of requests are put together from: scheme, user, host, port and path."""


@pytest.fixture
def asked_for(monkeypatch):
    """The places that were looked up; none of them is found."""
    places = []

    def unknown(host, port, *args, **kwargs):
        places.append((host, port))
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    return places


def addresses(seed, number):
    """Put addresses together by chance."""
    chance = random.Random(seed)
    for _ in range(number):
        yield "".join(chance.choice(part) for part in PARTS)


def test_of_forty_thousand_addresses_only_the_providers_host_is_ever_looked_up(asked_for):
    wire = Wire(frozenset([ALLOWED]), caps=Caps(connect=0.2, total=0.2))
    passed = 0
    for url in addresses(seed=7, number=40_000):
        request = Request(method="GET", url=url)
        try:
            wire.check(request)
        except Fatal:
            continue
        passed += 1
        with pytest.raises((Unavailable, Fatal)):
            wire.exchange(request)
    assert passed > 100
    assert set(asked_for) == {("api.ledger.eu", 443)}


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Again", "308 Always"])
@pytest.mark.parametrize(
    "where", ["{other}/x", "//{netloc}/x", "/elsewhere", "http://169.254.169.254/latest"]
)
def test_no_redirect_is_followed_wherever_it_leads(status, where):
    with peer(answer()) as other:
        location = where.format(other=other.origin, netloc=urlsplit(other.origin).netloc)
        moved = answer(status=status, headers=f"Location: {location}\r\n")
        with peer(moved) as first:
            wire = Wire(frozenset([first.origin, other.origin]), caps=Caps(connect=1, total=1))
            got = wire.exchange(Request(method="GET", url=f"{first.origin}/x"))
        assert got.status == int(status[:3])
        assert len(first.requests) == 1
        assert other.requests == []


def test_a_name_that_leads_to_this_machine_gets_no_secret(monkeypatch, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path))
    own = socket.getaddrinfo
    with peer(answer(), tls=context) as rebound:
        port = rebound.port
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, at, *more: own("127.0.0.1", port, *more))
        wire = Wire(frozenset([ALLOWED]), caps=Caps(connect=1, total=1))
        with pytest.raises(Unavailable, match="did not prove who it is"):
            wire.exchange(Request(method="POST", url=f"{ALLOWED}/x", headers={"Authorization": "secret"}))
    assert rebound.requests == []


def test_every_host_of_a_provider_is_fixed_and_encrypted():
    registry = Registry([books()])
    for region in REGIONS:
        for origin in registry.allowed_origins(registry.get("books"), region.key):
            parts = urlsplit(origin)
            assert parts.scheme == "https"
            assert parts.netloc == parts.hostname, "neither a port nor a user"
            assert parts.hostname.replace(".", "").replace("-", "").isalnum()
