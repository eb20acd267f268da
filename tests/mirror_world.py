"""A portal connected to a provider that is kept in memory, or to the sandbox over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import redis
import requests
from flask import Flask
from sqlalchemy import func, select, text, update

from plugins.books.hooks import tandem_provider as books
from plugins.invoice.hooks import tandem_provider as invoice
from sandbox.server import SandboxServer
from tests.bare_app import bare_app
from tests.settings import make_settings
from webapp import logs
from webapp.budget import Budget
from webapp.extensions import db
from webapp.providers import Registry
from webapp.sdk import (
    Account,
    Authorization,
    AuthorizationDenied,
    Capabilities,
    CredentialField,
    CustomerData,
    CustomField,
    Delivery,
    Grant,
    Organization,
    Provider,
    Region,
)
from webapp.sdk.testing import MemoryDirectory
from webapp.services import connecting, context
from webapp.services.look import look
from webapp.store.calls import RememberedCalls
from webapp.store.columns import new_id
from webapp.store.connections import Connection
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.portals import Portal, User

MAIN = Organization(id="1", name="Nordlicht Studio", currency="EUR", time_zone="Europe/Berlin")
SECOND = Organization(id="2", name="Nordlicht Inc.", currency="USD", time_zone="America/New_York")


def signed(secret: str, body: bytes = b"{}") -> Delivery:
    """Return what the provider in memory sends to a webhook: it shows the secret itself, nothing more."""
    return Delivery(headers={"x-ledgerly": secret}, query=(), body=body)


@dataclass
class MemoryProvider:
    """A provider whose books are kept in memory; what it answers can be changed by the test.

    ``fails`` holds what the next calls of a name raise: ``{"exchange": [RetryLater("busy")]}``.
    """

    name: str = "ledgerly"
    label: str = "Ledgerly"
    family: str = ""
    directory: MemoryDirectory = field(default_factory=lambda: MemoryDirectory(parents_follow=True))
    organizations: list[Organization] = field(default_factory=lambda: [MAIN])
    features: Mapping[str, bool] = field(default_factory=lambda: {"contact_census": True})
    fails: dict[str, list[Exception]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    revoked: list[Mapping[str, str]] = field(default_factory=list)
    own: list[CustomField] = field(default_factory=list)

    def provider(self) -> Provider:
        """Describe it as a plugin would."""
        return Provider(
            name=self.name,
            label=self.label,
            mark=self.label[:2].upper(),
            family=self.family,
            capabilities=Capabilities(
                calls_per_minute=1000,
                calls_at_once=5,
                inactive=True,
                deletes_customers=True,
                webhooks=True,
                custom_fields=bool(self.own),
            ),
            regions=(
                Region(key="eu", label="Europe", endpoints={"api": "https://eu.ledgerly.example"}),
                Region(key="us", label="America", endpoints={"api": "https://us.ledgerly.example"}),
            ),
            credentials=(CredentialField(name="client_secret", label="client secret", secret=True),),
            guide=(),
            authorize_url=self.authorize_url,
            read_callback=self.read_callback,
            exchange=self.exchange,
            organizations=self.listed,
            probe=self.probe,
            custom_fields=self.custom_fields,
            open=lambda account: self.directory,
            revoke=lambda account: self.revoked.append(account.credentials()),
            verify_webhook=lambda delivery, secret: delivery.headers.get("x-ledgerly") == secret,
            webhook_guide=("Paste {address}, if you please.", "Paste {secret}.", "Save."),
        )

    def authorize_url(self, trip: Authorization) -> str:
        """Lead to the consent page."""
        return f"{trip.region.endpoints['api']}/consent?state={trip.state}"

    def read_callback(self, trip: Authorization, parameters: Mapping[str, str]) -> Grant:
        """Take the code, or hear a no."""
        if "error" in parameters:
            raise AuthorizationDenied("The connection was declined at Ledgerly.")
        region = parameters.get("region", trip.region.key)
        return Grant(code=parameters["code"], region=region, redirect_uri=trip.redirect_uri)

    def exchange(self, account: Account, grant: Grant) -> Mapping[str, str]:
        """Give tokens for a code."""
        self._called("exchange")
        return {"token": f"for {grant.code}", **account.credentials()}

    def listed(self, account: Account) -> list[Organization]:
        """List what the account opens."""
        self._called("organizations")
        return self.organizations

    def probe(self, account: Account) -> Mapping[str, bool]:
        """Tell what the account can."""
        self._called("probe")
        return self.features

    def custom_fields(self, account: Account) -> list[CustomField]:
        """List what the organization added."""
        self._called("custom_fields")
        return self.own

    def _called(self, name: str) -> None:
        self.asked.append(name)
        if self.fails.get(name):
            raise self.fails[name].pop(0)


@contextmanager
def portal_app(
    database_url: str, redis_url: str, *providers: Provider, sandbox_url: str = "", **environment: object
) -> Iterator[Flask]:
    """Make an application with what services need and no pages, and push it."""
    named = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "TANDEM_SANDBOX_URL": sandbox_url}
    settings = make_settings(**named, **environment)
    logs.configure(settings.log_format, settings.log_level)
    valkey = redis.Redis.from_url(settings.redis_url, socket_timeout=2)
    registry = Registry(providers, sandbox_url=settings.sandbox_url)
    with bare_app(settings.database_url) as app:
        context.bind(app, settings, registry, valkey, Budget(valkey, memory=RememberedCalls()))
        yield app


def named(name: str) -> CustomerData:
    """Make a customer's data."""
    return CustomerData(name=name, currency="EUR")


