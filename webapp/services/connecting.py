"""How a portal comes to a connection: consent at the provider, or a refresh token from the command line.

    begin → (the provider's consent page) → finish → look: authorize_slice → [choose_organization] → first refresh

The web process only runs the pure parts; what calls out runs in the look of a worker.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A trip to the provider that was begun: where the browser goes now."""

    connection_id: uuid.UUID
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A trip that came back: whose connection is being authorised now."""

    portal_id: uuid.UUID
    connection_id: uuid.UUID


def begin(
    portal_id: uuid.UUID,
    user_id: uuid.UUID,
    *,
    provider: str,
    region: str,
    credentials: Mapping[str, str],
    redirect_uri: str,
    session_digest: str,
    connection_id: uuid.UUID | None = None,
) -> Begun:
    """Start to connect, or with `connection_id` to reconnect; nothing changes until consent was given.

    When reconnecting, credentials left blank are those kept. Raises Invalid for a field left out, NotFound.
    """
    raise NotImplementedError


def finish(
    *,
    state: str,
    params: Mapping[str, str],
    user_id: uuid.UUID,
    session_digest: str,
    portal_id: uuid.UUID | None = None,
) -> Finished:
    """Take what the provider's callback brought, and announce that it is to be exchanged.

    Raises Refused, in words for people and with nothing changed, when the trip is unknown, used, expired, another
    session's or user's, or was denied.
    """
    raise NotImplementedError


def choose_organization(
    portal_id: uuid.UUID, connection_id: uuid.UUID, organization_id: str, *, user_id: uuid.UUID | None
) -> None:
    """Settle which organization a connection in state ``choosing`` is for, and begin its first refresh.

    Raises Refused when this portal is connected to it already (naming that connection), or it is not one of those offered.
    """
    raise NotImplementedError


def add(
    portal_id: uuid.UUID,
    *,
    provider: str,
    region: str,
    credentials: Mapping[str, str],
    organization_id: str = "",
    user_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Connect without a browser, with credentials that hold a refresh token; calls out at once.

    A blank `organization_id` takes the only organization there is. Raises Invalid, Refused or a provider's error.
    """
    raise NotImplementedError
