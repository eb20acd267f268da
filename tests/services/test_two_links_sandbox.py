"""One customer linked to Zoho Books and Zoho Invoice, two organizations, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import requests

from sandbox.hand_edits import carry_out
from sandbox.sample.filling import Sample
from sandbox.sample.organizations import MAIN, SECOND
from sandbox.server import SandboxServer
from sandbox.state import State
from tests.import_world import ImportWorld
from tests.mirror_world import BOOKS, INVOICE, Place, poll, portal_app, refresh_all
from webapp.extensions import db
from webapp.sdk.testing import MemoryDirectory
from webapp.services import connection_views
from webapp.services.errors import Refused
from webapp.store.directory import PortalDirectory

NAME = "Grand River Orthodontics LLC"


@pytest.fixture(scope="module")
def sandbox():
    with SandboxServer(State(Sample(customers=30))) as server:
        yield server


@pytest.fixture
def place(module_database_url, redis_url, sandbox):
    with portal_app(module_database_url, redis_url, BOOKS, INVOICE, sandbox_url=sandbox.url):
        yield Place.new()
        db.session.rollback()


@dataclass(frozen=True)
class AtZoho:
    """A customer of one organization of the sandbox, as people there see and edit it."""

    state: State
    organization: str

    @property
    def contact(self):
        contacts = self.state.registers[self.organization].contacts.values()
        return next(each for each in contacts if each.name == NAME)

    @property
    def people(self):
        return sorted(person.first_name for person in self.contact.persons)

    def edit(self, action, **order):
        place = {"organization": self.organization, "contact_id": self.contact.id}
        carry_out(self.state, {"action": action, **place, **order})


def test_what_happens_at_one_product_arrives_here_and_at_the_other(place, sandbox):
    imports = [
        ImportWorld(place, place.connect_sandbox(sandbox, provider, organization.id), MemoryDirectory())
        for provider, organization in (("books", MAIN), ("invoice", SECOND))
    ]
    books, invoice = (AtZoho(sandbox.state, organization.id) for organization in (MAIN, SECOND))
    for world, at in zip(imports, (books, invoice), strict=True):
        refresh_all(world.connection_id)
        world.carry_out(world.confirmed([at.contact.id], "merge"))
    [customer] = imports[0].customers()
    assert len({link.connection_id for link in imports[0].links() if link.our_id == customer.id}) == 2
    settle(imports)

    directory = PortalDirectory(place.portal_id)
    directory.update_customer(str(customer.id), {"website": "https://here.example"})
    directory.flush()
    db.session.commit()
    settle(imports)
    assert books.contact.website == invoice.contact.website == "https://here.example"

    sandbox.state.advance(60)
    invoice.edit("create_person", fields={"first_name": "Nadia"})
    books.edit("update_contact", fields={"website": "https://books.example"})
    settle(imports)
    assert "Nadia" in books.people and books.people == invoice.people
    assert invoice.contact.website == "https://books.example"

    called = {(call["method"], call["path"].split("/")[1]) for call in log(sandbox)}
    assert {("PUT", "books"), ("PUT", "invoice"), ("POST", "books")} <= called
    requests.post(f"{sandbox.url}/_sandbox/log/clear", json={}, timeout=10)
    settle(imports)
    assert {call["method"] for call in log(sandbox)} == {"GET"}
    assert [view.label for view in connection_views.views(place.portal_id)] == ["Zoho Books", "Zoho Invoice"]


def test_an_organization_of_books_is_refused_to_invoice(place, sandbox):
    place.connect_sandbox(sandbox)
    with pytest.raises(Refused, match="connected to Nordlicht Studio already, through Zoho Books"):
        place.connect_sandbox(sandbox, "invoice")


def settle(imports):
    """Poll both until what one was told has reached the other."""
    for _ in range(2):
        for world in imports:
            poll(world.connection_id)


def log(sandbox):
    return requests.get(f"{sandbox.url}/_sandbox/log", timeout=10).json()
