"""The account page, and what every page takes from it."""

from __future__ import annotations

import re

import pytest

from tests.web.people import PASSWORD, token_on
from webapp.services import notices, portals, users
from webapp.services.notice_kinds import KINDS


@pytest.fixture
def save(log_in):
    """Send the account form of the owner, and read the page it leads to."""
    owner = log_in("Owner")

    def send(**typed):
        values = {"name": "Ada", "time_zone": "Europe/Berlin", "locale": "de_DE"} | typed
        token = token_on(owner.get("/account/").text)
        return owner.post("/account/", data=values | {"csrf_token": token}, follow_redirects=True)

    return send


def test_settings_are_kept_and_used(save):
    page = save().text
    assert "Your settings are saved." in page
    assert 'value="Ada"' in page
    assert "1.284,5" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "  "}, "Enter your name"),
        ({"name": "\0"}, "Enter your name"),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone from the list"),
        ({"time_zone": "../../etc/passwd"}, "Choose a time zone from the list"),
        ({"locale": "xx_YY"}, "Choose a format from the list"),
    ],
)
def test_a_wrong_value_is_named_and_what_was_typed_is_kept(save, typed, words):
    answer = save(**{"name": "Ada L."} | typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    if "name" not in typed:
        assert 'value="Ada L."' in answer.text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_fixed_for_this_user_alone(log_in, theme):
    owner = log_in("Owner")
    token = token_on(owner.get("/account/").text)
    owner.post("/account/theme", data={"theme": theme, "csrf_token": token})
    assert f'data-bs-theme="{theme}"' in owner.get("/account/").text
    assert "data-bs-theme" not in log_in("Manager").get("/account/").text


def test_an_unknown_theme_is_refused(log_in):
    owner = log_in("Owner")
    token = token_on(owner.get("/account/").text)
    assert owner.post("/account/theme", data={"theme": "pink", "csrf_token": token}).status_code == 422


def test_the_account_pages_stand_within_the_only_portal_one_is_in(log_in):
    owner = log_in("Owner")
    for address in ("/account/", "/account/two-factor", "/account/data/"):
        assert shown_around(owner.get(address).text) == ["Nordlicht Studio", "Manage users"]


def test_whoever_is_in_several_portals_stays_in_the_one_they_came_from(app, people, log_in):
    with app.app_context():
        other = portals.add_portal("ostsee", "Ostsee")
        portals.add_user(other.id, "owner@nordlicht.example", "", password=None, profile="Employee")
    owner = log_in("Owner")
    assert shown_around(owner.get("/account/").text) == ["Your portals"]
    owner.get("/p/ostsee/")
    assert shown_around(owner.get("/account/").text) == ["Ostsee"]


def shown_around(page):
    """Tell what stands on the left of a page."""
    left = page[page.index('id="nav"') : page.index('id="main"')]
    return [each for each in ("Nordlicht Studio", "Ostsee", "Manage users", "Your portals") if each in left]


def test_a_time_zone_may_be_typed_as_its_city(save):
    assert 'value="Asia/Tokyo"' in save(time_zone="tokyo").text


def test_every_locale_may_be_chosen_and_the_usual_ones_stand_first(save):
    page = save(locale="sw_KE").text
    assert '<option value="sw_KE" selected>Swahili (Kenya)</option>' in page
    assert page.index('<optgroup label="Usual">') < page.index('value="de_DE"') < page.index('label="All"')


@pytest.fixture
def change(log_in):
    """Change the owner's password as they do."""
    owner = log_in("Owner")

    def send(current=PASSWORD, password="another passphrase", again="another passphrase"):
        token = token_on(owner.get("/account/").text)
        data = {"current": current, "password": password, "again": again, "csrf_token": token}
        return owner.post("/account/password", data=data, follow_redirects=True)

    return send


def test_changing_ones_password_logs_one_out_everywhere_else(log_in, change):
    elsewhere = log_in("Owner")
    assert "Your password is changed. You are logged out everywhere else." in change().text
    assert elsewhere.get("/account/").status_code == 302
    assert change("another passphrase", "a third passphrase", "a third passphrase").status_code == 200


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"current": "wrong"}, "This is not your password."),
        ({"current": ""}, "This is not your password."),
        ({"current": "x" * 2000}, "This is not your password."),
        ({"password": "short", "again": "short"}, "at least 12 characters"),
        ({"again": "another passphrases"}, "not the same password"),
    ],
)
def test_a_password_that_will_not_do_is_named_and_the_old_one_stays(log_in, change, typed, words):
    elsewhere = log_in("Owner")
    answer = change(**typed)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert elsewhere.get("/account/").status_code == 200


