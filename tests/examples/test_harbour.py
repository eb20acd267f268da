"""The example's customers are imported and kept in step, over HTTP, as those of an installed provider."""

from __future__ import annotations

import ast
import uuid
from pathlib import Path

import pytest
from tandem_harbour.directory import ONE_PERSON
from tandem_harbour.fake import Fake
from tandem_harbour.hooks import tandem_provider

from tests.import_world import ImportWorld
from tests.mirror_world import Place, portal_app
from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import connecting

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "tandem-harbour"


@pytest.fixture
def fake(module_database_url, redis_url):
    """The small Harbour, which an application's practice region leads to."""
    with (
        Fake() as listening,
        portal_app(module_database_url, redis_url, tandem_provider(), sandbox_url=listening.url),
    ):
        yield listening


@pytest.fixture
def synced(fake):
    """A portal connected to it, all of whose customers were imported."""
    for values in ({"email": "ida@nordwind.example"}, {}, {"contact_given_name": "Anna"}):
        fake.books.add({"name": "Nordwind KG", **values})
    place = Place.new()
    credentials = {
        "client_id": "a-client",
        "client_secret": "a-secret",
        "refresh_token": fake.new_token("refresh"),
    }
    connection_id = connecting.add(
        place.portal_id, provider="harbour", region="sandbox", credentials=credentials, user_id=place.user_id
    )
    imports = ImportWorld(place, connection_id, tandem_provider())
    imports.mirror()
    imports.carry_out(imports.confirmed(["1", "2", "3"], answers="clone"))
    world = SyncWorld(imports)
    world.look()
    yield world
    db.session.rollback()


def ours(synced: SyncWorld) -> dict[str, uuid.UUID]:
    """Return the ids of the customers here by those there."""
    return {link.their_id: link.our_id for link in synced.imports.links() if link.kind == "customer"}


def people(synced: SyncWorld, our_id: uuid.UUID) -> list[tuple[str, str]]:
    """List first names and e-mail addresses of a customer's people here."""
    return [(each.first_name, each.email) for each in synced.imports.people(our_id)]


def test_customers_travel_both_ways_between_a_portal_and_the_example(fake, synced):
    here = ours(synced)
    assert {key: people(synced, our_id) for key, our_id in here.items()} == {
        "1": [("", "ida@nordwind.example")],
        "2": [],
        "3": [("Anna", "")],
    }

    synced.edit(here["1"], name="Nordwind AG", active=False)
    synced.look()
    written = [fake.books.customer(key) for key in ("1", "2")]
    assert [(row["name"], row["archived"]) for row in written] == [
        ("Nordwind AG", True),
        ("Nordwind KG", False),
    ]

    anna = fake.books.customer("3")
    fake.books.replace("3", {**anna, "email": "anna@nordwind.example"}, anna["etag"])
    synced.poll()
    assert people(synced, here["3"]) == [("Anna", "anna@nordwind.example")]

    fake.books.remove("1", fake.books.customer("1")["etag"])
    synced.poll()
    assert [synced.here(here[key]).deleted_at is None for key in ("1", "2", "3")] == [False, True, True]


def test_the_one_person_of_a_customer_is_written_taken_out_and_followed_by_another(fake, synced):
    here = ours(synced)["3"]
    [anna] = synced.imports.people(here)
    with synced.editing() as directory:
        directory.delete_contact(str(here), str(anna.id))
    synced.look()
    assert fake.books.customer("3")["contact_given_name"] == ""

    with synced.editing() as directory:
        directory.create_contact(str(here), ContactData(first_name="Bo", mobile="0170 1"))
    synced.look()
    assert fake.books.customer("3")["contact_given_name"] == "Bo"

    with synced.editing() as directory:
        directory.create_contact(str(here), ContactData(first_name="Cy"))
    synced.look()
    assert [each.reason for each in synced.problems()] == [ONE_PERSON]
    assert synced.first_names(here) == ["Bo", "Cy"]


def test_the_example_imports_nothing_of_tandem_but_the_sdk():
    for path in EXAMPLE.glob("tandem_harbour/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            inside = {name for name in named if name.split(".")[0] in ("webapp", "plugins", "sandbox")}
            assert inside <= {"webapp.sdk", "webapp.sdk.testing"}, path.name
