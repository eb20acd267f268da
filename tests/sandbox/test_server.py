"""The server: a real one, on a port of its own, gone when it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from urllib3 import connection_from_url

from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.state import State
from tests.sandbox.conftest import Zoho


def test_two_sandboxes_know_nothing_of_each_other(start: Callable[..., SandboxServer]) -> None:
    first, second = Zoho(start().url), Zoho(start().url)
    first.create("Acme")
    assert second.contacts() == []
    second.session.headers.update(first.session.headers)
    assert second.refusal("GET", "/contacts")[0] == 401


def test_keeps_connections_alive(zoho: Zoho) -> None:
    with connection_from_url(zoho.url) as pool:
        statuses = [pool.request("GET", "/books/v3/contacts").status for _ in range(3)]
        assert (statuses, pool.num_connections) == ([401] * 3, 1)


def test_serves_many_at_once(start: Callable[..., SandboxServer]) -> None:
    url = start(concurrency=0).url
    clients = [Zoho(url) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: pair[1].create(f"Contact {pair[0]}"), enumerate(clients)))
    assert len({row["contact_id"] for row in clients[0].contacts()}) == 8


def test_is_gone_when_stopped_even_for_connections_kept_alive(start: Callable[..., SandboxServer]) -> None:
    server = start()
    zoho = Zoho(server.url)
    zoho.contacts()
    server.stop()
    with pytest.raises(requests.ConnectionError):
        zoho.contacts()


def test_a_taken_port_is_an_error_that_names_it(start: Callable[..., SandboxServer]) -> None:
    port = int(start().url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match=str(port)):
        SandboxServer(State(Sample(customers=0)), port=port)


def test_works_as_a_context_manager() -> None:
    with SandboxServer(State(Sample(customers=0))) as server:
        assert requests.get(f"{server.url}/_sandbox/log", timeout=10).json() == []
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/_sandbox/log", timeout=10)
