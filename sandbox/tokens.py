"""The accounts server's memory: clients, codes, refresh and access tokens, with Zoho's limits on them."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Refused(Exception):
    """The accounts server says no; `error` is its one-word reason."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Throttled(Exception):
    """Too many tokens were asked for."""


@dataclass(slots=True)
class Client:
    """An app registered at the accounts server; without redirect addresses any on the loopback will do."""

    id: str
    secret: str
    redirect_uris: tuple[str, ...] = ()
    granted: deque[float] = field(default_factory=deque)
    was_granted_offline: bool = False

    def allows(self, redirect_uri: str) -> bool:
        """Say whether the browser may be sent to this address."""
        if self.redirect_uris:
            return redirect_uri in self.redirect_uris
        parts = urlsplit(redirect_uri)
        return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK


@dataclass(frozen=True, slots=True)
class Grant:
    """A code on its way to be exchanged."""

    client_id: str
    redirect_uri: str
    scopes: frozenset[str]
    is_offline: bool
    expires: float


@dataclass(slots=True)
class RefreshToken:
    """A refresh token with the access tokens made of it."""

    value: str
    client_id: str
    scopes: frozenset[str]
    minted: deque[float] = field(default_factory=deque)
    access_tokens: list[str] = field(default_factory=list)


@dataclass(slots=True)
class AccessToken:
    """An access token; times are seconds since the epoch."""

    value: str
    scopes: frozenset[str]
    expires: float


class Tokens:
    """Hands out and takes back tokens for the sandbox's one user."""

    def __init__(self, now: Callable[[], float], settings: Callable[[], Settings]) -> None:
        self._now = now
        self._settings = settings
        self.clients: dict[str, Client] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.access_tokens: dict[str, AccessToken] = {}
        self._grants: dict[str, Grant] = {}

    def register(self, client_id: str, secret: str, redirect_uris: tuple[str, ...] = ()) -> Client:
        """Register a client, or give a known one a new secret."""
        client = self.clients[client_id] = Client(client_id, secret, redirect_uris)
        return client

    def grant(
        self, client_id: str, redirect_uri: str, scopes: frozenset[str], *, offline: bool, consented: bool
    ) -> str:
        """Return a code; only the first offline grant, or a new consent, will bring a refresh token."""
        client = self.clients[client_id]
        settings = self._settings()
        self._throttle(client.granted, settings.grants_per_client)
        is_offline = offline and (consented or not client.was_granted_offline)
        client.was_granted_offline = client.was_granted_offline or offline
        code = _secret()
        self._grants[code] = Grant(
            client_id, redirect_uri, scopes, is_offline, self._now() + settings.code_seconds
        )
        return code

    def exchange(
        self, client_id: str, secret: str, redirect_uri: str, code: str
    ) -> tuple[AccessToken, RefreshToken | None]:
        """Turn a code into tokens, once."""
        self._authenticate(client_id, secret)
        grant = self._grants.get(code)
        if grant is None or grant.client_id != client_id or grant.expires <= self._now():
            raise Refused("invalid_code")
        if grant.redirect_uri != redirect_uri:
            raise Refused("invalid_redirect_uri")
        del self._grants[code]
        if not grant.is_offline:
            return self._mint(grant.scopes, None), None
        refresh = self.add_refresh_token(client_id, grant.scopes)
        return self._mint(grant.scopes, refresh), refresh

    def refresh(self, client_id: str, secret: str, value: str) -> AccessToken:
        """Make an access token of a refresh token."""
        self._authenticate(client_id, secret)
        refresh = self.refresh_tokens.get(value)
        if refresh is None or refresh.client_id != client_id:
            raise Refused("invalid_code")
        return self._mint(refresh.scopes, refresh)

    def add_refresh_token(self, client_id: str, scopes: frozenset[str]) -> RefreshToken:
        """Make a refresh token; one too many for the user silently ends the oldest."""
        refresh = RefreshToken(_secret(), client_id, scopes)
        self.refresh_tokens[refresh.value] = refresh
        while len(self.refresh_tokens) > self._settings().refresh_tokens_per_user:
            self.revoke(next(iter(self.refresh_tokens)))
        return refresh

    def mint_unthrottled(self, refresh: RefreshToken) -> AccessToken:
        """Make an access token that no limit counts; one too many ends the oldest."""
        token = self._access_token(refresh.scopes)
        refresh.access_tokens.append(token.value)
        while len(refresh.access_tokens) > self._settings().access_tokens_per_refresh_token:
            self.access_tokens.pop(refresh.access_tokens.pop(0), None)
        return token

    def find(self, value: str) -> AccessToken | None:
        """Find an access token that exists, expired or not."""
        return self.access_tokens.get(value)

    def has_expired(self, token: AccessToken) -> bool:
        """Say whether an access token has outlived its time."""
        return token.expires <= self._now()

    def revoke(self, value: str) -> bool:
        """End a token, a refresh token with all its access tokens; say whether there was one."""
        refresh = self.refresh_tokens.pop(value, None)
        if refresh is None:
            return self.access_tokens.pop(value, None) is not None
        for each in refresh.access_tokens:
            self.access_tokens.pop(each, None)
        return True

    def revoke_all(self) -> None:
        """End every token."""
        self.refresh_tokens.clear()
        self.access_tokens.clear()
        self._grants.clear()

    def expire_all(self) -> None:
        """Let every access token be expired; refresh tokens stay good."""
        for token in self.access_tokens.values():
            token.expires = self._now()

    def _authenticate(self, client_id: str, secret: str) -> None:
        client = self.clients.get(client_id)
        if client is None:
            raise Refused("invalid_client")
        if not secrets.compare_digest(client.secret.encode(), secret.encode()):
            raise Refused("invalid_client_secret")

    def _mint(self, scopes: frozenset[str], refresh: RefreshToken | None) -> AccessToken:
        if refresh is None:
            return self._access_token(scopes)
        self._throttle(refresh.minted, self._settings().tokens_per_refresh_token)
        return self.mint_unthrottled(refresh)

    def _access_token(self, scopes: frozenset[str]) -> AccessToken:
        token = AccessToken(_secret(), scopes, self._now() + self._settings().access_token_seconds)
        self.access_tokens[token.value] = token
        return token

    def _throttle(self, times: deque[float], limit: int) -> None:
        now = self._now()
        while times and times[0] <= now - self._settings().throttle_seconds:
            times.popleft()
        if limit and len(times) >= limit:
            raise Throttled
        times.append(now)


def _secret() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
