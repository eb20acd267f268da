"""The review's pages: the plan, answers one by one and for all, what changed, and the confirmation."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.web.import_world import ANNA, BO, FRAGMENT, reviewed
from tests.web.people import browser_of, cast_of_people, token_on
from webapp.extensions import db
from webapp.services import reviews
from webapp.store.columns import new_id, now
from webapp.store.mirror import MirrorCustomer
from webapp.store.runs import Run, RunItem

OUR_ANNA = {"first_name": "Anna", "last_name": "Møller", "email": "anna@arc.example", "phone": "555 0199"}
CY = {"first_name": "Cy", "last_name": "Li", "email": "cy@arc.example"}


@pytest.fixture
def review(app, world):
    """Open a review of customers, those of ``here`` being in the portal already."""

    def opened(*names, here=(), people=(ANNA,), **columns):
        with app.app_context():
            for name in here:
                world.here(name, OUR_ANNA, CY)
            their_ids = [world.there(str(at), name, *people, **columns) for at, name in enumerate(names, 1)]
            return reviewed(world, *their_ids)

    return opened


def address(run_id, rest=""):
    return f"/p/nordlicht/runs/{run_id}/review{rest}"


def send(browser, run_id, rest, form=None, headers=None):
    token = token_on(browser.get("/account/").text)
    return browser.post(
        address(run_id, rest), data={"csrf_token": token, **(form or {})}, headers=headers or {}
    )


def row_of(app, world, run_id, group="same_name", at=0):
    with app.app_context():
        return reviews.review_page(db.session.get_one(Run, (world.portal_id, run_id)), group).items[at]


def state_of(app, world, run_id):
    with app.app_context():
        return db.session.get_one(Run, (world.portal_id, run_id)).state


def test_tells_what_each_customer_becomes(browser, review):
    page = browser.get(address(review("Arc", "Bee", here=["ARC"]))).text
    assert "<strong>2 customers</strong> with 2 contacts will come into <bdi>the portal" in page
    assert "1 contact in Ledgerly, 2 here" in page
    assert "1 answer is missing" in page
    assert re.search(r'id="create".*Bee.*1 contact', page, re.DOTALL)


@pytest.mark.parametrize("form", ["/confirm", "/answers", "/back"])
def test_the_address_of_a_form_leads_to_the_review_it_is_in(browser, review, form):
    run_id = review("Arc")
    shown = browser.get(address(run_id, form))
    assert (shown.status_code, shown.location) == (303, address(run_id))


def test_says_how_many_contacts_are_still_being_read(browser, review):
    page = browser.get(address(review("Arc", contacts_count=None, contacts_digest=None))).text
    assert "Contacts still being read" in page


def test_an_answer_comes_back_with_its_customer_the_numbers_and_the_bar(app, world, browser, review):
    run = review("Arc", here=["ARC"])
    form = {"answer-1": "clone", "was-1": "", "item": "1"}
    answer = send(browser, run, "/answers", form, FRAGMENT)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<article class="dup" id="i-1"')
    assert "A second customer of this name is made and linked." in answer.text
    assert 'id="sum"' in answer.text
    assert "Nothing is missing" in answer.text
    assert "<html" not in answer.text
    assert row_of(app, world, run).answer == "clone"


def test_answers_of_a_whole_page_are_kept_without_scripts(app, world, browser, review):
    run = review("Arc", "Bee", here=["ARC", "BEE"])
    form = {"answer-1": "clone", "was-1": "", "answer-2": "skip", "was-2": ""}
    answer = send(browser, run, "/answers", form)
    assert (answer.status_code, answer.location) == (303, address(run))
    assert [row_of(app, world, run, at=at).answer for at in (0, 1)] == ["clone", "skip"]


def test_a_merge_is_shown_field_by_field(browser, review):
    run = review("Arc", here=["ARC"], people=(ANNA, BO))
    answer = send(browser, run, "/answers", {"answer-1": "merge", "was-1": "", "item": "1"}, FRAGMENT)
    assert "<strong>2 values differ</strong>: choose which stay on both sides" in answer.text
    assert re.search(r'value="ours"><span><bdi>555 0199', answer.text)
    assert re.search(r'value="theirs" checked><span><bdi>555 0101', answer.text)
    assert re.search(r"Anna Møller</bdi> <small>on both sides, same e-mail", answer.text)
    assert re.search(r"Cy Li.*added in Ledgerly", answer.text, re.DOTALL)
    assert re.search(r"Bo Ek.*added here", answer.text, re.DOTALL)


def test_a_merge_whose_details_are_unread_holds_the_import_back(app, world, browser, review):
    run = review("Arc", here=["ARC"], detail_version=None)
    send(browser, run, "/answers", {"answer-1": "merge", "was-1": ""})
    page = browser.get(address(run)).text
    assert "Reading 1 customer from Ledgerly" in page
    assert re.search(r"<button[^>]* disabled>Import 1 customer", page)
    assert "every 2s" in page
    refused = send(browser, run, "/confirm")
    assert refused.status_code == 409
    assert "are still being read from Ledgerly" in refused.text
    assert state_of(app, world, run) == "review"


def test_the_fields_of_a_merge_arrive_by_themselves(app, world, browser, review):
    run = review("Arc", here=["ARC"], detail_version=None)
    send(browser, run, "/answers", {"answer-1": "merge", "was-1": ""})
    still = browser.get(address(run, "/news?waiting=1"), headers=FRAGMENT).text
    assert "Reading 1 customer" in still
    assert "Field by field" not in still
    with app.app_context():
        row = db.session.get_one(MirrorCustomer, (world.portal_id, world.connection_id, "1"))
        row.detail_version = row.version
        db.session.commit()
    news = browser.get(address(run, "/news?waiting=1"), headers=FRAGMENT).text
    assert "Field by field" in news
    assert "every 2s" not in news
    assert "Nothing is missing" in news


def test_one_of_several_customers_of_a_name_is_chosen(app, world, browser, review):
    run = review("Arc", here=["ARC", "Arc"])
    page = browser.get(address(run)).text
    chosen = row_of(app, world, run).candidates[1].our_id
    assert f'value="merge:{chosen}"' in page
    assert 'value="merge"' not in re.search(r"<article.*?</article>", page, re.DOTALL)[0]
    send(browser, run, "/answers", {"answer-1": f"merge:{chosen}", "was-1": ""})
    assert row_of(app, world, run).our_id == chosen
    assert re.search(rf'value="merge:{chosen}" checked', browser.get(address(run)).text)


@pytest.mark.parametrize(
    "given", ["merge", "merge:nonsense", f"merge:{uuid.UUID(int=1)}", "destroy", "", "merge:" * 2000]
)
def test_an_answer_that_does_not_fit_is_said_where_it_was_given(app, world, browser, review, given):
    run = review("Arc", here=["ARC", "Arc"])
    answer = send(browser, run, "/answers", {"answer-1": given, "was-1": "x", "item": "1"}, FRAGMENT)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert row_of(app, world, run).action == "ask"


@pytest.mark.parametrize("position", ["7", "999999999", "9" * 40, "-1", "x"])
def test_an_answer_for_nobody_changes_nothing(app, world, browser, review, position):
    run = review("Arc", here=["ARC"])
    form = {f"answer-{position}": "clone", "item": position}
    assert send(browser, run, "/answers", form, FRAGMENT).status_code in (200, 404)
    assert row_of(app, world, run).action == "ask"


def test_one_customer_here_takes_one_of_two_ticked(browser, review):
    run = review("Arc", "ARC", here=["arc"])
    answer = send(browser, run, "/answers", {"answer-1": "merge", "answer-2": "merge"})
    assert answer.status_code == 422
    assert "is being merged with another one of that name" in answer.text


def test_one_answer_for_all_says_what_it_left(app, world, browser, review):
    run = review("Arc", "Bee", here=["ARC", "BEE", "Bee"])
    answer = send(browser, run, "/answers", {"all": "merge"}, FRAGMENT)
    assert "1 customer is to be merged. 1 customer waits for an answer of their own" in answer.text
    assert [row_of(app, world, run, at=at).action for at in (0, 1)] == ["merge", "ask"]
    followed = send(browser, run, "/answers", {"all": "skip"})
    assert "2 customers are to be left out." in browser.get(followed.location).text


def test_an_unknown_answer_for_all_is_refused(browser, review):
    run = review("Arc", here=["ARC"])
    assert send(browser, run, "/answers", {"all": "destroy"}).status_code == 422


def test_confirming_takes_the_answers_of_the_form_along(app, world, browser, review):
    run = review("Arc", here=["ARC"])
    answer = send(browser, run, "/confirm", {"answer-1": "clone", "was-1": ""})
    assert (answer.status_code, answer.location) == (303, f"/p/nordlicht/runs/{run}")
    assert state_of(app, world, run) == "queued"


def test_a_second_click_confirms_nothing_twice(app, world, browser, review):
    run = review("Arc")
    first, second = send(browser, run, "/confirm"), send(browser, run, "/confirm")
    assert first.location == second.location == f"/p/nordlicht/runs/{run}"
    with app.app_context():
        assert [each.number for each in db.session.scalars(db.select(Run))] == [1]


def test_a_missing_answer_is_asked_for(app, world, browser, review):
    run = review("Arc", here=["ARC"])
    answer = send(browser, run, "/confirm")
    assert answer.status_code == 409
    assert "1 answer is missing. Choose Merge, Clone or Skip" in answer.text
    assert 'href="#i-1"' in answer.text


def test_what_changed_meanwhile_comes_back_for_another_look(app, world, browser, review):
    run = review("Arc", "Bee", people=(ANNA,))
    with app.app_context():
        world.change_there("1", primary_phone="555 0222")
    answer = send(browser, run, "/confirm")
    assert answer.status_code == 409
    assert "so nothing was imported" in answer.text
    assert re.search(r"<del><bdi>555 0101</bdi></del>.*<ins><bdi>555 0222</bdi></ins>", answer.text)
    taken = send(browser, run, "/answers", {"answer-1": "take"}, FRAGMENT)
    assert "Changed while you were choosing" not in taken.text
    assert send(browser, run, "/confirm").status_code == 303


def test_what_changed_can_be_left_out(app, world, browser, review):
    run = review("Arc", "Bee")
    with app.app_context():
        world.change_there("1")
    send(browser, run, "/confirm")
    send(browser, run, "/answers", {"answer-1": "skip"})
    assert "<strong>1 customer</strong>" in browser.get(address(run)).text


def test_an_import_of_nobody_cannot_be_confirmed(browser, review):
    run = review("Arc", here=["ARC"])
    send(browser, run, "/answers", {"answer-1": "skip"})
    assert "Nobody would be imported" in browser.get(address(run)).text
    assert send(browser, run, "/confirm").status_code == 409


def test_blocked_customers_say_why(app, world, browser, review):
    run = review("Arc", "Bee")
    with app.app_context():
        row = db.session.get_one(MirrorCustomer, (world.portal_id, world.connection_id, "2"))
        row.gone_at = db.func.now()
        db.session.commit()
    send(browser, run, "/confirm")
    send(browser, run, "/answers", {"answer-2": "take"})
    page = browser.get(address(run)).text
    assert re.search(r'id="blocked".*Bee.*It was deleted in Ledgerly by now', page, re.DOTALL)


def test_going_back_remembers_the_answers(app, world, browser, review):
    run = review("Arc", here=["ARC"])
    answer = send(browser, run, "/back", {"answer-1": "clone", "was-1": ""})
    assert answer.location == f"/p/nordlicht/connections/{world.connection_id}/import/"
    with app.app_context():
        reviews.open_review(db.session.get_one(Run, (world.portal_id, run)))
    assert row_of(app, world, run).answer == "clone"


def test_three_hundred_collisions_come_page_by_page(app, world, browser, review):
    names = [f"Customer {number:03}" for number in range(120)]
    run = review(*names, here=names)
    first = browser.get(address(run)).text
    assert first.count('<article class="dup"') == 50
    assert "1–50 of 120 customers" in first
    third = browser.get(address(run, "?same_name=3"), headers=FRAGMENT).text
    assert third.count('<article class="dup"') == 20
    assert browser.get(address(run, f"?same_name={10**30}")).text.count('<article class="dup"') == 20
    send(browser, run, "/answers", {"all": "clone"})
    with app.app_context():
        found = db.session.get_one(Run, (world.portal_id, run))
        last = reviews.review_page(found, "same_name", number=3).items[-1].position
        run_item = f"UPDATE run_item SET action = 'ask', answer = '' WHERE position = {last}"
        db.session.execute(db.text(run_item))
        db.session.commit()
    assert f"same_name=3#i-{last}" in browser.get(address(run)).text


@pytest.mark.parametrize(
    "q", ["x" * 10_000, "%", "_", "'", '"', "🦊", "a", "\\", "<script>alert(1)</script>", "a\0b", " "]
)
def test_any_search_text_is_only_searched_for(browser, review, q):
    run = review("Arc", "Bee")
    answer = browser.get(address(run), query_string={"q": q}, headers=FRAGMENT)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_a_search_shows_only_what_it_finds_and_marks_it(browser, review):
    run = review("Arc", "Bee Møbler", here=["ARC"])
    found = browser.get(address(run, "?q=mobler"), headers=FRAGMENT).text
    assert "<mark>Møbler</mark>" in found
    assert "Arc" not in found
    nobody = browser.get(address(run, "?q=zzz")).text
    assert "No one in this plan matches “zzz”." in nobody


def test_the_providers_text_is_escaped(browser, review):
    page = browser.get(address(review("<script>alert(1)</script>", "=1+1 <b>", here=["=1+1 <b>"]))).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "=1+1 <b>" not in page


def test_a_lost_connection_is_said_and_nothing_is_lost(app, world, browser, review):
    run = review("Arc")
    with app.app_context():
        db.session.execute(db.text("UPDATE connection SET state = 'attention'"))
        db.session.commit()
    page = browser.get(address(run)).text
    assert "Ledgerly no longer lets us in." in page
    assert send(browser, run, "/confirm").status_code == 303


def test_a_review_that_is_over_leads_to_where_it_went(browser, review):
    run = review("Arc")
    send(browser, run, "/confirm")
    assert browser.get(address(run)).location == f"/p/nordlicht/runs/{run}"
    news = browser.get(address(run, "/news"), headers=FRAGMENT)
    assert news.headers["HX-Redirect"] == f"/p/nordlicht/runs/{run}"
    assert send(browser, run, "/answers", {"answer-1": "skip"}).status_code == 409


def test_what_was_never_reviewed_leads_to_the_picker(world, browser, review):
    run = review("Arc")
    send(browser, run, "/back")
    assert browser.get(address(run)).location.endswith(f"/connections/{world.connection_id}/import/")


def test_a_forged_form_changes_nothing(app, world, browser, review):
    run = review("Arc")
    assert browser.post(address(run, "/confirm"), data={"csrf_token": "forged"}).status_code == 400
    assert state_of(app, world, run) == "review"


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_both_permissions_are_needed(log_in, review, headers):
    run = review("Arc")
    for profile in ("Finance only", "Clients only", "Employee"):
        assert log_in(profile).get(address(run), headers=headers).status_code == 403


def test_another_portals_review_is_not_there(app, browser, review):
    run = review("Arc")
    with app.app_context():
        stranger = browser_of(app, cast_of_people("elsewhere", "Elsewhere Ltd").users["Owner"])
    assert stranger.get(f"/p/elsewhere/runs/{run}/review").status_code == 404
    assert stranger.get(address(run)).status_code == 404
    assert browser.get(address(uuid.uuid4())).status_code == 404


def test_each_differing_field_is_chosen_and_kept(app, world, browser, review):
    run = review("Arc", here=["ARC"], people=(ANNA, BO))
    send(browser, run, "/answers", {"answer-1": "merge", "was-1": ""})
    [paired] = [each for each in row_of(app, world, run).merge.people if each.kind == "paired"]
    phone = next(each for each in paired.fields if each.field == "phone")
    assert (phone.winner, phone.ours, phone.theirs) == ("theirs", "555 0199", "555 0101")
    chosen = {"item": "1", f"take-1-{phone.name}": "ours", f"was-take-1-{phone.name}": "theirs",
              "take-1-customer.name": "theirs", "was-take-1-customer.name": "theirs"}  # fmt: skip
    answer = send(browser, run, "/answers", chosen, FRAGMENT)
    assert re.search(r'value="ours" checked><span><bdi>555 0199', answer.text)
    merge = row_of(app, world, run).merge
    winners = {each.name: each.winner for person in merge.people for each in person.fields}
    assert winners[phone.name] == "ours"
    assert next(each.winner for each in merge.fields if each.field == "name") == "theirs"


@pytest.mark.parametrize("name", ["customer.nothing", "phone", "customer.phone"])
def test_a_field_that_is_none_is_refused(browser, review, name):
    run = review("Arc", here=["ARC"])
    send(browser, run, "/answers", {"answer-1": "merge", "was-1": ""})
    answer = send(browser, run, "/answers", {"item": "1", f"take-1-{name}": "ours"}, FRAGMENT)
    assert answer.status_code == 422
    assert "no such field" in answer.text


def test_suggests_who_may_be_the_same_and_merges_with_it(app, world, browser, review):
    run = review("Arc Systems GmbH", here=["ARC System Ltd."])
    page = browser.get(address(run)).text
    assert re.search(r"Similar to <a[^>]*><bdi>ARC System Ltd\.", page)
    assert "The same name but for its spelling, e-mail at arc.example" in page
    suggested = row_of(app, world, run, "create").suggestions[0].our_id
    send(browser, run, "/answers", {"answer-1": f"merge:{suggested}"})
    item = row_of(app, world, run)
    assert (item.action, item.our_id, item.basis) == ("merge", suggested, "similar")
    assert "as you chose" in browser.get(address(run)).text


def test_two_that_are_not_the_same_are_not_suggested_again(app, world, browser, review):
    run = review("Arc Systems GmbH", here=["ARC System Ltd."])
    suggested = row_of(app, world, run, "create").suggestions[0].our_id
    answer = send(browser, run, "/answers", {"apart": f"1:{suggested}"}, FRAGMENT)
    assert "Similar to" not in answer.text
    listed = f"/p/nordlicht/connections/{world.connection_id}/remembered"
    page = browser.get(listed).text
    assert "Not the same as" in page
    sent = {"csrf_token": token_on(page), "their_id": "1", "our_id": str(suggested)}
    assert browser.post(listed, data=sent).status_code == 303
    assert "Nothing is remembered" in browser.get(listed).text
    assert "Similar to" in browser.get(address(run)).text


def test_a_customer_is_left_out_taken_along_again_and_never_imported(app, world, browser, review):
    run = review("Arc", "Bee")
    send(browser, run, "/answers", {"answer-1": "skip"})
    assert 'Skip <span class="n">1' in browser.get(address(run)).text
    send(browser, run, "/answers", {"answer-1": "clone"})
    assert row_of(app, world, run, "create").action == "create"
    send(browser, run, "/answers", {"never": "2"})
    assert "Somebody said never to import it" in row_of(app, world, run, "blocked").words
    picked = browser.get(f"/p/nordlicht/connections/{world.connection_id}/import/?state=never").text
    assert "Never import" in picked
    assert "Bee" in picked


def test_one_that_was_linked_before_is_linked_again(app, world, browser, review):
    with app.app_context():
        their_id, ours = world.there("9", "Arc"), world.here("Renamed since", OUR_ANNA)
        before = Run(portal_id=world.portal_id, id=new_id(), connection_id=world.connection_id, kind="import",
                     state="done", selection={}, answers={})  # fmt: skip
        db.session.add(before)
        db.session.flush()
        item = RunItem(portal_id=world.portal_id, run_id=before.id, position=1, their_id=their_id,
                       action="create", state="done", our_id=ours, finished_at=now())  # fmt: skip
        db.session.add(item)
        db.session.commit()
        run = reviewed(world, their_id)
    page = browser.get(address(run)).text
    assert "Link again <span" in page
    assert row_of(app, world, run, "link").our_id == ours
