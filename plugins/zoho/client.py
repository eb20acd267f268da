"""One call to Zoho's API: the organization, the token and its renewal, the answer read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from plugins.zoho import errors, oauth
from plugins.zoho.mapping import Misshapen, Shape
from plugins.zoho.product import Product
from plugins.zoho.regions import api_server
from webapp.sdk import Account, Answer

Read = TypeVar("Read")


def nothing(_: Shape) -> None:
    """Read nothing from an answer: that it succeeded is all there is to know."""


@dataclass(frozen=True, slots=True)
class Client:
    """The API of one product as one account may use it."""

    product: Product
    account: Account

    def call(
        self,
        method: str,
        path: str,
        read: Callable[[Shape], Read],
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Read:
        """Make one call and return what ``read`` makes of its success, else raise what went wrong.

        A refused token is renewed and the call made again, once: it was refused, so a POST is safe too.
        """
        credentials = self.account.credentials()
        renewed = oauth.expired(credentials, self.account.now())
        if renewed:
            credentials = self._renew(credentials)
        answer = self._send(credentials, method, path, params, json)
        if errors.refused(answer) and not renewed:
            answer = self._send(self._renew(credentials), method, path, params, json)
        if errors.refused(answer):
            raise errors.lost(self.product.label)
        write = method != "GET"
        body = errors.read(answer, label=self.product.label, write=write, now=self.account.now())
        try:
            return read(body)
        except Misshapen as fault:
            raise errors.nonsense(self.product.label, str(fault), write=write) from fault

    def _renew(self, used: Mapping[str, str]) -> Mapping[str, str]:
        return self.account.renew(used, partial(oauth.refresh, self.account))

    def _send(
        self,
        credentials: Mapping[str, str],
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        json: Mapping[str, Any] | None,
    ) -> Answer:
        organization = self.account.organization
        server = api_server(self.account.region, credentials.get("api_server"))
        return self.account.call(
            method,
            f"{server}{self.product.path}{path}",
            params={**(params or {}), **({"organization_id": organization} if organization else {})},
            headers={"Authorization": f"Zoho-oauthtoken {credentials['access_token']}"},
            json=json,
            # The budget is an organization's; the list of organizations belongs to none.
            counted=bool(organization),
        )
