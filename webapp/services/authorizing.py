"""Authorising: what the look does after consent was given, up to an organization that is settled.

exchange the code (kept at once) → list the organizations → the only one, or state ``choosing``
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import structlog
from sqlalchemy.exc import IntegrityError

from webapp.extensions import db
from webapp.outside import GuardedProvider
from webapp.sdk import Organization, Provider, ProviderError, RetryLater
from webapp.services import audit, context, notices
from webapp.services.accounts import open_account, provider_of
from webapp.services.attempts import LIFE, Luggage, pack, unpack, with_credentials
from webapp.services.credentials import HeldCredentials, seal_credentials
from webapp.services.errors import Refused, ServiceError
from webapp.services.leases import Lease
from webapp.store import connections as store
from webapp.store import due, links
from webapp.store.columns import now
from webapp.store.connections import ConnectAttempt, Connection

log = structlog.get_logger(__name__)


def authorize_slice(connection: Connection, lease: Lease) -> None:
    """Bring a connection in state ``authorizing`` on: to connected, choosing, or back with a reason.

    Raises RetryLater when the provider could not answer; the next look tries again, for 10 minutes.
    """
    attempt = store.attempt_to_exchange(connection.id)
    if attempt is None:
        return _give_up(connection, Luggage(region=connection.region, credentials={}), lease, _INTERRUPTED)
    luggage = unpack(attempt)
    try:
        luggage, organizations = _ask(connection, attempt, luggage, lease)
        _decide(connection, luggage, organizations, attempt.user_id)
        lease.assert_held()
        db.session.commit()
    except RetryLater as error:
        if attempt.used_at is None or now() - attempt.used_at < LIFE:
            raise
        _give_up(connection, luggage, lease, str(error))
    except (ProviderError, ServiceError) as error:
        _give_up(connection, luggage, lease, str(error))


def settle(
    connection: Connection, organization: Organization, credentials: str, *, user_id: uuid.UUID | None
) -> None:
    """Make, in the caller's transaction, a connection the one to an organization; `credentials` come sealed.

    Raises Refused when the portal is, or was, connected to it through another connection.
    """
    audit.hold(connection.portal_id)
    provider = provider_of(connection)
    key = organization_key(provider, organization.id)
    _refuse_second(connection, key, organization.name)
    action = "connection.reconnected" if connection.connected_at else "connection.connected"
    connection.organization_id, connection.organization_key = organization.id, key
    connection.organization_name, connection.currency = organization.name, organization.currency
    connection.time_zone = organization.time_zone
    connection.credentials, connection.credentials_version = credentials, connection.credentials_version + 1
    connection.state, connection.attention = "connected", ""
    if connection.connected_at is None:
        connection.poll_seconds = context.settings().poll_seconds
    connection.connected_by, connection.connected_at = user_id, now()
    connection.probed_at, connection.failures = None, 0
    connection.paused_until, connection.pause_reason = None, ""
    connection.refresh_wanted_at = connection.next_look_at = now()
    _ask_before_going_on(connection)
    store.forget_attempts(connection.id)
    due.pause_runs(connection.id, "")
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Refused(f"{organization.name} was connected by somebody else at the same moment.") from error
    details = {"provider": connection.provider, "organization": organization.name}
    audit.record(connection.portal_id, audit.actor_of(user_id), action, str(connection.id), details)
    notices.connected_again(connection)


def _ask_before_going_on(connection: Connection) -> None:
    """Let a person see first what was missed while it was ended; without any link there is nothing to see."""
    if connection.held.get("why") == "reconnected":
        linked = links.any_linked(connection.portal_id, connection.id)
        connection.held = {"why": "reconnected", "at": now().isoformat()} if linked else {}


def offer(connection: Connection, organizations: Sequence[Organization]) -> None:
    """Write down which organizations the credentials open."""
    connection.organizations = {"offered": [asdict(organization) for organization in organizations]}


def offered(connection: Connection) -> list[Organization]:
    """Return the organizations that the credentials open, as last listed."""
    return [Organization(**values) for values in connection.organizations.get("offered", ())]


def organization_key(provider: Provider, organization_id: str) -> str:
    """Return what names an organization for all providers that open the same ones."""
    return f"{provider.family or provider.name}:{organization_id}"


def _ask(
    connection: Connection, attempt: ConnectAttempt, luggage: Luggage, lease: Lease
) -> tuple[Luggage, Sequence[Organization]]:
    """Exchange the code unless that is done, and list the organizations; what came is kept at once."""

    def keep(credentials: Mapping[str, str]) -> None:
        # Asked first: whoever ends the connection takes its trips along.
        lease.assert_held()
        pack(attempt, with_credentials(luggage, credentials))
        db.session.commit()

    held = HeldCredentials(luggage.credentials, on_keep=keep)
    account = open_account(connection, interactive=True, lease=lease, credentials=held, region=luggage.region)
    guarded = GuardedProvider(provider_of(connection))
    redirect_uri = attempt.redirect_uri
    db.session.commit()
    if not luggage.exchanged:
        tokens = guarded.exchange(account, luggage.grant(redirect_uri))
        held.keep({**luggage.credentials, **tokens}, expected=held.load()[0])
    organizations = guarded.organizations(account)
    return with_credentials(luggage, held.load()[1]), organizations


def _decide(
    connection: Connection, luggage: Luggage, organizations: Sequence[Organization], user_id: uuid.UUID
) -> None:
    credentials = seal_credentials(connection.portal_id, connection.id, luggage.credentials)
    usable = [organization for organization in organizations if organization.active]
    if connection.organization_id:
        usable = [one for one in usable if one.id == connection.organization_id]
        if not usable:
            raise Refused(_other_organization(connection, organizations))
    if not usable:
        raise Refused(
            "The account you connected with belongs to no organization: use another, or make one there."
        )
    offer(connection, organizations)
    connection.region = luggage.region
    if len(usable) == 1:
        settle(connection, usable[0], credentials, user_id=user_id)
    else:
        connection.state, connection.attention = "choosing", ""
        connection.credentials = credentials
        connection.credentials_version += 1
        connection.connected_by = user_id
        store.forget_attempts(connection.id)


def _give_up(connection: Connection, luggage: Luggage, lease: Lease, reason: str) -> None:
    """Go back to where the connection was, and say why; one that worked before goes on working."""
    db.session.rollback()
    lease.assert_held()
    connection = store.connection_by_id(connection.id) or connection
    works = luggage.before == "connected"
    connection.state = "connected" if works else "attention"
    if luggage.before == "disconnected":
        connection.state = "disconnected"
    connection.attention = reason
    store.forget_attempts(connection.id)
    db.session.commit()
    log.warning("connection.not_authorised", connection=str(connection.id), back_to=connection.state)


def _refuse_second(connection: Connection, key: str, name: str) -> None:
    for other in store.connections_to(connection.portal_id, [key]):
        if other.id == connection.id:
            continue
        label = provider_of(other).label
        if other.state != "disconnected":
            raise Refused(
                f"This portal is connected to {name} already, through {label}: "
                "one organization is connected once."
            )
        raise Refused(
            f"{name} was connected here before, through {label}: press Reconnect there, so that its "
            "customers are taken up again."
        )


def _other_organization(connection: Connection, organizations: Sequence[Organization]) -> str:
    names = ", ".join(organization.name for organization in organizations) or "no organization"
    if provider_of(connection).keys_alone:
        return (
            f"What you entered opens {names}, but this connection is for {connection.organization_name}: "
            f"enter what opens {connection.organization_name}, or make a new connection for the other."
        )
    return (
        f"You signed in to {names}, but this connection is for {connection.organization_name}: sign in "
        f"there as somebody of {connection.organization_name}, or make a new connection for the other."
    )


_INTERRUPTED = "Connecting was interrupted: connect again."
