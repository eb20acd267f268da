"""The picker: what is shown, found and ticked."""

import pytest

from tests.portal_world import World, portal_app
from tests.queries import queries
from webapp.extensions import db
from webapp.services import marking, picker
from webapp.services.errors import Conflict, NotFound
from webapp.store.columns import new_id, now
from webapp.store.pick_pages import Count
from webapp.sync.normal import search_key

ANNA = {"first_name": "Anna", "last_name": "Møller", "email": "anna@arc.example", "phone": "(555) 0199"}
BO = {"first_name": "Bo", "last_name": "Ek", "email": "bo@arc.example", "phone": "+49 40 669 120"}


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture
def world():
    yield World.new()
    db.session.rollback()


def draft(world):
    return picker.draft(world.portal_id, world.connection_id, world.user_id)


def names(found):
    return [row.name for row in found.rows]


def test_shows_each_state(world):
    world.there("1", "Alpha")
    world.there("2", "Beta")
    world.there("3", "Gamma", active=False)
    world.there("4", "Delta")
    world.there("5", "Epsilon", gone_at=now())
    our_beta = world.here("BETA ")
    our_delta = world.here("Delta & Co")
    world.link("4", our_delta)
    found = picker.page(draft(world))
    assert [(row.name, row.state, row.our_id, row.selectable) for row in found.rows] == [
        ("Alpha", "new", None, True),
        ("Beta", "same_name", our_beta, True),
        ("Delta", "imported", our_delta, False),
    ]
    assert found.rows[2].our_name == "Delta & Co"
    assert "Unlink" in found.rows[2].why
    assert found.counts.all == Count(3)
    assert found.counts.inactive == Count(1)
    assert names(picker.page(draft(world), inactive=True)) == ["Alpha", "Beta", "Delta", "Gamma"]
    assert names(picker.page(draft(world), state="inactive")) == ["Gamma"]
    assert names(picker.page(draft(world), state="nonsense")) == names(found)


@pytest.mark.parametrize(
    "q",
    ["555-0199", "(555) 0199", "5550199", "moller", "MØLLER anna", "  anna   arc  ", "anna@arc", "a"],
)
def test_finds_a_customer_by_any_of_its_people(world, q):
    world.there("1", "Arc", BO, ANNA)
    world.there("2", "Zzz")
    assert names(picker.page(draft(world), q=q)) == ["Arc"]


@pytest.mark.parametrize(
    "q", ["%", "_", "\\", "'", '"', "🦊", "x" * 10_000, "arc nobody", "\x00%", "' OR 1=1 --"]
)
def test_finds_nothing_without_harm(world, q):
    world.there("1", "Arc", ANNA)
    assert picker.page(draft(world), q=q).rows == ()


TEXTS = ("东海 Trade & Co", "北京东山 #1", "Zażółć", "q\x01z x%", "100% 'Ö_ß'", "Δέλτα-東", "a", "Qx 9z")


def test_finds_words_of_one_and_two_signs_wherever_they_stand(world):
    for text in TEXTS:
        world.there(text, text)
    run = draft(world)
    folded = {text: search_key(text) for text in TEXTS}
    parts = {key[at : at + long] for key in folded.values() for at in range(len(key)) for long in (1, 2)}
    asked = [*sorted(part for part in parts if " " not in part), "zz", "东北", "a 东", "东 &"]
    for q in asked:
        expected = {text for text in TEXTS if all(word in folded[text] for word in q.split())}
        assert set(names(picker.page(run, q=q))) == expected, q


def test_names_the_person_the_search_found(world):
    world.there("1", "Arc", BO, ANNA)
    found = picker.page(draft(world), q="anna")
    assert found.rows[0].match == "Anna Møller"
    assert picker.page(draft(world), q="bo@arc").rows[0].match == ""


