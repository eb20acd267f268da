"""The account page, and what every page takes from it."""

from __future__ import annotations

import pytest

from tests.web.people import token_on


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


def test_the_account_page_stays_within_the_portal_one_came_from(log_in):
    owner = log_in("Owner")
    assert "Nordlicht Studio" not in owner.get("/account/").text
    owner.get("/p/nordlicht/")
    assert "Nordlicht Studio" in owner.get("/account/").text
