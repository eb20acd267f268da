"""Connections from the command line: made without a browser, listed, and named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cli.conftest import made_once
from tests.ledger import KEYED
from webapp.providers import Registry
from webapp.sdk import Organization

ADD_ABACUS = ("connection", "add", "--portal", "nordlicht", "--provider", "abacus")


@pytest.fixture
def portal(run):
    """The portal ``nordlicht``."""
    run("portal", "add", "nordlicht", "Nordlicht Studio")


@pytest.fixture
def abacus(portal, environment, monkeypatch):
    """Let there be one provider, which lets in by a key alone; told are the keys it was shown."""
    shown = []

    def organizations(account):
        shown.append(dict(account.credentials()))
        return [Organization(id="1", name="Nordlicht Studio", currency="EUR")]

    provider = replace(KEYED, organizations=organizations)
    app = made_once(environment)
    monkeypatch.setitem(app.extensions, "tandem_providers", Registry([provider]))
    return shown


def test_a_connection_is_made_without_a_browser_and_listed(run, connected):
    listed = run("connection", "list", "--portal", "nordlicht").output
    assert "Zoho Books" in listed
    assert "connected" in listed


def test_credentials_that_open_nothing_are_said_in_words(run, portal):
    words = ["--client-id", "1000.X", "--client-secret", "y", "--refresh-token", "1000.z"]
    result = run(
        "connection", "add", "--portal", "nordlicht", "--provider", "books", "--region", "sandbox", *words
    )
    assert result.exit_code == 1
    assert result.stderr.startswith("tandem: ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("words", "typed"),
    [((), "k-1\n"), (("--keys", "-"), "# of Abacus\n\napi_key = k-1\n")],
    ids=["typed", "standard input"],
)
def test_a_key_alone_connects_typed_or_from_a_file(run, abacus, words, typed):
    result = run(*ADD_ABACUS, *words, typed=typed)
    assert result.output.count("Nordlicht Studio is connected to Nordlicht Studio in Abacus.") == 1
    assert "k-1" not in result.output
    assert abacus == [{"api_key": "k-1"}]


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        ((), "", "Abacus lets nobody in without api_key: type it, or give a file with --keys."),
        (("--keys", "-"), "secret: 1", "Line 1 of the keys: write NAME=VALUE, where NAME is api_key."),
        (("--keys", "-"), "api_key=a\x07b", "This is no API key: copy it again"),
    ],
    ids=["nothing", "no key", "unprintable"],
)
def test_keys_that_are_none_are_told_with_what_to_do(run, abacus, words, typed, said):
    result = run(*ADD_ABACUS, *words, typed=typed)
    assert (result.exit_code, said in result.stderr, abacus) == (1, True, [])


def test_the_connection_meant_may_be_left_out_only_if_there_is_one(run, portal):
    assert "has no connection" in run("refresh", "--portal", "nordlicht").stderr