@dataclass(frozen=True)
class Place:
    """A portal and somebody in it."""

    portal_id: uuid.UUID
    user_id: uuid.UUID

    @classmethod
    def new(cls) -> Place:
        """Make a portal of its own."""
        portal, user = new_id(), new_id()
        db.session.add(Portal(id=portal, key=portal.hex, name="Nordlicht"))
        db.session.add(
            User(id=user, email=f"{user.hex}@nordlicht.example", name="Ada", fs_uniquifier=user.hex)
        )
        db.session.commit()
        return cls(portal, user)

    def connect(self, provider: str = "ledgerly", **chosen: str) -> uuid.UUID:
        """Connect to a provider in memory without a browser."""
        credentials = {"client_secret": "s", "token": "t"}
        return connecting.add(
            self.portal_id,
            provider=provider,
            region="eu",
            credentials=credentials,
            user_id=self.user_id,
            **chosen,
        )

    def connect_sandbox(
        self, server: SandboxServer, provider: str = "books", organization: str = ""
    ) -> uuid.UUID:
        """Connect to an organization of the sandbox, its main one unless named, without a browser."""
        order = {"organization": organization} if organization else {}
        token = requests.post(f"{server.url}/_sandbox/token", json=order, timeout=10).json()
        names = ("client_id", "client_secret", "refresh_token")
        return connecting.add(
            self.portal_id,
            provider=provider,
            region="sandbox",
            credentials={name: token[name] for name in names},
            organization_id=token["organization_id"],
            user_id=self.user_id,
        )


def connection(connection_id: uuid.UUID) -> Connection:
    """Read a connection anew."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Connection).where(Connection.id == connection_id)).one()


def mirrored(connection_id: uuid.UUID) -> dict[str, MirrorCustomer]:
    """Read the customers of a mirror anew, by id."""
    db.session.rollback()
    db.session.expire_all()
    rows = db.session.scalars(select(MirrorCustomer).where(MirrorCustomer.connection_id == connection_id))
    return {row.their_id: row for row in rows}


def mirrored_contacts(connection_id: uuid.UUID) -> dict[str, MirrorContact]:
    """Read the contacts of a mirror anew, by id."""
    rows = db.session.scalars(select(MirrorContact).where(MirrorContact.connection_id == connection_id))
    return {row.their_id: row for row in rows}


def refresh_all(connection_id: uuid.UUID) -> None:
    """Look until nothing is due."""
    until_done(lambda: look(connection_id, interactive=False))


def set_connection(connection_id: uuid.UUID, **values: object) -> None:
    """Set columns of a connection."""
    db.session.execute(update(Connection).where(Connection.id == connection_id).values(**values))
    db.session.commit()


def poll(connection_id: uuid.UUID) -> None:
    """Let the next poll be due, and do it."""
    hour_ago = func.now() - text("interval '1 hour'")
    set_connection(connection_id, refreshed_at=hour_ago, next_look_at=func.now())
    refresh_all(connection_id)


def census(connection_id: uuid.UUID) -> None:
    """Let the next census be due, and do it."""
    yesterday = func.now() - text("interval '25 hours'")
    set_connection(connection_id, census_started_at=yesterday, next_look_at=func.now())
    refresh_all(connection_id)


def assert_mirrors(connection_id: uuid.UUID, books: MemoryDirectory) -> None:
    """Check that what is mirrored is what is there."""
    there = {detail.customer.id: detail for detail in books.customers()}
    living = {key: row for key, row in mirrored(connection_id).items() if row.gone_at is None}
    assert {key: row.name for key, row in living.items()} == {
        key: detail.customer.data.name for key, detail in there.items()
    }
    people = mirrored_contacts(connection_id)
    for key, detail in there.items():
        assert living[key].contacts_count == len(detail.contacts)
        assert living[key].contacts_digest
        own = {row.their_id: row.email for row in people.values() if row.their_customer_id == key}
        assert own == {contact.id: contact.data.email for contact in detail.contacts}


def until_done(work: Callable[[], bool], most: int = 2000) -> int:
    """Repeat work until it says that nothing more is due; return how often that was."""
    for times in range(1, most + 1):
        if not work():
            return times
    raise AssertionError(f"not done after {most} times")


BOOKS, INVOICE = books(), invoice()
