"""One call to Harbour: let in by a token, and its refusals told in Tandem's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.sdk import (
    Account,
    Answer,
    AuthorizationLost,
    Gone,
    HasTransactions,
    RateLimited,
    Rejected,
    Stale,
    Unavailable,
)

from tandem_harbour import oauth
from tandem_harbour.mapping import our_field


class Client:
    """Calls the API of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    @property
    def organization(self) -> str:
        """The organization the account is for."""
        return self._account.organization

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        if_match: str = "",
    ) -> Any:
        """Make a call, with a renewed token where the old one is over; return what was answered."""
        url = f"{self._account.region.endpoints['api']}{path}"

        def send(credentials: Mapping[str, str]) -> Answer:
            headers = {"Authorization": f"Bearer {credentials.get('access_token', '')}"}
            headers |= {"If-Match": if_match} if if_match else {}
            return self._account.call(method, url, params=params, headers=headers, json=json)

        used = self._account.credentials()
        answer = send(used)
        if answer.status == 401:
            answer = send(self._account.renew(used, lambda kept: oauth.refresh(self._account, kept)))
        return read(answer, writes=method != "GET")


def read(answer: Answer, *, writes: bool) -> Any:
    """Return what was answered, or raise what it means."""
    try:
        told = answer.json() if answer.body else {}
    except ValueError as error:
        raise Unavailable("Harbour answered something that is no JSON.", effect_unknown=writes) from error
    if 200 <= answer.status < 300:
        return told
    fault = told.get("error", {})
    says = fault.get("message", "") or f"Harbour answered {answer.status}."
    if answer.status in (401, 403):
        raise AuthorizationLost(says)
    # A proxy's 404, or one of a path, says nothing of a record.
    if fault.get("code") == "no_such_customer":
        raise Gone(says)
    if answer.status == 409:
        raise HasTransactions(says)
    if answer.status == 412:
        raise Stale(says)
    if answer.status == 422:
        raise Rejected(says, field=our_field(fault.get("field", "")))
    if answer.status == 429:
        raise RateLimited(says, scope="minute", after=float(answer.headers.get("retry-after", 60)))
    raise Unavailable(says, effect_unknown=writes)
