"""The control side of a sandbox, as tests use it: its data, its log of calls, its faults."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import requests

CONTROL_TIMEOUT = 30


class Practice:
    """A sandbox that runs somewhere, asked over HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def reset(self, **sample: Any) -> None:
        """Start over with sample data, without faults and with an empty log; tokens live on."""
        self._send("POST", "reset", sample)
        self._send("DELETE", "faults")
        self._send("POST", "log/clear")

    def token(self) -> dict[str, str]:
        """Make a client with a refresh token for the main organization."""
        return self._send("POST", "token", {})

    def revoke_all(self) -> None:
        """End every authorisation."""
        self._send("POST", "revoke-all")

    def edit(self, action: str, **order: Any) -> dict[str, Any]:
        """Change something as a person at Zoho would; return the contact it was about, or None."""
        return self._send("POST", "edit", {"action": action, **order})["contact"]

    def create(self, name: str, *people: dict[str, str], **fields: Any) -> str:
        """Make a customer with its people; return its id."""
        fields |= {"contact_name": name, "contact_type": "customer", "contact_persons": list(people)}
        return str(self.edit("create_contact", fields=fields)["contact_id"])

    def fault(self, **fault: Any) -> None:
        """Let calls go wrong."""
        self._send("POST", "faults", fault)

    def faults(self) -> list[dict[str, Any]]:
        """List the faults that did not hit yet."""
        return self._send("GET", "faults")

    def settings(self, **settings: Any) -> None:
        """Change how the sandbox behaves."""
        self._send("POST", "settings", settings)

    def calls(self) -> list[str]:
        """List the calls since the reset, as method and path with query."""
        return [f"{each['method']} {each['path']}?{each['query']}" for each in self.log()]

    def log(self) -> list[dict[str, Any]]:
        """Tell of the calls since the reset all there is to tell."""
        return list(self._send("GET", "log"))

    def writes(self) -> list[str]:
        """List the calls since the reset that change customers or people."""
        return [call for call in self.calls() if not call.startswith("GET ") and "/oauth/" not in call]

    def clear_log(self) -> None:
        """Forget the calls so far."""
        self._send("POST", "log/clear")

    def customers(self) -> dict[str, dict[str, Any]]:
        """Return the customers of the main organization as they are there, by id, vendors left out."""
        contacts = self._send("GET", "state")["organizations"][0]["contacts"]
        return {each["id"]: each for each in contacts if each["contact_type"] == "customer"}

    def website(self, name: str) -> str:
        """Return the website of a customer, found by a part of its name."""
        found = self._send("GET", f"state?search={quote(name)}")["organizations"][0]["contacts"]
        return str(found[0]["website"])

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(
            method, f"{self.url}/_sandbox/{path}", json=body, timeout=CONTROL_TIMEOUT
        )
        assert answer.ok, f"{method} {path}: {answer.text}"
        return answer.json()
