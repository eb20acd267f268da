"""Webhooks: where an organization tells of its changes, signed as Zoho does, from a thread of its own.

At Zoho a rule says which changes are told; here it is every one. Addresses lead to this machine alone: a
practice Zoho calls nobody else.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import Condition, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

SIGNATURE = "X-Zoho-Webhook-Signature"
SECRET = re.compile(r"[A-Za-z0-9]{12,50}")
MOST_AT_ONCE = 20
"""Of one act, such as emptying a list, no more are told."""
KEPT = 30
SECONDS = 10
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where an organization's changes are told, and what they are signed with."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery; a status of 0 says that nobody answered, `words` what came back."""

    organization: str
    time: str
    about: str
    status: int
    words: str


class Webhooks:
    """The webhooks of all organizations, one each, and what became of the latest deliveries."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: dict[str, Webhook] = {}
        self._sent: deque[Sent] = deque(maxlen=KEPT)
        self._waiting: SimpleQueue[tuple[str, Webhook, str, bytes]] = SimpleQueue()
        self._under_way = 0
        self._idle = Condition()
        self._thread: Thread | None = None

    def of(self, organization_id: str) -> Webhook | None:
        """Return the webhook of an organization."""
        return self._kept.get(organization_id)

    def keep(self, organization_id: str, url: str, secret: str) -> None:
        """Set the webhook of an organization; raise ValueError saying what is wrong with it."""
        if not _is_of_this_machine(url):
            raise ValueError("The URL is an address of this machine, such as http://127.0.0.1:5000/hooks/…")
        if not SECRET.fullmatch(secret):
            raise ValueError("The secret has 12 to 50 letters and digits.")
        self._kept[organization_id] = Webhook(url, secret)

    def remove(self, organization_id: str) -> None:
        """Tell nobody of an organization's changes any more."""
        self._kept.pop(organization_id, None)

    def send(self, organization_id: str, about: str, body: Json) -> None:
        """Send a delivery soon, if the organization has a webhook."""
        webhook = self._kept.get(organization_id)
        if webhook is None:
            return
        with self._idle:
            self._under_way += 1
            if self._thread is None:
                self._thread = Thread(target=self._work, name="webhooks", daemon=True)
                self._thread.start()
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        self._waiting.put((organization_id, webhook, about, text))

    def settle(self, seconds: float = SECONDS) -> bool:
        """Wait until everything is sent; return whether it is."""
        with self._idle:
            return self._idle.wait_for(lambda: self._under_way == 0, seconds)

    def sent(self, organization_id: str) -> list[Sent]:
        """Return the latest deliveries of an organization, newest first."""
        return [each for each in reversed(self._sent) if each.organization == organization_id]

    def as_json(self) -> dict[str, Json]:
        """Write all webhooks down."""
        return {organization: asdict(webhook) for organization, webhook in self._kept.items()}

    def resume(self, kept: dict[str, Webhook]) -> None:
        """Go on with webhooks that were written down."""
        self._kept = dict(kept)

    def _work(self) -> None:
        while True:
            organization, webhook, about, body = self._waiting.get()
            status, words = _deliver(webhook, body)
            time = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="seconds")
            with self._idle:
                self._sent.append(Sent(organization, time, about, status, words))
                self._under_way -= 1
                self._idle.notify_all()


def signature(url: str, body: bytes, secret: str) -> str:
    """Sign a delivery: the pairs of the address's query by their keys, then the body."""
    pairs = sorted(parse_qsl(urlsplit(url).query, keep_blank_values=True), key=lambda pair: pair[0])
    text = "".join(key + value for key, value in pairs).encode() + body
    return hmac.new(secret.encode(), text, "sha256").hexdigest()


def _deliver(webhook: Webhook, body: bytes) -> tuple[int, str]:
    headers = {
        "Content-Type": "application/json;charset=UTF-8",
        "User-Agent": "ZohoSandbox",
        SIGNATURE: signature(webhook.url, body, webhook.secret),
    }
    try:
        answer = requests.post(
            webhook.url, data=body, headers=headers, timeout=SECONDS, allow_redirects=False
        )
    except requests.RequestException as error:
        return 0, type(error).__name__
    return answer.status_code, answer.text.strip()[:200] if answer.status_code >= 400 else ""


def _is_of_this_machine(url: str) -> bool:
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.port == 0:
            return False
        host = parts.hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