def test_guessing_ones_password_is_limited(change):
    assert [change(current=f"guess {n}").status_code for n in range(11)][-1] == 429


def test_who_has_no_password_cannot_be_guessed_into_one(log_in):
    manager = log_in("Manager")
    token = token_on(manager.get("/account/").text)
    data = {
        "current": "",
        "password": "another passphrase",
        "again": "another passphrase",
        "csrf_token": token,
    }
    assert manager.post("/account/password", data=data).status_code == 422


def wishes(page):
    """The boxes of the account page that are ticked."""
    boxes = re.findall(
        r'<input class="form-check-input" type="checkbox" name="([^"]+)" value="(\w+)"([^>]*)>', page
    )
    return {(kind, way) for kind, way, rest in boxes if " checked" in rest}


def test_what_one_is_told_is_chosen_by_kind(log_in):
    owner = log_in("Owner")
    page = owner.get("/account/").text
    assert {kind for kind, _ in wishes(page)} == set(KINDS)
    data = {"csrf_token": token_on(page), "run.failed": "portal"}
    page = owner.post("/account/notices", data=data, follow_redirects=True).text
    assert wishes(page) == {("run.failed", "portal")}


def test_only_what_may_concern_one_can_be_chosen(log_in):
    assert {kind for kind, _ in wishes(log_in("Employee").get("/account/").text)} == {"run.finished"}


def test_without_a_mail_server_the_page_says_so_and_keeps_the_choice_of_mail(app, people, log_in):
    owner = log_in("Owner")
    page = owner.get("/account/").text
    assert "No mail leaves this installation" in page
    assert page.count(" disabled") >= len(KINDS)
    owner.post("/account/notices", data={"csrf_token": token_on(page)})
    with app.app_context():
        wanted = notices.wanted(people.users["Owner"])
    assert {ways["mail"] for ways in wanted.values()} == {True}
    assert {wanted[kind]["portal"] for kind in KINDS} == {False}


def log_in_first(app, email, languages):
    client = app.test_client()
    token = token_on(client.get("/login").text)
    data = {"email": email, "password": PASSWORD, "csrf_token": token}
    client.post("/login", data=data, headers={"Accept-Language": languages})
    return client


def test_the_first_login_guesses_zone_and_locale(app, people):
    owner = log_in_first(app, "owner@nordlicht.example", "de-AT,de;q=0.9,en;q=0.5")
    page = owner.get("/account/").text
    assert '<option value="de_AT" selected>' in page and 'value="Europe/Berlin"' in page


def test_a_later_login_leaves_them_as_they_are(app, people):
    log_in_first(app, "owner@nordlicht.example", "de-AT")
    page = log_in_first(app, "owner@nordlicht.example", "fr-FR").get("/account/").text
    assert '<option value="de_AT" selected>' in page


def test_what_was_chosen_before_the_first_login_stays(app, people):
    with app.app_context():
        users.set_preferences(people.users["Owner"], name="Ada", time_zone="Asia/Tokyo", locale="ja_JP")
    page = log_in_first(app, "owner@nordlicht.example", "de-AT").get("/account/").text
    assert '<option value="ja_JP" selected>' in page and 'value="Asia/Tokyo"' in page
