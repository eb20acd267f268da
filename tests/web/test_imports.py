"""The picker's pages: finding, ticking, turning pages and going on to the review, with script and without."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.web.import_world import ANNA, BO, FRAGMENT
from tests.web.people import browser_of, cast_of_people, token_on
from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.runs import Run, Selection

UNKNOWN = uuid.UUID("01890000-0000-7000-8000-000000000000")
ODD = {
    "percent": "%",
    "underscore": "_",
    "backslash": "\\",
    "quotes": "'\"",
    "emoji": "🦊",
    "letter": "x",
    "spaces": "   ",
    "nul": "a\0b",
    "markup": "<script>",
}


@pytest.fixture
def there(app, world):
    """Put customers into the mirror by name, with Anna as their contact; their ids are 1, 2, 3 ..."""

    def put(*names, people=(ANNA,), **columns):
        with app.app_context():
            return [world.there(str(at), name, *people, **columns) for at, name in enumerate(names, 1)]

    return put


def address(world, **asked):
    pairs = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"/p/nordlicht/connections/{world.connection_id}/import/{'?' + pairs if pairs else ''}"


def open_picker(browser, world, headers=None, **asked):
    return browser.get(address(world), query_string=asked, headers=headers)


def send(browser, world, headers=None, **form):
    form = {"csrf_token": token_on(browser.get("/account/").text), **form}
    return browser.post(address(world), data=form, headers=headers)


def ticked_boxes(page):
    boxes = re.findall(r'<input[^>]*name="pick"[^>]*>', page)
    return {re.search(r'value="([^"]*)"', box)[1] for box in boxes if " checked" in box}


def names(page):
    return re.findall(r'<label for="p-[^"]*"><bdi>(.*?)</bdi>', page)


def selection(app):
    """What the newest draft holds."""
    with app.app_context():
        run = db.session.scalars(select(Run).where(Run.state == "draft")).one()
        return Selection.from_json(run.selection)


def connection_is(app, **values):
    with app.app_context():
        db.session.execute(update(Connection).values(**values))
        db.session.commit()


def test_customers_are_shown_with_what_they_are_known_by(browser, world, there):
    there("Arc")
    page = open_picker(browser, world).text
    assert names(page) == ["Arc"]
    for known in ("Anna Møller", "anna@arc.example", "EUR", "New"):
        assert known in page
    assert "0 selected" in page
    assert re.search(r'id="pick-bar"[^>]* hidden', page)


def test_a_row_says_its_state_and_why_it_cannot_be_ticked(app, browser, world, there):
    there("Arc", "Bolt", "Cask")
    with app.app_context():
        world.here("bolt")
    page = open_picker(browser, world).text
    assert "Same name exists" in page
    assert "Merge, Clone or Skip comes next." in page


def test_inactive_customers_are_hidden_until_they_are_asked_for(app, browser, world, there):
    there("Arc")
    with app.app_context():
        world.there("9", "Zed", active=False)
    assert names(open_picker(browser, world).text) == ["Arc"]
    page = open_picker(browser, world, inactive="1").text
    assert names(page) == ["Arc", "Zed"]
    assert "Inactive in Ledgerly" in page
    assert "It comes in as an inactive customer." in page


@pytest.mark.parametrize("q", ["møl", "MOLLER", "anna@arc", "5550101", "(555) 01-01"])
def test_search_finds_a_person_however_it_is_typed(browser, world, there, q):
    there("Arc")
    assert names(open_picker(browser, world, q=q).text) == ["Arc"]


def test_search_names_the_person_it_found_when_that_is_not_the_primary_one(browser, world, there):
    there("Arc", people=(ANNA, BO))
    page = open_picker(browser, world, q="bo@arc").text
    assert "<mark>bo@arc</mark>" in page or "<mark>bo</mark>" in page or "Bo" in page
    assert names(page) == ["Arc"]


def test_a_fragment_has_the_rows_and_the_freshness_and_nothing_around_them(browser, world, there):
    there("Arc")
    part = open_picker(browser, world, FRAGMENT, q="arc").text
    assert part.lstrip().startswith('<div id="pick-body">')
    assert 'id="fresh"' in part
    assert "<html" not in part
    assert "<mark>Arc</mark>" in part


@pytest.mark.parametrize("q", ODD.values(), ids=ODD)
@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_search_takes_any_text_as_text(browser, world, there, q, headers):
    there("Arc")
    answer = open_picker(browser, world, headers, q=q)
    assert answer.status_code == 200
    assert "<script>" not in answer.text.replace('<script src="', "")


def test_percent_and_underscore_stand_for_themselves(browser, world, there):
    there("100 % Wool", "a_b", "axb")
    assert names(open_picker(browser, world, q="a_b").text) == ["<mark>a_b</mark>"]


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_a_search_of_ten_thousand_letters_finds_nobody_and_says_so_shortly(browser, world, there, headers):
    there("Arc")
    answer = open_picker(browser, world, headers, q="x" * 10_000)
    assert answer.status_code == 200
    assert "No one matches" in answer.text
    assert "x" * 100 not in re.sub(r'(value|href|hx-get|formaction)="[^"]*"', "", answer.text)


def test_a_search_without_result_says_what_was_searched(browser, world, there):
    there("Arc")
    page = open_picker(browser, world, q="brück").text
    assert "No one matches “brück”." in page
    assert "Names, e-mails and phones of all contacts were searched." in page


@pytest.mark.parametrize(
    "asked", [{"page": "-3"}, {"page": "99999"}, {"page": "x"}, {"sort": "x"}, {"state": "x"}], ids=str
)
def test_what_nobody_can_ask_for_shows_the_first(browser, world, there, asked):
    there("Arc")
    answer = open_picker(browser, world, **asked)
    assert answer.status_code == 200
    assert names(answer.text) == ["Arc"]


def test_ticks_are_kept_as_they_are_made_and_only_the_bar_is_answered(app, browser, world, there):
    there("Arc", "Bolt", people=(ANNA, BO))
    part = send(browser, world, FRAGMENT, shown=["1", "2"], pick=["2"]).text
    assert part.lstrip().startswith('<div class="bar-follow" id="pick-bar"')
    assert "1 selected" in part
    assert "2 contacts come along." in part
    assert 'id="pick-body"' not in part
    assert selection(app).ids == {"2"}
    assert ticked_boxes(open_picker(browser, world).text) == {"2"}


def test_a_tick_that_comes_after_the_review_was_asked_for_does_not_take_it_back(app, browser, world, there):
    there("Arc", "Bolt")
    review = send(browser, world, shown=["1", "2"], pick=["1"], act="review").location
    late = send(browser, world, FRAGMENT, shown=["1", "2"], pick=["1", "2"])
    assert (late.status_code, "Reload this page" in late.text) == (409, True)
    shown = browser.get(review)
    assert (shown.status_code, "Arc" in shown.text, "Bolt" in shown.text) == (200, True, False)
    open_picker(browser, world)
    assert send(browser, world, FRAGMENT, shown=["1", "2"], was=["1"], pick=["1", "2"]).status_code == 200
    assert selection(app).ids == {"1", "2"}


def test_unticking_takes_away_only_what_the_page_showed(app, browser, world, there):
    there("Arc", "Bolt", "Cask")
    send(browser, world, shown=["1", "2", "3"], pick=["1", "2", "3"])
    send(browser, world, shown=["1", "2"], was=["1", "2"], pick=["2"])
    assert selection(app).ids == {"2", "3"}


def test_a_window_that_is_out_of_date_takes_no_tick_of_another_one_back(app, browser, world, there):
    there("Arc", "Bolt", "Cask")
    send(browser, world, shown=["1", "2", "3"], pick=["1"])
    send(browser, world, shown=["1", "2", "3"], pick=["2"])
    send(browser, world, shown=["1", "2", "3"], was=["2"], pick=[])
    assert selection(app).ids == {"1"}


def test_a_page_says_which_of_its_rows_were_ticked_when_it_was_made(browser, world, there):
    there("Arc", "Bolt")
    send(browser, world, shown=["1", "2"], pick=["2"])
    page = open_picker(browser, world).text
    assert re.findall(r'name="was" value="(\d)"( disabled)?', page) == [("1", " disabled"), ("2", "")]


def test_a_selection_survives_a_search_that_hides_it(browser, world, there):
    there("Arc", "Bolt")
    send(browser, world, shown=["1", "2"], pick=["1"])
    page = open_picker(browser, world, q="bolt").text
    assert "1 selected" in page
    assert "None of them matches this search. They stay selected." in page


def test_what_is_not_there_or_was_not_shown_cannot_be_ticked(app, browser, world, there):
    there("Arc")
    send(browser, world, shown=["1", "nobody", "x" * 5000, "' OR 1=1"], pick=["nobody", "x" * 5000, "7"])
    assert selection(app).ids == frozenset()


def test_select_all_ticks_what_the_search_finds_on_all_pages(browser, world, there):
    there(*(f"Arc {number:03}" for number in range(60)), "Bolt", people=())
    part = send(browser, world, FRAGMENT, act="all", q="arc").text
    assert "60 selected" in part
    assert 'id="fresh"' in part
    assert len(ticked_boxes(part)) == 50


def test_what_is_unticked_after_select_all_stays_unticked(browser, world, there):
    there("Arc", "Bolt", "Cask")
    send(browser, world, act="all")
    send(browser, world, shown=["1", "2", "3"], was=["1", "2", "3"], pick=["1", "3"])
    assert ticked_boxes(open_picker(browser, world).text) == {"1", "3"}


def test_clear_unticks_everything_on_all_pages(browser, world, there):
    there(*(f"Arc {number:03}" for number in range(60)))
    send(browser, world, act="all")
    part = send(browser, world, FRAGMENT, act="clear", shown=["1"], pick=["1"]).text
    assert "0 selected" in part
    assert not ticked_boxes(part)


def test_without_script_a_page_is_turned_with_its_ticks(browser, world, there):
    there(*(f"Arc {number:03}" for number in range(60)))
    first = open_picker(browser, world, sort="-name").text
    assert 'type="submit" name="to" value="2"' in first
    turned = send(browser, world, to="2", sort="-name", shown=["60", "59"], pick=["59"])
    assert turned.status_code == 303
    second = browser.get(turned.location).text
    assert "51–60 of 60 customers" in second
    assert "1 selected" in second
    assert 'type="submit" name="to" value="1"' in second


def test_without_script_ticking_clearing_and_selecting_all_lead_back_to_the_same_rows(browser, world, there):
    there("Arc", "Bolt")
    for act in ("", "all", "clear"):
        answer = send(browser, world, act=act, q="bolt", state="new", page="1", shown=["2"], pick=["2"])
        assert answer.status_code == 303
        assert "q=bolt" in answer.location
        assert "state=new" in answer.location
        assert names(browser.get(answer.location).text) == ["<mark>Bolt</mark>"]


def test_the_first_button_is_the_one_that_goes_on_so_that_enter_does(browser, world, there):
    there("Arc")
    form = open_picker(browser, world).text.split('<form id="pick"')[1]
    assert re.search(r"<button[^>]*>", form)[0].count('value="review"') == 1


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_a_selection_of_nothing_is_not_reviewed(app, browser, world, there, headers):
    there("Arc")
    answer = send(browser, world, headers, act="review", shown=["1"])
    assert answer.status_code == 422
    assert names(answer.text) == ["Arc"]
    assert 'role="alert"' in answer.text
    assert selection(app).ids == frozenset()


def test_review_takes_along_what_was_ticked_just_then(browser, world, there):
    there("Arc", "Bolt")
    answer = send(browser, world, act="review", shown=["1", "2"], pick=["2"])
    assert answer.status_code == 303
    review = browser.get(answer.location).text
    assert "Bolt" in review
    assert "Arc" not in review


def test_the_providers_text_is_never_markup(browser, world, there):
    evil = "<script>alert(1)</script>"
    there(evil, "=HYPERLINK(1)", people=({"first_name": evil, "email": "<img src=x>@a.example"},))
    for headers in (None, FRAGMENT):
        for q in ("", "script", "<"):
            text = open_picker(browser, world, headers, q=q).text
            assert "<script>alert" not in text
            assert "<img src=x" not in text
    assert "=HYPERLINK(1)" in open_picker(browser, world).text


def test_a_first_reading_is_told_and_asked_for_again(app, browser, world):
    connection_is(app, refreshed_at=None, census_started_at=None, refresh_wanted_at=now())
    page = open_picker(browser, world).text
    assert "Reading your customers from Ledgerly." in page
    assert "You can start choosing as they come." in page
    assert 'hx-trigger="every 2s"' in page


def test_a_reading_that_is_over_is_asked_for_no_more(app, browser, world, there):
    there("Arc")
    connection_is(app, census_started_at=now(), census_finished_at=now())
    part = open_picker(browser, world, FRAGMENT).text
    assert 'hx-trigger="every 2s"' not in part
    assert "As of" in part


def test_a_full_page_keeps_its_rows_in_place_while_more_are_read(app, browser, world, there):
    there(*(f"Arc {number:03}" for number in range(60)))
    connection_is(app, census_started_at=now(), refresh_wanted_at=now())
    assert "still=1" in open_picker(browser, world).text
    part = open_picker(browser, world, FRAGMENT, still="1").text
    assert re.findall(r'<\w+ class="?[\w -]*"? id="([\w-]+)"[^>]* hx-swap-oob', part)
    assert "1–50 of 60 customers" in part
    assert names(part) == []
    connection_is(app, census_finished_at=now(), refreshed_at=now(), refresh_wanted_at=None)
    part = open_picker(browser, world, FRAGMENT, still="1").text
    assert "Show the list in order" in part
    assert "every 2s" not in part


def test_a_page_that_is_not_full_yet_gets_the_rows_that_come(app, browser, world, there):
    there("Arc")
    connection_is(app, census_started_at=now(), refresh_wanted_at=now())
    assert "still=1" not in open_picker(browser, world).text


def test_that_everyone_is_here_already_is_said(browser, world, there, app):
    there("Arc")
    connection_is(app, census_started_at=now(), census_finished_at=now())
    assert "is here already" not in open_picker(browser, world).text
    with app.app_context():
        world.link("1", world.here("Arc"))
    assert "Everyone in Ledgerly is here already." in open_picker(browser, world).text


def test_a_stale_mirror_is_refreshed_by_itself(app, browser, world, there):
    there("Arc")
    connection_is(app, census_finished_at=now(), refreshed_at=now() - timedelta(hours=2))
    assert "Reading what changed" in open_picker(browser, world).text


def test_a_refresh_can_be_asked_for_and_leads_back_to_the_same_rows(app, browser, world, there):
    there("Arc")
    token = token_on(browser.get("/account/").text)
    form = {"csrf_token": token, "shown": ["1"], "pick": ["1"]}
    answer = browser.post(address(world) + "refresh?q=arc", data=form)
    assert answer.status_code == 303
    assert answer.location.endswith("?q=arc")
    page = browser.get(answer.location).text
    assert "Reading what changed" in page
    assert ticked_boxes(page) == {"1"}


def test_a_connection_that_needs_attention_still_shows_what_was_read(app, browser, world, there):
    there("Arc")
    connection_is(app, state="attention", attention="Access was revoked.")
    page = open_picker(browser, world).text
    assert "Ledgerly no longer lets us in." in page
    assert names(page) == ["Arc"]


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize("state", ["disconnected", "new", "authorizing", "choosing"])
def test_a_connection_that_is_not_there_yet_or_no_more_imports_nothing(app, browser, world, state, headers):
    connection_is(app, state=state)
    for answer in (open_picker(browser, world, headers), send(browser, world, headers, act="review")):
        assert answer.status_code == 409
        assert "onnect" in answer.text
    if headers is None:
        page = open_picker(browser, world).text
        assert "Nothing can be imported from Ledgerly now." in page
        assert f'href="/p/nordlicht/connections/{world.connection_id}"' in page


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize("profile", ["Finance only", "Clients only", "Employee"])
def test_whoever_lacks_one_of_both_permissions_is_refused(log_in, world, there, profile, headers):
    there("Arc")
    one = log_in(profile)
    for answer in (open_picker(one, world, headers), send(one, world, headers, act="all")):
        assert answer.status_code == 403
        assert "Arc" not in answer.text


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_the_connection_of_another_portal_is_not_there(app, world, there, headers):
    there("Arc")
    with app.app_context():
        stranger = cast_of_people("elsewhere", "Elsewhere Ltd")
    foreign = browser_of(app, stranger.users["Owner"])
    place = f"/p/elsewhere/connections/{world.connection_id}/import/"
    answers = [
        foreign.get(place, headers=headers),
        foreign.post(place, data={"csrf_token": token_on(foreign.get("/account/").text)}, headers=headers),
    ]
    for answer in answers:
        assert answer.status_code == 404
        assert "Arc" not in answer.text


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_a_connection_nobody_knows_is_not_there(browser, people, headers):
    answer = browser.get(f"/p/nordlicht/connections/{UNKNOWN}/import/", headers=headers)
    assert answer.status_code == 404
    assert "This is not here" in answer.text


@pytest.mark.parametrize("token", ["", "forged"])
def test_a_forged_form_ticks_nothing(app, browser, world, there, token):
    there("Arc")
    open_picker(browser, world)
    answer = browser.post(address(world), data={"csrf_token": token, "shown": ["1"], "pick": ["1"]})
    assert answer.status_code == 400
    assert "This page is out of date" in answer.text
    assert selection(app).ids == frozenset()


def test_everyone_chooses_for_themselves(log_in, world, there):
    there("Arc")
    send(log_in("Owner"), world, shown=["1"], pick=["1"])
    assert not ticked_boxes(open_picker(log_in("Manager"), world).text)
