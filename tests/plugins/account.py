"""Working accounts to try plugins with: one over real HTTP, one that plays answers it was given."""

from __future__ import annotations

import json as json_module
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock, local
from urllib.parse import urlsplit

import requests

from webapp.sdk import Answer, CustomField, Region, Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call as it was asked for."""

    method: str
    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    json: object
    form: Mapping[str, str]
    counted: bool

    @property
    def path(self) -> str:
        """The path without its host."""
        return urlsplit(self.url).path


class PlainAccount(ABC):
    """Keeps credentials, renews them for one caller at a time and records every call."""

    def __init__(
        self,
        region: Region,
        credentials: Mapping[str, str],
        *,
        organization: str = "",
        features: Mapping[str, bool] | None = None,
        custom_fields: Iterable[CustomField] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.region = region
        self.organization = organization
        self.features = features or {}
        self.custom_fields = tuple(custom_fields)
        self.calls: list[Call] = []
        self._kept = dict(credentials)
        self._clock = clock
        self._renewing = Lock()

    def now(self) -> datetime:
        return self._clock()

    def credentials(self) -> Mapping[str, str]:
        return dict(self._kept)

    def keep(self, credentials: Mapping[str, str]) -> None:
        """Keep more credentials, as the portal does after an exchange."""
        self._kept = {**self._kept, **credentials}

    def renew(
        self, used: Mapping[str, str], refresh: Callable[[Mapping[str, str]], Mapping[str, str]]
    ) -> Mapping[str, str]:
        with self._renewing:
            if dict(used) == self._kept:
                self.keep(refresh(self.credentials()))
            return self.credentials()

    def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        counted: bool = True,
    ) -> Answer:
        call = Call(
            method=method,
            url=url,
            params=params or {},
            headers=headers or {},
            json=json,
            form=form or {},
            counted=counted,
        )
        self.calls.append(call)
        return self.answer(call)

    @abstractmethod
    def answer(self, call: Call) -> Answer:
        """Answer a call."""


class HttpAccount(PlainAccount):
    """An account that really calls; what does not come back is ``Unavailable``."""

    _sessions = local()

    def answer(self, call: Call) -> Answer:
        if not hasattr(self._sessions, "session"):
            self._sessions.session = requests.Session()
        try:
            response = self._sessions.session.request(
                call.method,
                call.url,
                params=call.params,
                headers=call.headers,
                json=call.json,
                data=call.form or None,
                timeout=10,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Unavailable("No answer came.", effect_unknown=call.method != "GET") from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status_code, headers=headers, body=response.content, json=response.json)


class ScriptedAccount(PlainAccount):
    """An account whose calls get the given answers, one after the other."""

    answers: list[Answer]

    def play(self, answers: Iterable[Answer]) -> ScriptedAccount:
        """Give these answers from now on."""
        self.answers = list(answers)
        return self

    def answer(self, call: Call) -> Answer:
        return self.answers.pop(0)


def answered(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Make an answer: text and bytes are sent as they are, anything else as JSON."""
    if isinstance(body, str):
        body = body.encode()
    raw = body if isinstance(body, bytes) else json_module.dumps(body).encode()
    return Answer(status=status, headers=headers or {}, body=raw, json=lambda: json_module.loads(raw))
