"""The keys of secrets at rest, from the command line."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from click.testing import CliRunner

from tests.cli.conftest import Run
from tests.settings import ENVIRONMENT
from webapp.cli.root import tandem

NEW = "new:" + base64.b64encode(b"n" * 32).decode()


@pytest.fixture
def run_with(environment: dict[str, str]) -> Any:
    """Run a command with other keys: ``run_with(NEW, "keys", "list")``."""
    return lambda keys, *words, **how: CliRunner().invoke(
        tandem, words, env=environment | {"TANDEM_KEYS": keys}, prog_name="tandem", **how
    )


@pytest.fixture
def both(connected: None) -> str:
    """Both keys, the new one first, on an installation that sealed with the old one."""
    return f"{NEW},{ENVIRONMENT['TANDEM_KEYS']}"


def test_rotating_says_what_was_done_and_which_key_may_go(run_with: Any, both: str):
    assert "test\t1\tneeded until: tandem keys rotate" in run_with(both, "keys", "list").output
    rotated = run_with(both, "keys", "rotate")
    assert rotated.exit_code == 0
    assert "Sealed anew with the key new: 1." in rotated.output
    assert "May be taken off TANDEM_KEYS, once every process runs with new first: test." in rotated.output
    assert run_with(both, "keys", "list").output == "new\t1\tseals\ntest\t0\tmay be removed\n"
    assert run_with(NEW, "keys", "list").output == "new\t1\tseals\n"


@pytest.mark.parametrize("process", [("schedule",), ("worker", "--queue", "push"), ("serve", "--port", "0")])
def test_nothing_starts_without_a_key_that_is_still_needed(
    run_with: Any, both: str, process: tuple[str, ...]
):
    refused = run_with(NEW, *process)
    assert refused.exit_code == 1
    assert "tandem: The key test is not among TANDEM_KEYS, and 1 secret is sealed with it" in refused.stderr


def test_rotating_without_the_old_key_changes_nothing_and_says_so(run_with: Any, both: str):
    refused = run_with(NEW, "keys", "rotate")
    assert refused.exit_code == 1
    assert "1 left: sealed with a key that is not among TANDEM_KEYS." in refused.stderr
    assert run_with(NEW, "keys", "list").output.splitlines()[1].startswith("test\t1\tmissing")


def test_forgetting_a_key_asks_first(run_with: Any, both: str):
    assert run_with(NEW, "keys", "forget", "test", input="n\n").exit_code == 1
    assert "test\t1\tmissing" in run_with(NEW, "keys", "list").output
    forgotten = run_with(NEW, "keys", "forget", "test", "--yes")
    assert (
        forgotten.stdout == "Given up: 1. Connect these connections again; their customers and links stay.\n"
    )


def test_a_key_in_use_cannot_be_forgotten(run: Run, connected: None):
    refused = run("keys", "forget", "test", "--yes")
    assert refused.exit_code == 1
    assert "is among TANDEM_KEYS" in refused.stderr
