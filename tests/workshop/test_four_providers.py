"""One customer at four providers in one portal: both of Zoho, the example, a plugin made a moment ago."""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tandem_harbour import fake as harbour
from tandem_harbour.hooks import tandem_provider as harbour_provider

from sandbox.hand_edits import carry_out
from sandbox.sample.filling import Sample
from sandbox.sample.organizations import MAIN, SECOND
from sandbox.server import SandboxServer
from sandbox.state import State
from tests.import_world import ImportWorld
from tests.mirror_world import BOOKS, INVOICE, Place, poll, portal_app, refresh_all
from tests.workshop.conftest import forget
from webapp.extensions import db
from webapp.sdk.testing import MemoryDirectory
from webapp.services import connecting, connection_views
from webapp.store.directory import PortalDirectory
from webapp.workshop.making import Plugin

NAME = "Nordwind KG"
LABELS = {"Acme Books", "Harbour", "Zoho Books", "Zoho Invoice"}


@dataclass(frozen=True)
class There:
    """The customer at one provider, as people there see and edit it: what its company is called."""

    connection_id: uuid.UUID
    their_id: str
    company: Callable[[], str]
    rename: Callable[[str], object]


@pytest.fixture
def acme(plugin: Plugin, written: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The package of the plugin, as it is written."""
    monkeypatch.syspath_prepend(written)
    yield importlib.import_module(plugin.package)
    forget(plugin)


@pytest.fixture
def everywhere(acme: Any, module_database_url: str, redis_url: str) -> Iterator[tuple[Place, list[There]]]:
    """A portal that is connected to all four, with the customer at each and imported from none."""
    made = {name: importlib.import_module(f"{acme.__name__}.{name}") for name in ("fake", "hooks")}
    with (
        SandboxServer(State(Sample(customers=5))) as zoho,
        harbour.Fake() as small,
        made["fake"].Fake() as own,
    ):
        others = [
            replace(provider, regions=(*provider.regions, fake.region))
            for provider, fake in ((harbour_provider(), small), (made["hooks"].tandem_provider(), own))
        ]
        providers = (BOOKS, INVOICE, *others)
        with portal_app(module_database_url, redis_url, *providers, sandbox_url=zoho.url):
            place = Place.new()
            yield (
                place,
                [
                    at_books(place, zoho),
                    at_invoice(place, zoho),
                    at_harbour(place, small),
                    at_acme(place, own),
                ],
            )
            db.session.rollback()


def at_books(place: Place, zoho: SandboxServer) -> There:
    """Put the customer into the main organization of Zoho."""
    return at_zoho(place, zoho, "books", MAIN.id)


def at_invoice(place: Place, zoho: SandboxServer) -> There:
    """Put the customer into the second organization of Zoho."""
    return at_zoho(place, zoho, "invoice", SECOND.id)


def at_zoho(place: Place, zoho: SandboxServer, product: str, organization: str) -> There:
    """Put the customer into an organization of Zoho, and connect one of its products to it."""

    def edit(action: str, **order: Any) -> Any:
        return carry_out(zoho.state, {"action": action, "organization": organization, **order})["contact"]

    made = edit("create_contact", fields={"contact_name": NAME, "contact_type": "customer"})["contact_id"]
    contacts = zoho.state.registers[organization].contacts
    return There(
        connection_id=place.connect_sandbox(zoho, product, organization),
        their_id=made,
        company=lambda: contacts[made].company_name,
        rename=lambda name: edit("update_contact", contact_id=made, fields={"company_name": name}),
    )


def at_harbour(place: Place, fake: harbour.Fake) -> There:
    """Put the customer into the example's small system, and connect to it."""
    made = fake.books.add({"name": NAME})["id"]

    def rename(name: str) -> None:
        row = fake.books.customer(made)
        fake.books.replace(made, {**row, "legal_name": name}, row["etag"])

    return There(
        connection_id=connect(place, "harbour", fake),
        their_id=made,
        company=lambda: fake.books.customer(made)["legal_name"],
        rename=rename,
    )


def at_acme(place: Place, fake: Any) -> There:
    """Put the customer into the made plugin's small system, and connect to it."""
    made = fake.books.add_customer({"name": NAME})["id"]
    return There(
        connection_id=connect(place, "acme_books", fake),
        their_id=made,
        company=lambda: fake.books.customer(made)["company"],
        rename=lambda name: fake.books.change_customer(made, {"company": name}),
    )


def connect(place: Place, provider: str, fake: Any) -> uuid.UUID:
    """Connect to a provider's small system."""
    credentials = {"client_id": "a", "client_secret": "b", "refresh_token": fake.new_token("refresh")}
    return connecting.add(
        place.portal_id,
        provider=provider,
        region=fake.region.key,
        credentials=credentials,
        user_id=place.user_id,
    )


def test_an_edit_anywhere_reaches_the_portal_and_all_four_providers(everywhere):
    place, there = everywhere
    worlds = [ImportWorld(place, each.connection_id, MemoryDirectory()) for each in there]
    for world, each in zip(worlds, there, strict=True):
        refresh_all(each.connection_id)
        world.carry_out(world.confirmed([each.their_id], "merge"))
        poll(each.connection_id)
    [customer] = worlds[0].customers()
    assert {link.connection_id for link in worlds[0].links()} == {each.connection_id for each in there}

    directory = PortalDirectory(place.portal_id)
    directory.update_customer(str(customer.id), {"company_name": "Nordwind from here"})
    directory.flush()
    db.session.commit()
    for each in there:
        refresh_all(each.connection_id)
    assert [each.company() for each in there] == ["Nordwind from here"] * len(there)

    # What happens at the two of Zoho is told to each other elsewhere.
    for number, each in enumerate(there[2:]):
        each.rename(f"Nordwind from {number}")
        poll(each.connection_id)
        for one in there:
            refresh_all(one.connection_id)
        assert [one.company() for one in there] == [f"Nordwind from {number}"] * len(there)
    assert [each.company_name for each in worlds[0].customers()] == ["Nordwind from 1"]
    assert {view.label for view in connection_views.views(place.portal_id)} == LABELS
