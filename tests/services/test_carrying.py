"""One item of a run carried out, while others change what it is about."""

import uuid

import pytest

from tests.conftest import temporary_database
from tests.import_world import ImportWorld
from tests.mirror_world import MemoryProvider, portal_app
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import imports
from webapp.store.customers import Customer
from webapp.store.runs import Run, Selection

ANNA = ContactData(first_name="Anna", email="anna@arc.example")
BO = ContactData(first_name="Bo", email="bo@arc.example")
CY = ContactData(first_name="Cy", email="cy@arc.example")
PROVIDER = MemoryProvider()


@pytest.fixture(scope="module", autouse=True)
def app(postgres_url, redis_url):
    with temporary_database(postgres_url) as url, portal_app(url, redis_url, PROVIDER.provider()) as made:
        yield made


@pytest.fixture
def world():
    yield ImportWorld.new(PROVIDER)
    db.session.rollback()


def outcomes(world: ImportWorld, run: Run) -> list[tuple[str, str]]:
    return [(item.name, item.state) for item in world.items(run)]


def commanded(world: ImportWorld, their_id: str, duplicates: str) -> Run:
    selection = Selection(ids=frozenset([their_id]))
    return imports.start(world.portal_id, world.connection_id, None, selection, duplicates)


def change_website(customer_id: uuid.UUID, website: str) -> None:
    """Let somebody else edit a customer here."""
    edited = db.update(Customer).where(Customer.id == customer_id)
    with db.engine.begin() as side:
        side.execute(edited.values(website=website, version=Customer.version + 1))


def test_never_merges_two_customers_there_into_one_here(world):
    one, other = world.there("Arc", ANNA), world.there("Arc", BO)
    ours = world.here("Arc", CY)
    world.mirror()
    runs = [commanded(world, their_id, "merge") for their_id in (one, other)]
    for run in runs:
        world.carry_out(run)
    assert [outcomes(world, run) for run in runs] == [[("Arc", "done")], [("Arc", "failed")]]
    assert "linked to another one" in world.items(runs[1])[0].reason
    assert [link.their_id for link in world.links() if link.kind == "customer"] == [one]
    assert [person.first_name for person in world.people(ours)] == ["Anna", "Cy"]


def test_a_command_makes_no_second_customer_of_a_name_that_came_meanwhile(world):
    theirs = world.there("Arc", ANNA)
    world.mirror()
    run = commanded(world, theirs, "skip")
    ours = world.here("Arc")
    world.carry_out(run)
    assert outcomes(world, run) == [("Arc", "changed")]
    assert [customer.id for customer in world.customers()] == [ours]


def test_sees_what_changed_here_while_others_of_its_batch_were_carried_out(world):
    ids = [world.there("Arc", ANNA), world.there("Bee", BO, website="https://theirs.example")]
    world.here("Arc", CY)
    bee = world.here("Bee", website="https://seen.example")
    world.mirror()
    run = world.confirmed(ids, "merge")
    create_contact = world.theirs.create_contact

    def meanwhile(customer_id: str, data: ContactData):
        change_website(bee, "https://unseen.example")
        return create_contact(customer_id, data)

    world.theirs.create_contact = meanwhile
    world.carry_out(run)
    assert outcomes(world, run) == [("Arc", "done"), ("Bee", "changed")]
    assert next(each for each in world.customers() if each.id == bee).website == "https://unseen.example"
