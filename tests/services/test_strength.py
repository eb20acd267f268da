"""Passwords that are too short or easily guessed will not do, whoever they are given by."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.web.pages import pages_app
from webapp.services import portals, users
from webapp.services.errors import Invalid
from webapp.services.strength import require

KNOWN = ("ada@nordlicht.example", "Ada Lovelace")
GOOD = "a passphrase for tests"


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url: str, redis_url: str) -> Iterator[Flask]:
    """An application with the settings of passwords."""
    with pages_app(module_database_url, redis_url) as made, made.app_context():
        yield made


@pytest.mark.parametrize(
    "password",
    ["password1234", "qwertyuiop12", "123456789012", "passwordpassword", "aaaaaaaaaaaa", "iloveyou1234"],
)
def test_a_common_password_will_not_do(password: str):
    with pytest.raises(Invalid, match="easily guessed"):
        require(password, *KNOWN)


@pytest.mark.parametrize(
    "password", ["ada@nordlicht.example", "ADA LOVELACE", "lovelacelovelace", "Lovelace1234"]
)
def test_nor_will_one_made_of_who_somebody_is(password: str):
    with pytest.raises(Invalid, match=r"easily guessed|neither your e-mail nor your name"):
        require(password, *KNOWN)


@pytest.mark.parametrize(
    ("password", "words"), [("x7$kQ!2mZp9", "at least 12"), ("x" * 1001, "at most 1000")]
)
def test_nor_will_one_that_is_too_short_or_costs_too_much(password: str, words: str):
    with pytest.raises(Invalid, match=words):
        require(password, *KNOWN)


@pytest.mark.parametrize(
    "password", [GOOD, "Ænima står på fjellet", "株式会社さくら東京都港区", "x7$kQ!2mZp9w", "word " * 150]
)
def test_any_other_will_whatever_it_is_made_of(password: str):
    require(password + " otherwise", *KNOWN)


def test_it_is_asked_wherever_a_password_is_given():
    portal = portals.add_portal("nordlicht", "Nordlicht")
    with pytest.raises(Invalid, match="easily guessed"):
        portals.add_user(portal.id, "ada@nordlicht.example", "Ada", password="password1234")
    portals.add_user(portal.id, "ada@nordlicht.example", "Ada", password=GOOD)
    with pytest.raises(Invalid, match="easily guessed"):
        users.set_password("ada@nordlicht.example", "password1234")
