"""A plugin is checked in a process of its own, and a real account only as far as was asked for."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.workshop.conftest import ROOT
from webapp.cli.root import tandem

NAME = "acme_books"
Check = Callable[..., tuple[int, str]]
Spoil = Callable[[str, str, str], None]


@pytest.fixture
def credentials(fake: Any, tmp_path: Path) -> Path:
    """A file of what an account there keeps, whose access token is missing."""
    file = tmp_path / "account.json"
    kept = {"client_id": "a", "client_secret": "b", "refresh_token": fake.new_token("refresh")}
    file.write_text(json.dumps(kept))
    return file


@pytest.fixture
def spoil(beside: None, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spoil:
    """Change something in the plugin that is installed."""

    def spoil(file: str, old: str, new: str) -> None:
        spoilt = shutil.copytree(site, tmp_path / "site")
        module = spoilt / "tandem_acme_books" / file
        text = module.read_text()
        assert old in text
        module.write_text(text.replace(old, new))
        monkeypatch.syspath_prepend(spoilt)
        monkeypatch.setenv("PYTHONPATH", f"{spoilt}{os.pathsep}{ROOT}")

    return spoil


@pytest.fixture
def check(capfd: pytest.CaptureFixture[str]) -> Check:
    """Check a plugin; return the exit code and all that was said."""

    def run(*words: str) -> tuple[int, str]:
        ran = CliRunner().invoke(tandem, ("plugin", "check", *words), prog_name="tandem")
        return ran.exit_code, capfd.readouterr().out + ran.output

    return run


def on(credentials: Path) -> tuple[str, ...]:
    return ("--credentials", str(credentials), "--region", "sandbox")


def test_an_empty_account_is_written_to_if_asked_and_left_empty(check: Check, fake: Any, credentials: Path):
    code, said = check(NAME, *on(credentials), "--write")
    assert (code, "✗" in said) == (0, False), said
    assert "Practice at Acme Books: what is read\n" in said
    written = said.partition("Practice at Acme Books: what is written\n")[2]
    assert "✓ keeps exactly one primary contact" in written
    assert fake.books.customers("")["customers"] == []


def test_an_account_of_people_is_read_and_never_written_to(check: Check, fake: Any, credentials: Path):
    for name in ("Ada", "Bo", "Cy", "Di"):
        fake.books.add_contact(fake.books.add_customer({"name": name})["id"], {"given_name": name})
    before = fake.books.changes(0)["latest"], fake.books.changes(None)
    code, said = check(NAME, *on(credentials), "--write")
    assert code == 1
    assert "✓ goes on with the listing after its first page" in said
    assert "It holds customers: only an empty practice account is written to." in said
    assert (fake.books.changes(0)["latest"], fake.books.changes(None)) == before


def test_credentials_that_were_renewed_are_kept(check: Check, credentials: Path):
    assert "The credentials were renewed" in check(NAME, *on(credentials))[1]
    assert json.loads(credentials.read_text())["access_token"].startswith("access-")


def test_names_the_promise_that_is_broken_and_why(check: Check, spoil: Spoil):
    spoil("webhooks.py", "sign(delivery.body, secret).encode()", "given.encode()")
    code, said = check(NAME)
    assert code == 1
    reason = said.partition("✗ refuses a webhook that was changed on its way\n    → ")[2].splitlines()
    assert reason[0] == "not so: assert provider.verify_webhook(changed, SIGNING_SECRET) is False"
    assert "✓ keeps every field of a customer" in said


def test_a_plugin_that_loops_for_ever_is_stopped_and_named(check: Check, spoil: Spoil):
    loop = """while True:
        try:
            continue
        except BaseException:
            pass
    """
    spoil("oauth.py", "query = {", f"{loop}query = {{")
    code, said = check(NAME, "--patience", "1")
    assert code == 1
    [*_, promise, reason] = said.splitlines()
    assert promise.startswith("  ✗ ")
    assert reason.startswith("    → It did not end within 1 seconds, so the check ends here.")


def test_says_what_it_cannot_know_of_a_plugin_that_announces_no_contract(check: Check):
    code, said = check("books")
    assert code == 0
    assert "✓ may make calls" in said
    assert (
        "– takes a webhook signed with the secret alone (json)\n    → The plugin announces no contract"
        in said
    )


def test_says_that_there_is_no_such_plugin(check: Check):
    assert check("nowhere") == (
        1,
        "Error: No plugin for 'nowhere' is installed: install the distribution that brings it.\n",
    )


def test_writes_nowhere_without_an_account(check: Check):
    code, said = check("books", "--write")
    assert (code, "give --credentials" in said) == (2, True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"client_id": 1}'])
def test_says_what_a_file_of_credentials_looks_like(check: Check, tmp_path: Path, text: str):
    (tmp_path / "account.json").write_text(text)
    code, said = check("books", *on(tmp_path / "account.json"))
    assert code == 2
    assert "account.json is n" in said
