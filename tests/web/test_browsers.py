"""Browsers are called what people call them, and a login is told and ended by where it was made."""

from __future__ import annotations

import re

import pytest

from tests.web.people import PASSWORD, browser_of, cast_of_people, token_on
from webapp.web.browsers import browser_name

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (WINDOWS, "Firefox on Windows"),
        (PHONE, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("Mozilla/5.0 (X11; CrOS x86_64) Chrome/140.0 Safari/537.36", "Chrome on ChromeOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5", ""),
        ("", ""),
    ],
)
def test_a_browser_has_the_name_people_give_it(said, name):
    assert browser_name(said) == name


@pytest.fixture
def log_in_with(app, people):
    """Log the owner in by password with a browser that says what it is."""

    def log_in(user_agent):
        browser = app.test_client()
        token = token_on(browser.get("/login").text)
        typed = {"email": "owner@nordlicht.example", "password": PASSWORD, "csrf_token": token}
        assert browser.post("/login", data=typed, headers={"User-Agent": user_agent}).status_code == 302
        return browser

    return log_in


def shown(browser):
    """The part of the account page that tells where one is logged in."""
    return browser.get("/account/").text.split('id="sessions"')[1].split("</section>")[0]


def keys(browser):
    """The keys of the other sessions, as the page offers to end them."""
    return re.findall(r'name="session" value="([^"]+)"', shown(browser))


def end(browser, **form):
    """Log out elsewhere."""
    token = token_on(browser.get("/account/").text)
    return browser.post("/account/sessions", data={"csrf_token": token, **form}, follow_redirects=True)


def is_logged_in(browser):
    return browser.get("/account/").status_code == 200


def test_every_place_one_is_logged_in_at_is_shown_and_this_one_marked(log_in_with):
    here = log_in_with(WINDOWS)
    log_in_with(PHONE)
    text = shown(here)
    assert re.search(r"Firefox on Windows<span[^>]*>This one", text)
    assert "Safari on iPhone" in text
    assert len(keys(here)) == 1


def test_one_place_is_logged_out_and_the_others_stay(log_in_with):
    here, phone, edge = (log_in_with(each) for each in (WINDOWS, PHONE, EDGE))
    rows = shown(here).split("<tr>")
    key = next(re.search(r'value="([^"]{24})"', row)[1] for row in rows if "iPhone" in row)
    assert "You are logged out there." in end(here, session=key).text
    assert [is_logged_in(each) for each in (here, phone, edge)] == [True, False, True]
    assert "You were logged out there already." in end(here, session=key).text


def test_all_other_places_are_logged_out_at_once(log_in_with):
    here, *others = (log_in_with(each) for each in (WINDOWS, PHONE, EDGE))
    assert "You are logged out everywhere else." in end(here).text
    assert is_logged_in(here)
    assert not any(is_logged_in(each) for each in others)
    assert "Log out everywhere else" not in shown(here)


def test_nobody_ends_a_session_of_another(app, log_in_with):
    with app.app_context():
        stranger = browser_of(app, cast_of_people("elsewhere", "Elsewhere").users["Owner"])
    here, phone = log_in_with(WINDOWS), log_in_with(PHONE)
    for key in (*keys(here), *keys(phone), "%", "_" * 24, ""):
        end(stranger, session=key)
    assert is_logged_in(here)
    assert is_logged_in(phone)


def test_what_names_no_session_ends_none(log_in_with):
    here, phone = log_in_with(WINDOWS), log_in_with(PHONE)
    for key in (keys(phone)[0][:1], "\0", "é" * 24, "f" * 5000):
        assert "You were logged out there already." in end(here, session=key).text
    assert is_logged_in(phone)


def test_the_page_tells_no_session_that_opens_anything(app, log_in_with):
    here, phone = log_in_with(WINDOWS), log_in_with(PHONE)
    thief = app.test_client()
    thief.set_cookie("tandem", keys(here)[0])
    assert not is_logged_in(thief)
    assert phone.get_cookie("tandem").value not in here.get("/account/").text
