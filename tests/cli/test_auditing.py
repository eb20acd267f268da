"""What was done, and whether the record of it is whole, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Run


@pytest.fixture
def portals(run: Run) -> None:
    """Two portals, one with somebody in it."""
    run("portal", "add", "nordlicht", "Nordlicht Studio")
    run("portal", "add", "elsewhere", "Elsewhere Ltd")
    run("user", "add", "--portal", "nordlicht", "--email", "ada@x.example", "--name", "Ada")


def test_a_whole_audit_says_where_each_portals_chain_ends(run: Run, portals: None):
    verified = run("audit", "verify")
    assert verified.exit_code == 0
    heads = [line.split("\t") for line in verified.stdout.splitlines()]
    assert [(key, number, len(digest)) for key, number, digest in heads] == [
        ("elsewhere", "1", 64),
        ("nordlicht", "2", 64),
    ]


def test_the_first_broken_place_is_named_and_the_other_portals_are_walked(
    run: Run, portals: None, environment: dict[str, str], as_owner: Callable[[str], psycopg.Connection]
):
    with as_owner(environment["DATABASE_URL"]) as owner:
        owner.execute("UPDATE audit_entry SET actor = 'eve' WHERE action = 'user.added'")
    verified = run("audit", "verify")
    assert verified.exit_code == 1
    assert "tandem: nordlicht: broken at entry 2: what the entry says was changed." in verified.stderr
    assert verified.stdout.startswith("elsewhere\t1\t")


def test_what_was_cut_off_since_shows_against_what_was_noted(
    run: Run,
    portals: None,
    environment: dict[str, str],
    as_owner: Callable[[str], psycopg.Connection],
    tmp_path: Path,
):
    noted = tmp_path / "noted"
    noted.write_text(run("audit", "verify").stdout)
    run("user", "disable", "ada@x.example")
    assert run("audit", "verify", "--noted", str(noted)).exit_code == 0
    with as_owner(environment["DATABASE_URL"]) as owner:
        owner.execute("DELETE FROM audit_entry WHERE number >= 2")
    assert run("audit", "verify").exit_code == 0
    verified = run("audit", "verify", "--noted", str(noted))
    assert verified.exit_code == 1
    assert "nordlicht: broken at entry 2: the chain once had 2 entries." in verified.stderr


def test_a_portal_that_is_gone_and_a_file_that_is_another_are_named(run: Run, portals: None, tmp_path: Path):
    noted = tmp_path / "noted"
    noted.write_text(f"lost\t3\t{'0' * 64}\n")
    gone = run("audit", "verify", "--noted", str(noted))
    assert gone.exit_code == 1
    assert "lost: the portal is not here, and its audit was noted." in gone.stderr
    noted.write_text("something else\n")
    assert "is not what `tandem audit verify` prints" in run("audit", "verify", "--noted", str(noted)).stderr


def test_the_list_shows_who_did_what_to_whom(run: Run, portals: None):
    line = run("audit", "list", "--portal", "nordlicht", "--last", "1").stdout
    number, _, actor, action, _, details = line.rstrip("\n").split("\t")
    assert (number, actor, action, details) == ("2", "command line", "user.added", "profile=Employee")
