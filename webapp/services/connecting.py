"""How a portal comes to a connection: consent at the provider, keys, or what the command line was given.

    begin → (the provider's consent page) → finish → look: authorizing → [choose_organization] → first refresh

Here only the pure parts of a plugin run, but for `add`, which is the command line's and calls out at once.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from webapp.extensions import db
from webapp.outside import GuardedProvider
from webapp.providers import UnknownProvider, UnknownRegion
from webapp.sdk import Authorization, Organization, Provider, ProviderError, Region
from webapp.services import attempts, audit, context
from webapp.services.accounts import open_account
from webapp.services.attempts import Luggage
from webapp.services.authorizing import offer, offered, organization_key, settle
from webapp.services.credentials import HeldCredentials, seal_credentials
from webapp.services.entering import entered
from webapp.services.errors import Conflict, Invalid, NotFound, Refused
from webapp.services.signals import announce_due
from webapp.store import connections as store
from webapp.store.columns import new_id, now
from webapp.store.connections import ConnectAttempt, Connection
from webapp.walls import across_portals, inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A trip to the provider that was begun: where the browser goes now, blank if nobody has to agree."""

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

    Where keys alone let in, a worker tries them at once. Credentials left blank are those kept, or the
    operator's. Raises Invalid for a field left out, NotFound.
    """
    connection = _connection_for(portal_id, provider, connection_id)
    plugin, place = _provider_and_region(connection.provider, region)
    complete = entered(plugin, connection, credentials)
    luggage = Luggage(
        region=place.key, credentials=complete, exchanged=plugin.keys_alone, before=_before(connection)
    )
    store.forget_expired_attempts()
    db.session.add(connection)
    db.session.flush()
    state = attempts.start(
        connection, luggage, user_id=user_id, session_digest=session_digest, redirect_uri=redirect_uri
    )
    if plugin.keys_alone:
        return _try_keys(connection, state)
    trip = Authorization(region=place, credentials=complete, redirect_uri=redirect_uri, state=state)
    try:
        address = GuardedProvider(plugin).authorize_url(trip)
    except ProviderError as error:
        db.session.rollback()
        raise Refused(str(error)) from error
    db.session.commit()
    return Begun(connection_id=connection.id, address=address)


def finish(
    *,
    state: str,
    params: Mapping[str, str],
    user_id: uuid.UUID,
    session_digest: str,
    portal_ids: Collection[uuid.UUID] | None = None,
) -> Finished:
    """Take what the provider's callback brought, and announce that it is to be exchanged.

    `portal_ids` are those the user may connect by now, where that is asked. Raises Refused, in words for
    people and with the connection as it was, when the trip is unknown, used, expired, another session's or
    user's, to a portal the user may not connect, or was denied.
    """
    with across_portals():
        found = store.attempt_by_state(attempts.digest(state))
    if found is None:
        raise Refused(_UNKNOWN)
    with inside(found.portal_id):
        # Whoever ends the connection meanwhile takes its trips along: the connection is locked first.
        connection = store.connection_by_id(found.connection_id, lock=True)
        attempt = store.attempt_by_state(found.state_digest, lock=True)
        if attempt is None or connection is None:
            raise Refused(_UNKNOWN)
        _check_traveller(attempt, user_id, session_digest, portal_ids)
        return _arrived(attempt, connection, state, params)


def _try_keys(connection: Connection, state: str) -> Begun:
    """Take a trip for one that came back: nobody is asked, and a worker finds out what the keys open."""
    # Whoever ends the connection meanwhile takes its trips along: the connection is locked first.
    store.connection_by_id(connection.id, lock=True)
    attempt = store.attempt_by_state(attempts.digest(state), lock=True)
    if attempt is None:
        raise Refused(_UNKNOWN)
    attempt.used_at = now()
    connection.state = "authorizing"
    db.session.commit()
    announce_due(connection.id, interactive=True)
    return Begun(connection_id=connection.id, address="")


def _arrived(
    attempt: ConnectAttempt, connection: Connection, state: str, params: Mapping[str, str]
) -> Finished:
    luggage = attempts.unpack(attempt)
    attempt.used_at = now()
    try:
        luggage = _with_grant(connection, attempt, luggage, state, params)
    except ProviderError as error:
        db.session.delete(attempt)
        db.session.commit()
        raise Refused(str(error)) from error
    attempts.pack(attempt, luggage)
    connection.state = "authorizing"
    db.session.commit()
    announce_due(connection.id, interactive=True)
    return Finished(portal_id=connection.portal_id, connection_id=connection.id)


def choose_organization(
    portal_id: uuid.UUID, connection_id: uuid.UUID, organization_id: str, *, user_id: uuid.UUID | None
) -> None:
    """Settle which organization a connection in state ``choosing`` is for, and begin its first refresh.

    Raises Refused when this portal is connected to it already (naming that connection), Invalid when it is
    not one of those offered, Conflict when the choice was made meanwhile.
    """
    audit.hold(portal_id)
    connection = store.connection_by_id(connection_id, portal_id=portal_id, lock=True)
    if connection is None:
        raise NotFound("There is no such connection.")
    if connection.state != "choosing":
        if connection.organization_id == organization_id:
            return
        raise Conflict("The organization of this connection was chosen already.")
    settle(connection, _one_of(offered(connection), organization_id), connection.credentials, user_id=user_id)
    db.session.commit()
    announce_due(connection_id, interactive=True)


def add(
    portal_id: uuid.UUID,
    *,
    provider: str,
    region: str,
    credentials: Mapping[str, str],
    organization_id: str = "",
    user_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Connect without a browser, with all that lets in (``entering.without_browser``); calls out at once.

    A blank `organization_id` takes the only organization there is. An organization whose connection was
    ended or needs attention is taken up again. Raises Invalid, Refused or a provider's error.
    """
    plugin, place = _provider_and_region(provider, region)
    connection = Connection(portal_id=portal_id, id=new_id(), provider=provider, region=place.key)
    connection.organization_id = connection.organization_key = ""
    connection.features, connection.organizations, connection.custom_fields = {}, {}, {}
    held = HeldCredentials(credentials)
    account = open_account(connection, interactive=True, credentials=held)
    organizations = GuardedProvider(plugin).organizations(account)
    organization = _one_of([one for one in organizations if one.active], organization_id)
    before = store.connections_to(portal_id, [organization_key(plugin, organization.id)])
    connection = next((old for old in before if old.state in ("disconnected", "attention")), connection)
    connection.credentials_version = connection.credentials_version or 0
    connection.provider, connection.region = provider, place.key
    offer(connection, organizations)
    db.session.add(connection)
    settle(
        connection, organization, seal_credentials(portal_id, connection.id, held.load()[1]), user_id=user_id
    )
    db.session.commit()
    announce_due(connection.id)
    return connection.id


