"""The review: what each ticked customer becomes, answers, confirmation, and what moved meanwhile."""

import pytest

from tests.portal_world import World, portal_app
from tests.queries import queries
from webapp.extensions import db
from webapp.services import picker, portals, reviews
from webapp.services.errors import Conflict, Invalid, NotFound, Refused
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.directory import PortalDirectory
from webapp.store.mirror import MirrorCustomer

ANNA = {"first_name": "Anna", "last_name": "Møller", "email": "anna@arc.example", "phone": "1"}
BO = {"first_name": "Bo", "last_name": "Ek", "email": "bo@arc.example"}


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture
def world():
    yield World.new()
    db.session.rollback()


def chosen(world, *their_ids):
    run = picker.draft(world.portal_id, world.connection_id, world.user_id)
    picker.tick(run, their_ids)
    return run


def reviewed(world, *their_ids):
    return reviews.open_review(chosen(world, *their_ids))


def items(run, group):
    return reviews.review_page(run, group).items


def test_tells_what_each_becomes(world):
    world.there("1", "Alpha", ANNA, BO)
    world.there("2", "Beta", ANNA)
    world.here("béta")
    ours = world.here("BETA")
    told = reviews.review(reviewed(world, "1", "2"))
    assert (told.customers, told.contacts, told.create, told.missing) == (2, 3, 1, 1)
    assert told.first_missing == 2
    [create] = items(told.run, "create")
    assert (create.name, create.contacts, create.choices) == ("Alpha", 2, ("skip",))
    [same] = items(told.run, "same_name")
    assert same.choices == ("merge", "clone", "skip")
    assert [candidate.our_id for candidate in same.candidates] == [ours]


def test_refuses_a_selection_of_nothing(world):
    with pytest.raises(Refused, match="Nothing is ticked"):
        reviews.open_review(chosen(world))


def test_blocks_what_vanished_or_came_otherwise_meanwhile(world):
    world.there("1", "Alpha")
    world.there("2", "Beta")
    run = chosen(world, "1", "2")
    world.change_there("1", gone_at=now())
    world.link("2", world.here("Beta"))
    told = reviews.review(reviews.open_review(run))
    assert told.blocked == 2
    assert "deleted in Ledgerly" in items(told.run, "blocked")[0].words
    with pytest.raises(Refused, match="Nothing would be imported"):
        reviews.confirm(told.run, world.user_id)


def test_shows_a_merge_field_by_field(world):
    world.there("1", "Arc", ANNA, company_name="Arc AB", website="")
    ours = world.here("ARC", {**ANNA, "phone": "2", "designation": ""}, BO, website="https://arc.example")
    run = reviewed(world, "1")
    reviews.answer(run, 1, "merge")
    item = reviews.shown_item(run, 1)
    assert item.our_id == ours
    fields = {each.field: (each.kind, each.winner) for each in item.merge.fields}
    assert fields["name"] == ("differs", "theirs")
    assert fields["company_name"] == ("filled_here", "theirs")
    assert fields["website"] == ("filled_there", "ours")
    [paired, added] = item.merge.people
    assert (paired.name, paired.kind, paired.why) == ("Anna Møller", "paired", "same e-mail")
    assert (paired.fields[0].field, paired.fields[0].kind) == ("phone", "differs")
    assert (added.name, added.kind) == ("Bo Ek", "added_there")


def test_asks_which_of_several_customers_is_meant(world):
    world.there("1", "Arc")
    first, second = world.here("Arc"), world.here("arc")
    run = reviewed(world, "1")
    with pytest.raises(Refused, match="Say which"):
        reviews.answer(run, 1, "merge")
    assert reviews.answer_all(run, "merge").left == 1
    reviews.answer(run, 1, "merge", second)
    assert reviews.shown_item(run, 1).our_id == second
    with pytest.raises(Refused):
        reviews.answer(run, 1, "merge", new_id())
    assert {each.our_id for each in items(run, "same_name")[0].candidates} == {first, second}


def test_lists_two_ticked_of_one_name(world):
    world.there("1", "Arc")
    world.there("2", "ARC")
    world.here("arc")
    run = reviewed(world, "1", "2")
    assert [item.twins for item in items(run, "same_name")] == [1, 1]
    told = reviews.answer_all(run, "merge")
    assert (told.answered, told.left) == (0, 2)
    assert "answer of their own" in told.words
    reviews.answer(run, 1, "merge")
    with pytest.raises(Refused, match="being merged with another"):
        reviews.answer(run, 2, "merge")
    reviews.answer(run, 2, "clone")
    assert reviews.confirm(run, world.user_id).state == "queued"


def test_answers_for_all_at_once(world):
    for number in range(3):
        world.there(str(number), f"Arc {number}")
        world.here(f"Arc {number}")
    run = reviewed(world, "0", "1", "2")
    assert reviews.answer_all(run, "merge").answered == 3
    assert reviews.review(run).merge == 3
    assert reviews.answer_all(run, "skip").answered == 3
    assert reviews.review(run).skip == 3
    with pytest.raises(Invalid):
        reviews.answer_all(run, "explode")


@pytest.mark.parametrize(("default", "counted"), [("merge", "merge"), ("clone", "clone"), ("ask", "missing")])
def test_takes_the_portals_default_for_duplicates(world, default, counted):
    world.there("1", "Arc")
    world.here("Arc")
    portals.set_duplicates(world.portal_id, default)
    assert getattr(reviews.review(reviewed(world, "1")), counted) == 1


def test_keeps_answers_when_going_back_to_choosing(world):
    world.there("1", "Arc")
    world.there("2", "Bee")
    world.here("Arc")
    run = reviewed(world, "1")
    reviews.answer(run, 1, "clone")
    again = picker.draft(world.portal_id, world.connection_id, world.user_id)
    assert (again.id, again.state) == (run.id, "draft")
    picker.tick(again, ["2"])
    told = reviews.review(reviews.open_review(again))
    assert (told.clone, told.create) == (1, 1)