def test_keeps_what_is_ticked_through_search_paging_and_reload(world):
    for number in range(60):
        world.there(str(number), f"Customer {number:02}", ANNA)
    run = draft(world)
    picker.tick(run, ["3", "59"])
    assert picker.page(draft(world), number=2).selection.customers == 2
    shown = picker.page(draft(world), q="customer 03")
    assert [row.selected for row in shown.rows] == [True]
    assert shown.selection.customers == 2
    assert shown.selection.contacts == 2
    assert shown.selection.matching == 1
    picker.untick(run, ["3"])
    assert picker.page(draft(world)).selection.customers == 1


def test_ticks_all_matching_across_pages_but_exceptions(world):
    for number in range(70):
        world.there(str(number), f"{'Ost' if number < 60 else 'West'} {number:02}")
    run = draft(world)
    picker.tick_all(run, q="ost")
    picker.untick(run, ["5"])
    picker.tick(run, ["65"])
    assert picker.page(draft(world), q="ost").selection.customers == 60
    assert picker.page(draft(world), q="ost").selection.matching == 59
    picker.tick(run, ["5"])
    assert picker.page(draft(world)).selection.customers == 61
    picker.clear(run)
    assert picker.page(draft(world)).selection.customers == 0


def test_shows_among_all_what_it_counts_there(world):
    world.there("1", "Alpha", active=False)
    world.there("2", "Beta", active=False)
    run = draft(world)
    marking.mark_never(world.portal_id, world.connection_id, ["2"], world.user_id)
    found = picker.page(run)
    assert (names(found), found.total, found.counts.never) == (["Beta"], Count(1), Count(1))


def test_never_ticks_what_cannot_be_imported(world):
    world.there("1", "Alpha")
    world.there("2", "Beta", gone_at=now())
    world.link("1", world.here("Alpha"))
    run = draft(world)
    assert picker.tick(run, ["1", "2", "unknown"]) == 0
    picker.tick_all(run, state="imported")
    assert picker.page(draft(world)).selection.customers == 0


def test_counts_a_search_to_a_thousand(world):
    for number in range(1_010):
        world.there(str(number), f"Customer {number}")
    found = picker.page(draft(world), q="customer")
    assert found.total == Count(1_000, more=True)
    assert found.pages is None and found.has_next
    assert picker.page(draft(world)).total == Count(1_010)
    assert len(picker.page(draft(world), number=999).rows) == 10
    assert picker.page(draft(world), q="customer", number=10**30).number == 1


def test_refuses_an_unknown_connection(world):
    with pytest.raises(NotFound):
        picker.draft(world.portal_id, new_id(), world.user_id)
    with pytest.raises(NotFound):
        picker.draft(World.new().portal_id, world.connection_id, world.user_id)


def test_says_when_the_selection_was_taken_on(world):
    world.there("1", "Alpha")
    run = draft(world)
    run.state = "review"
    db.session.commit()
    with pytest.raises(Conflict):
        picker.tick(run, ["1"])


def test_takes_what_the_database_cannot_be_asked_about(world):
    world.there("1", "Arc", ANNA)
    run = draft(world)
    assert picker.tick(run, ["1", "1\0"]) == 1
    picker.tick_all(run, q="ar\0")
    picker.untick(run, ["\0"])
    assert picker.page(run, q="arc\0").selection.customers == 1


def test_a_page_costs_the_same_queries_however_many_customers_it_shows(world):
    run = draft(world)
    costs = []
    for names_there in (["Arc"], [f"Bay {number}" for number in range(20)]):
        for name in names_there:
            world.there(name, name)
        db.session.rollback()
        with queries(db.engine) as asked:
            picker.page(run)
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 6, costs


def test_a_search_beside_ticks_asks_the_mirror_three_times(world):
    for number in range(20):
        world.there(str(number), f"Bay {number}", BO, ANNA)
    run = draft(world)
    picker.tick(run, ["3", "4"])
    picker.page(run, q="anna")
    with queries(db.engine) as asked:
        found = picker.page(run, q="anna")
    assert (len(found.rows), found.rows[0].match, found.selection.matching) == (20, "Anna Møller", 2)
    assert sum("searched_mirror_customer" in each for each in asked) == 3
