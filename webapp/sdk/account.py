"""An account for a plugin's tests: it really calls, and keeps its credentials in memory."""

from __future__ import annotations

import json as json_module
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import RLock
from urllib.parse import urlencode, urlsplit

from webapp.sdk.custom_fields import CustomField
from webapp.sdk.errors import Fatal, Unavailable
from webapp.sdk.provider import Answer, Region

SECONDS = 10
"""How long an answer is waited for."""


class HttpAccount:
    """Keeps the promises of ``Account`` as the portal's does, but for budget and caps.

    ``organization`` is blank while none is chosen, ``features`` is what ``Provider.probe`` found,
    ``custom_fields`` what ``Provider.custom_fields`` told.
    ``calls`` is what was called, such as ``GET /customers``.
    """

    def __init__(
        self,
        region: Region,
        credentials: Mapping[str, str],
        *,
        organization: str = "",
        features: Mapping[str, bool] | None = None,
        custom_fields: Sequence[CustomField] = (),
    ) -> None:
        self.region = region
        self.organization = organization
        self.features: Mapping[str, bool] = dict(features or {})
        self.custom_fields = tuple(custom_fields)
        self.calls: list[str] = []
        self._kept = dict(credentials)
        self._renewing = RLock()

    def now(self) -> datetime:
        """Tell the time: aware, UTC."""
        return datetime.now(UTC)

    def credentials(self) -> Mapping[str, str]:
        """Return the credentials as kept."""
        return dict(self._kept)

    def renew(
        self, used: Mapping[str, str], refresh: Callable[[Mapping[str, str]], Mapping[str, str]]
    ) -> Mapping[str, str]:
        """Replace credentials that no longer work, once for all who ask at the same time."""
        with self._renewing:
            if dict(used) == self._kept:
                self._kept |= refresh(self.credentials())
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
        """Make one HTTP call to one of the region's hosts; see ``Account.call``."""
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) not in self._origins():
            raise Fatal(f"{parts.netloc or url} is not a host of the region {self.region.label}.")
        self.calls.append(f"{method} {parts.path}")
        query = "&".join(filter(None, (parts.query, urlencode(params or {}))))
        body, kind = _body(json, form)
        sent = {**({"Content-Type": kind} if kind else {}), **(headers or {})}
        opened = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = opened(parts.netloc, timeout=SECONDS)
        try:
            connection.request(method, f"{parts.path or '/'}{'?' if query else ''}{query}", body, sent)
            response = connection.getresponse()
            raw = response.read()
        except (OSError, HTTPException) as error:
            raise Unavailable(f"{parts.netloc} did not answer.", effect_unknown=method != "GET") from error
        finally:
            connection.close()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=answered, body=raw, json=lambda: json_module.loads(raw))

    def _origins(self) -> set[tuple[str, str]]:
        endpoints = map(urlsplit, self.region.endpoints.values())
        return {(endpoint.scheme, endpoint.netloc) for endpoint in endpoints}


def _body(json: object, form: Mapping[str, str] | None) -> tuple[bytes | None, str]:
    if json is not None:
        return json_module.dumps(json).encode(), "application/json"
    if form is not None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    return None, ""
