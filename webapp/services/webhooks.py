"""Webhooks: a secret address for each connection, where its provider says that something changed there.

    address → whose it is → signed? → counted → a hint: look, at once or when the last look is long enough ago

What a delivery says is never read: it is a hint to look, and nothing more.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import string
import uuid
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import structlog

from webapp import logs
from webapp.config import is_loopback
from webapp.extensions import db
from webapp.outside import GuardedProvider
from webapp.providers import SANDBOX, UnknownProvider
from webapp.sdk import Delivery, Provider, ProviderError
from webapp.services import audit, connections, context
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.services.refresh import hints_apart
from webapp.services.signals import announce_due
from webapp.store import connections as connection_store
from webapp.store import webhooks as store
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.portals import User
from webapp.store.secrets import SecretError
from webapp.store.webhooks import Webhook
from webapp.walls import inside

PATH = "/hooks/"
TOKEN_BYTES = 32
SECRET_LENGTH = 48
"""Of letters and digits: 285 bits, and short enough for any provider that was met."""

UNSIGNED = "It was not signed with the secret shown here."
UNOPENED = "The secret kept here cannot be opened: make a new one."
UNREADABLE = "The plugin could not read it."
AT_HOME = (".local", ".localhost", ".internal", ".lan", ".test", ".home.arpa")

log = structlog.get_logger(__name__)


class Unsigned(Exception):
    """A delivery was turned away; the text says why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """A connection's webhook as its page shows it.

    ``guide`` are the steps as (text before, what is pasted: address, secret or blank, text after).
    ``made_at`` is None while there is none; ``broken`` when its secrets cannot be opened. ``reachable``:
    whether the provider can reach this installation at all, as far as its own address tells.
    """

    label: str
    supported: bool
    sandbox: bool
    reachable: bool
    address: str
    secret: str
    guide: tuple[tuple[str, str, str], ...]
    broken: bool
    made_at: datetime | None
    made_by: str
    arrivals: int
    arrived_at: datetime | None
    refused_at: datetime | None
    refusal: str


def view(portal_id: uuid.UUID, connection_id: uuid.UUID) -> WebhookView:
    """Return a connection's webhook with its secrets, for those who may see them; raise NotFound."""
    connection = connections.find(portal_id, connection_id)
    provider = _provider_of(connection)
    webhook = store.webhook_of(portal_id, connection_id)
    address, secret = _opened(webhook) if webhook else ("", "")
    return WebhookView(
        label=provider.label if provider else connection.provider,
        supported=provider is not None and provider.capabilities.webhooks,
        sandbox=connection.region == SANDBOX,
        reachable=connection.region == SANDBOX or is_reachable(context.settings().base_url),
        address=address,
        secret=secret,
        guide=tuple(map(_step, provider.webhook_guide)) if provider else (),
        broken=webhook is not None and not secret,
        made_at=webhook.made_at if webhook else None,
        made_by=_name_of(webhook.made_by) if webhook else "",
        arrivals=webhook.arrivals if webhook else 0,
        arrived_at=webhook.arrived_at if webhook else None,
        refused_at=webhook.refused_at if webhook else None,
        refusal=webhook.refusal if webhook else "",
    )


def make(portal_id: uuid.UUID, connection_id: uuid.UUID, *, user_id: uuid.UUID | None) -> None:
    """Make an address and a secret for a connection that has none.

    Raises NotFound, Conflict when it has them by now, Refused when its provider has no webhooks.
    """
    audit.hold(portal_id)
    connection = _held(portal_id, connection_id)
    if store.webhook_of(portal_id, connection_id) is not None:
        raise Conflict("This connection has an address by now: look at it.")
    _write(connection, Webhook(portal_id=portal_id, connection_id=connection_id), user_id, "webhook.made")


def renew(portal_id: uuid.UUID, connection_id: uuid.UUID, *, user_id: uuid.UUID | None) -> None:
    """Make another address and secret; those there were count for nothing from now on. Raises NotFound."""
    audit.hold(portal_id)
    connection = _held(portal_id, connection_id)
    webhook = store.webhook_of(portal_id, connection_id)
    if webhook is None:
        raise NotFound("This connection has no webhook any more: make an address first.")
    _write(connection, webhook, user_id, "webhook.renewed")


def remove(portal_id: uuid.UUID, connection_id: uuid.UUID, *, user_id: uuid.UUID | None) -> None:
    """Take the address away; harmless where there is none. Raises NotFound for an unknown connection."""
    audit.hold(portal_id)
    connections.find(portal_id, connection_id)
    webhook = store.webhook_of(portal_id, connection_id)
    if webhook is not None:
        db.session.delete(webhook)
        db.session.flush()
        audit.record(portal_id, audit.actor_of(user_id), "webhook.removed", str(connection_id))
    db.session.commit()


