"""A sandbox on a free port and a client that checks each exchange against Zoho's OpenAPI files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.settings import Settings
from sandbox.state import State
from tests.sandbox.openapi import differences

TIMEOUT = 10


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.time = 1_795_000_000.0

    def __call__(self) -> float:
        return self.time


class Zoho:
    """Calls a sandbox: the API with a token, and the control side."""

    def __init__(self, url: str, product: str = "books", **token: Any) -> None:
        self.url = url
        self.product = product
        self.session = requests.Session()
        self.token = self.control("POST", "token", json=token).json()
        self.session.headers["Authorization"] = f"Zoho-oauthtoken {self.token['access_token']}"
        self.organization_id = self.token["organization_id"]

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Call the API for the organization of the token; params=None leaves the organization out."""
        params = kwargs.pop("params", {})
        if params is not None:
            params = {"organization_id": self.organization_id, **params}
        url = f"{self.url}/{self.product}/v3{path}"
        response = self.session.request(method, url, params=params, timeout=TIMEOUT, **kwargs)
        assert not (wrong := differences(response)), "\n".join(wrong)
        return response

    def get(self, path: str, **params: Any) -> Any:
        """Return the body of a successful GET."""
        response = self.call("GET", path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    def contacts(self, **params: Any) -> list[Any]:
        """Return one page of contacts."""
        found: list[Any] = self.get("/contacts", **params)["contacts"]
        return found

    def create(self, name: str, **fields: Any) -> Any:
        """Create a contact and return it."""
        response = self.call("POST", "/contacts", json={"contact_name": name, **fields})
        assert response.status_code == 201, response.text
        return response.json()["contact"]

    def refusal(self, method: str, path: str, **kwargs: Any) -> tuple[int, int, str]:
        """Return status, code and message of a call that is refused."""
        response = self.call(method, path, **kwargs)
        body = response.json()
        return response.status_code, body["code"], body["message"]

    def control(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Call the control side."""
        return requests.request(method, f"{self.url}/_sandbox/{path}", timeout=TIMEOUT, **kwargs)

    def settings(self, **values: Any) -> None:
        """Change settings of the sandbox."""
        assert self.control("POST", "settings", json=values).status_code == 200

    def edit(self, action: str, **order: Any) -> Any:
        """Edit as someone at Zoho would; return the contact afterwards."""
        response = self.control("POST", "edit", json={"action": action, **order})
        assert response.status_code == 200, response.text
        return response.json()["contact"]

    def fault(self, **values: Any) -> None:
        """Prepare a fault."""
        assert self.control("POST", "faults", json=values).status_code == 200

    def log(self) -> list[Any]:
        """Return the log of calls."""
        found: list[Any] = self.control("GET", "log").json()
        return found


@pytest.fixture
def clock() -> Clock:
    """Return the sandbox's clock."""
    return Clock()


@pytest.fixture
def start(clock: Clock) -> Iterator[Callable[..., SandboxServer]]:
    """Return a function that starts a sandbox; all are stopped in the end."""
    servers: list[SandboxServer] = []

    def begin(customers: int = 0, seed: int = 1, persons: float = 2.5, **settings: Any) -> SandboxServer:
        state = State(Sample(seed, customers, persons), Settings().changed(settings), clock)
        servers.append(SandboxServer(state).start())
        return servers[-1]

    yield begin
    for server in servers:
        server.stop()


@pytest.fixture
def zoho(start: Callable[..., SandboxServer]) -> Zoho:
    """Return a client of Books in a sandbox without customers."""
    return Zoho(start().url)


@pytest.fixture
def sampled(start: Callable[..., SandboxServer]) -> Zoho:
    """Return a client of Books in a sandbox with 120 customers."""
    return Zoho(start(customers=120).url)
