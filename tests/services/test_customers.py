"""The list of customers, one in detail, unlinking and linking again."""

import pytest

from tests.queries import queries
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import customers, imports, picker, reviews
from webapp.services.errors import Invalid, NotFound, Refused
from webapp.store.columns import new_id
from webapp.store.runs import Query, Selection

ANNA = ContactData(first_name="Anna", last_name="Møller", email="anna@arc.example", phone="(555) 0199")
BO = ContactData(first_name="Bo", last_name="Ek", email="bo@arc.example")
CY = ContactData(first_name="Cy", last_name="Li", designation="Chef")


@pytest.fixture
def imported(world):
    """Arc came from the provider with three people; Bee is only here."""
    theirs = world.there("Arc", ANNA, BO, CY)
    world.here("Bee")
    world.mirror()
    world.carry_out(world.confirmed([theirs]))
    return world


def names(page):
    return [row.name for row in page.rows]


def test_lists_customers_with_their_first_people(imported):
    found = customers.page(imported.portal_id)
    arc, bee = found.rows
    assert [(person.name, person.primary) for person in arc.people] == [
        ("Anna Møller", True),
        ("Bo Ek", False),
    ]
    assert (arc.people_count, arc.linked, arc.new) == (3, (imported.connection_id,), True)
    assert (bee.people_count, bee.people, bee.linked, bee.new) == (0, (), (), False)
    assert found.counts == {"all": 2, "new": 1, "linked": 1, "only_here": 1, "inactive": 0}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"filter": "new"}, ["Arc"]),
        ({"filter": "linked"}, ["Arc"]),
        ({"filter": "only_here"}, ["Bee"]),
        ({"filter": "inactive"}, []),
        ({"filter": "nonsense"}, ["Arc", "Bee"]),
        ({"sort": "-name"}, ["Bee", "Arc"]),
        ({"sort": "newest"}, ["Arc", "Bee"]),
        ({"q": "5550199"}, ["Arc"]),
        ({"q": "moller"}, ["Arc"]),
        ({"q": "nobody"}, []),
        ({"q": "%"}, []),
        ({"number": 99}, ["Arc", "Bee"]),
    ],
)
def test_finds_filters_and_sorts(imported, options, expected):
    assert names(customers.page(imported.portal_id, **options)) == expected


def test_tells_where_a_customer_and_its_people_came_from(imported):
    arc = customers.page(imported.portal_id, q="arc").rows[0]
    told = customers.detail(imported.portal_id, arc.id)
    [origin] = told.came_from
    assert (origin.provider, origin.run_number) == ("Ledgerly", 1)
    assert (told.contacts[0].contact.name, len(told.contacts[0].came_from)) == ("Anna Møller", 1)
    assert {(row.action, row.who, row.run_number) for row in told.history.rows} == {("created", "Ada", 1)}
    assert {row.record for row in told.history.rows} == {"Arc", "Anna Møller", "Bo Ek", "Cy Li"}


def test_hides_customers_of_another_portal(imported, new_world):
    arc = customers.page(imported.portal_id, q="arc").rows[0]
    other = new_world()
    for portal_id, customer_id in [(other.portal_id, arc.id), (imported.portal_id, new_id())]:
        with pytest.raises(NotFound):
            customers.detail(portal_id, customer_id)
        with pytest.raises(NotFound):
            customers.unlink(portal_id, customer_id, imported.connection_id, imported.place.user_id)
    assert len(imported.links()) == 4


def test_unlinks_a_customer_with_its_people_and_offers_it_again(imported):
    arc = customers.page(imported.portal_id, q="arc").rows[0]
    for _ in range(2):
        customers.unlink(imported.portal_id, arc.id, imported.connection_id, imported.place.user_id)
    assert imported.links() == []
    assert [customer.name for customer in imported.customers()] == ["Arc", "Bee"]
    told = customers.detail(imported.portal_id, arc.id).history
    ended = [(row.record, row.field, row.new) for row in told.rows if row.action == "unlinked"]
    assert ended == [("Arc", "", "with 3 contacts")]
    draft = picker.draft(imported.portal_id, imported.connection_id, imported.place.user_id)
    assert [row.state for row in picker.page(draft).rows] == ["same_name"]


def test_links_a_customer_again_with_the_same_twin(imported):
    arc = customers.page(imported.portal_id, q="arc").rows[0]
    place = (imported.portal_id, arc.id, imported.connection_id, imported.place.user_id)
    with pytest.raises(Refused, match="linked already"):
        customers.link_again(*place)
    customers.unlink(*place)
    run = customers.link_again(*place)
    [item] = reviews.review_page(run, "link").items
    assert (item.action, item.our_id) == ("merge", arc.id)
    imported.read_details([item.their_id])
    imported.carry_out(reviews.confirm(run, imported.place.user_id))
    assert len(imported.links()) == 4
    assert len(imported.customers()) == 2


def test_refuses_to_link_a_customer_without_a_twin(imported):
    bee = customers.page(imported.portal_id, q="bee").rows[0]
    with pytest.raises(Refused, match="No customer in Ledgerly"):
        customers.link_again(imported.portal_id, bee.id, imported.connection_id, imported.place.user_id)


@pytest.mark.parametrize(
    ("duplicates", "states"),
    [
        ("merge", ["done", "skipped", "done"]),
        ("clone", ["done"] * 3),
        ("skip", ["skipped", "skipped", "done"]),
    ],
)
def test_imports_without_a_person(world, duplicates, states):
    for name in ("Arc", "Bee", "Cee"):
        world.there(name, ANNA)
    world.here("Arc")
    world.here("Bee")
    world.here("BEE")
    world.mirror()
    selection = Selection(queries=(Query(),))
    run = imports.start(world.portal_id, world.connection_id, None, selection, duplicates)
    assert (run.state, run.number) == ("queued", 1)
    world.carry_out(run)
    assert [item.state for item in world.items(run)] == states


def test_refuses_an_import_of_nothing_or_with_unknown_answers(world):
    world.mirror()
    with pytest.raises(Refused):
        imports.start(world.portal_id, world.connection_id, None, Selection(ids=frozenset(["no"])), "merge")
    with pytest.raises(Invalid):
        imports.start(world.portal_id, world.connection_id, None, Selection(), "explode")


def test_a_page_of_history_far_beyond_the_end_is_the_last(imported):
    arc = imported.customers()[0]
    assert customers.detail(imported.portal_id, arc.id, history_page=10**30).history.number == 1


def test_a_page_costs_the_same_queries_however_many_customers_it_shows(world):
    costs = []
    for names_here in (["Arc"], [f"Bay {number}" for number in range(20)]):
        for name in names_here:
            world.here(name)
        with queries(db.engine) as asked:
            customers.page(world.portal_id)
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 5, costs