def owner_of(token: str) -> store.Found:
    """Find whose address has this token; raise NotFound, whoever asks and whatever is wrong with it."""
    found = store.found_by(_digest(token))
    db.session.rollback()
    if found is None:
        raise NotFound("There is no such address.")
    return found


def arrived(found: store.Found, delivery: Delivery) -> None:
    """Take a delivery at an address that was found; raise Unsigned, noted on the row, when it is not right.

    Raises NotFound when the address was taken away meanwhile.
    """
    with inside(found.portal_id), logs.bound(connection=str(found.connection_id)):
        webhook = store.webhook_of(found.portal_id, found.connection_id)
        if webhook is None:
            raise NotFound("There is no such address.")
        connection = connections.find(found.portal_id, found.connection_id)
        moment = now()
        reason = _why_refused(connection, webhook, delivery)
        if reason:
            store.note_refusal(webhook, moment, reason)
            db.session.commit()
            log.warning("webhook.refused", reason=reason)
            raise Unsigned(reason)
        due_at = _when_to_look(connection, moment)
        # The connection first: whoever renews its webhook holds it.
        store.hint(webhook, moment, otherwise_at=due_at)
        store.note_arrival(webhook, moment)
        db.session.commit()
        if due_at == moment:
            announce_due(found.connection_id, interactive=True)


def is_reachable(base_url: str) -> bool:
    """Tell whether a provider on the internet could reach an address, as far as the address tells."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not is_loopback(host) and not host.endswith(AT_HOME)


def _when_to_look(connection: Connection, moment: datetime) -> datetime:
    """Return now, or when the last look is long enough ago."""
    if connection.refreshed_at is None:
        return moment
    return max(moment, connection.refreshed_at + hints_apart(connection))


def _why_refused(connection: Connection, webhook: Webhook, delivery: Delivery) -> str:
    """Return why a delivery is turned away, or blank."""
    _, secret = _opened(webhook)
    provider = _provider_of(connection)
    if not secret or provider is None:
        return UNREADABLE if secret else UNOPENED
    try:
        return "" if GuardedProvider(provider).verify_webhook(delivery, secret) else UNSIGNED
    except ProviderError as fault:
        log.error("webhook.plugin_fault", provider=connection.provider, reason=str(fault))
        return UNREADABLE


def _write(connection: Connection, webhook: Webhook, user_id: uuid.UUID | None, action: str) -> None:
    """Give a webhook new secrets and commit; nothing has arrived there yet."""
    token, secret = secrets.token_urlsafe(TOKEN_BYTES), _new_secret()
    webhook.token_digest = _digest(token)
    webhook.token = _sealed(webhook, "token", token)
    webhook.secret = _sealed(webhook, "secret", secret)
    webhook.made_at, webhook.made_by = now(), user_id
    webhook.arrivals, webhook.arrived_at, webhook.refused_at, webhook.refusal = 0, None, None, ""
    db.session.add(webhook)
    db.session.flush()
    details = {"provider": connection.provider, "organization": connection.organization_name}
    audit.record(connection.portal_id, audit.actor_of(user_id), action, str(connection.id), details)
    db.session.commit()


def _held(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Connection:
    """Return a connection whose webhook nobody else changes meanwhile, and whose provider has such."""
    connection = connection_store.connection_by_id(connection_id, portal_id=portal_id, lock=True)
    if connection is None:
        raise NotFound("There is no such connection.")
    provider = _provider_of(connection)
    if provider is None or not provider.capabilities.webhooks:
        label = provider.label if provider else connection.provider
        raise Refused(f"{label} cannot tell of changes by itself: it is asked for them again and again.")
    return connection


def _provider_of(connection: Connection) -> Provider | None:
    try:
        return context.registry().get(connection.provider)
    except UnknownProvider:
        return None


def _new_secret() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(SECRET_LENGTH))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _sealed(webhook: Webhook, field: str, text: str) -> str:
    return context.safe().seal(text, portal=webhook.portal_id, owner=webhook.connection_id, field=field)


def _opened(webhook: Webhook) -> tuple[str, str]:
    """Return address and secret of a webhook; both blank when they cannot be opened."""
    place = {"portal": webhook.portal_id, "owner": webhook.connection_id}
    try:
        token = context.safe().open(webhook.token, field="token", **place)
        secret = context.safe().open(webhook.secret, field="secret", **place)
    except SecretError as fault:
        log.error("webhook.not_opened", connection=str(webhook.connection_id), reason=str(fault))
        return "", ""
    return f"{context.settings().base_url}{PATH}{token}", secret


def _step(sentence: str) -> tuple[str, str, str]:
    """Part a step of a guide where something is pasted."""
    for name in ("address", "secret"):
        before, found, after = sentence.partition("{" + name + "}")
        if found:
            return before, name, after
    return sentence, "", ""


def _name_of(user_id: uuid.UUID | None) -> str:
    person = db.session.get(User, user_id) if user_id else None
    return (person.name or person.email) if person else ""