def test_refuses_while_answers_are_missing(world):
    world.there("1", "Arc")
    world.here("Arc")
    with pytest.raises(Refused, match="1 answer is missing"):
        reviews.confirm(reviewed(world, "1"), world.user_id)


def test_waits_for_the_details_of_a_merge(world):
    world.there("1", "Arc", detail_version=None)
    world.here("Arc")
    run = reviewed(world, "1")
    reviews.answer(run, 1, "merge")
    item = reviews.shown_item(run, 1)
    assert item.waiting_details and item.merge is None
    assert reviews.review(run).waiting_details == 1
    with pytest.raises(Refused, match="still being read"):
        reviews.confirm(run, world.user_id)
    reviews.answer(run, 1, "clone")
    assert reviews.confirm(run, world.user_id).state == "queued"


def test_confirms_once_however_often_it_is_clicked(world):
    world.there("1", "Alpha")
    run = reviewed(world, "1")
    first = reviews.confirm(run, world.user_id)
    assert (first.state, first.number, first.total) == ("queued", 1, 1)
    assert reviews.confirm(run, world.user_id).number == 1
    with pytest.raises(Conflict):
        reviews.answer(run, 1, "skip")
    world.there("2", "Beta")
    assert reviews.confirm(reviewed(world, "2"), world.user_id).number == 2


@pytest.mark.parametrize(
    ("move", "words"),
    [
        (lambda w, ours: w.change_there("1", primary_phone="77"), "Ledgerly changed"),
        (lambda w, ours: w.change_there("1", version="1", contacts_digest="other"), "Ledgerly changed"),
        (lambda w, ours: w.here("Arc", website="https://new.example"), "came into the portal"),
    ],
)
def test_brings_back_what_moved_before_the_confirmation(world, move, words):
    world.there("1", "Arc", ANNA)
    run = reviewed(world, "1")
    move(world, None)
    run = reviews.confirm(run, world.user_id)
    assert run.state == "review"
    [item] = items(run, "changed")
    assert words in item.words
    with pytest.raises(Refused):
        reviews.answer(run, 1, "clone")
    reviews.answer(run, 1, "take")
    if items(run, "same_name"):
        reviews.answer(run, 1, "clone")
    assert reviews.confirm(run, world.user_id).state == "queued"


def test_tells_what_changed(world):
    world.there("1", "Arc", ANNA)
    run = reviewed(world, "1")
    world.change_there("1", primary_phone="77")
    [item] = items(reviews.confirm(run, world.user_id), "changed")
    assert item.changes == (("Phone", "1", "77"),)


def test_brings_a_merge_back_when_ours_changed(world):
    world.there("1", "Arc", ANNA)
    ours = world.here("Arc", BO)
    run = reviewed(world, "1")
    reviews.answer(run, 1, "merge")
    directory = PortalDirectory(world.portal_id)
    contact = directory.customer(str(ours)).contacts[0]
    directory.update_contact(str(ours), contact.id, {"phone": "9"})
    db.session.commit()
    [item] = items(reviews.confirm(run, world.user_id), "changed")
    assert "in the portal changed" in item.words
    reviews.answer(run, 1, "take")
    assert reviews.review(run).merge == 1
    assert reviews.confirm(run, world.user_id).state == "queued"


def test_pins_contacts_that_were_read_meanwhile(world):
    world.there("1", "Arc", ANNA, contacts_digest=None, contacts_count=None)
    world.here("Arc")
    run = reviewed(world, "1")
    reviews.answer(run, 1, "merge")
    row = db.session.get_one(MirrorCustomer, (world.portal_id, world.connection_id, "1"))
    row.contacts_digest, row.contacts_count = "one", 1
    db.session.commit()
    reviews.review(run)
    row.contacts_digest = "two"
    db.session.commit()
    assert reviews.confirm(run, world.user_id).state == "review"


def test_refuses_answers_that_do_not_fit(world):
    world.there("1", "Alpha")
    run = reviewed(world, "1")
    with pytest.raises(Refused, match="Say which"):
        reviews.answer(run, 1, "merge")
    with pytest.raises(NotFound):
        reviews.answer(run, 99, "clone")
    with pytest.raises(Invalid):
        reviews.answer(run, 1, "explode")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"state": "attention"}, "needs attention"),
        ({"state": "disconnected"}, "was ended"),
        ({"pause_reason": "Ledgerly asks for a pause."}, "asks for a pause"),
    ],
)
def test_an_import_that_has_to_wait_says_why_from_the_start(world, columns, words):
    world.there("1", "Arc")
    run = reviewed(world, "1")
    db.session.execute(db.update(Connection).where(Connection.id == world.connection_id).values(**columns))
    db.session.commit()
    assert words in reviews.confirm(run, world.user_id).pause


def test_an_answer_costs_three_queries_and_its_page_few_more(world):
    world.there("1", "Arc", ANNA)
    world.here("arc")
    run = reviewed(world, "1")
    with queries(db.engine) as asked:
        reviews.answer(run, 1, "clone")
    assert len(asked) == 3, asked
    with queries(db.engine) as asked:
        reviews.shown_item(run, 1)
        reviews.page_of_first_missing(reviews.numbers(run))
    assert len(asked) <= 6, asked


def test_finds_those_of_one_name_among_very_many(world):
    for number in range(6):
        world.there(str(number), f"Arc {number // 3}")
    run = reviewed(world, *map(str, range(6)))
    assert [item.twins for item in items(run, "same_name")] == [2] * 6