def provider_named(name: str) -> Provider:
    """Return the provider of a name; raises Refused, naming those there are."""
    try:
        return context.registry().get(name)
    except UnknownProvider as error:
        raise Refused(str(error)) from error


def _connection_for(portal_id: uuid.UUID, provider: str, connection_id: uuid.UUID | None) -> Connection:
    if connection_id is not None:
        connection = store.connection_by_id(connection_id, portal_id=portal_id)
        if connection is None:
            raise NotFound("There is no such connection.")
        return connection
    unused = store.unused_connection(portal_id, provider)
    return unused or Connection(
        portal_id=portal_id, id=new_id(), provider=provider, state="new", credentials=""
    )


def _provider_and_region(provider: str, region: str) -> tuple[Provider, Region]:
    plugin = provider_named(provider)
    try:
        return plugin, context.registry().region(plugin, region)
    except UnknownRegion as error:
        raise Invalid("region", str(error)) from error


def _before(connection: Connection) -> str:
    """Return the state to go back to when the trip comes to nothing."""
    return connection.state if connection.state in ("connected", "disconnected") else "attention"


def _check_traveller(
    attempt: ConnectAttempt,
    user_id: uuid.UUID,
    session_digest: str,
    portal_ids: Collection[uuid.UUID] | None,
) -> None:
    own = hmac.compare_digest(attempt.session_digest, session_digest) and attempt.user_id == user_id
    if not own:
        raise Refused("Connecting was begun in another session: start again in this one.")
    if portal_ids is not None and attempt.portal_id not in portal_ids:
        raise Refused("Your profile does not allow connecting any more: ask an owner of the portal.")
    if attempt.used_at is not None:
        raise Refused("This answer was taken already: look at the connection, or start to connect again.")
    if attempt.expires_at < now():
        raise Refused("Connecting took longer than 10 minutes: start again.")


def _with_grant(
    connection: Connection, attempt: ConnectAttempt, luggage: Luggage, state: str, params: Mapping[str, str]
) -> Luggage:
    plugin, place = _provider_and_region(connection.provider, luggage.region)
    trip = Authorization(
        region=place, credentials=luggage.credentials, redirect_uri=attempt.redirect_uri, state=state
    )
    grant = GuardedProvider(plugin).read_callback(trip, params)
    return replace(luggage, code=grant.code, region=grant.region)


def _one_of(organizations: list[Organization], organization_id: str) -> Organization:
    if not organization_id and len(organizations) == 1:
        return organizations[0]
    for organization in organizations:
        if organization.id == organization_id:
            return organization
    names = ", ".join(f"{one.name} ({one.id})" for one in organizations) or "none"
    raise Invalid("organization", f"Choose one of the organizations these credentials open: {names}.")


_UNKNOWN = "This answer belongs to nothing that was begun here: start to connect again."
