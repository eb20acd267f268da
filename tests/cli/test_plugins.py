"""``tandem plugin`` lists what is installed, and writes what is to be installed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from webapp import providers
from webapp.cli.root import tandem
from webapp.sdk import hookimpl


def run(*words: str) -> Result:
    return CliRunner().invoke(tandem, ("plugin", *words), prog_name="tandem")


def entry(name: str, plugin: Any) -> Any:
    """An entry point of a distribution that is not there."""

    def load() -> object:
        if isinstance(plugin, Exception):
            raise plugin
        return plugin

    return SimpleNamespace(name=name, dist=SimpleNamespace(name=f"x-{name}", version="2.1"), load=load)


def install(monkeypatch: pytest.MonkeyPatch, found: dict[str, list[Any]]) -> None:
    """Let these be all entry points, by their group."""
    monkeypatch.setattr(providers.importlib.metadata, "entry_points", lambda group: found.get(group, []))


class Listener:
    """A plugin that brings no provider."""

    @hookimpl
    def tandem_after_run(self, run):
        """Hear of a run."""


def test_lists_the_hooks_of_plugins_that_bring_no_provider(monkeypatch: pytest.MonkeyPatch):
    found = [entry("ear", Listener()), entry("spare", SimpleNamespace())]
    install(monkeypatch, {providers.HOOKS_GROUP: found})
    assert run("list").output.splitlines() == [
        "ear\tx-ear\t2.1\tAPI 1\ttandem_after_run\tok",
        "spare\tx-spare\t2.1\tAPI 1\tnot set up\tok",
    ]


def test_lists_the_plugins_in_use():
    assert run("list").output.splitlines()[0].split("\t") == [
        "books",
        "tandem-portal",
        "0.1.0",
        "API 1",
        "100 calls a minute, 5 at once, unique names, inactive, deletes customers, webhooks",
        "ok",
    ]


def test_lists_a_plugin_that_is_left_out_and_why(monkeypatch: pytest.MonkeyPatch):
    found = [entry("abacus", ImportError("no module abacus_api")), entry("empty", SimpleNamespace())]
    install(monkeypatch, {providers.GROUP: found})
    assert run("list").output.splitlines() == [
        "abacus\tx-abacus\t2.1\t–\t–\tleft out: it fails to load (ImportError: no module abacus_api)",
        "empty\tx-empty\t2.1\t–\t–\tleft out: it has no hook tandem_provider that returns a provider",
    ]


def test_writes_a_plugin_into_a_folder_named_like_its_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    made = run("new", "acme", "--label", "Acme & Sons")
    assert made.exit_code == 0, made.output
    assert "Acme & Sons is in tandem-acme: 19 files." in made.output
    assert (tmp_path / "tandem-acme" / "tandem_acme" / "hooks.py").is_file()


def test_says_why_a_plugin_cannot_be_written(tmp_path: Path):
    refused = run("new", "books", str(tmp_path / "new"))
    assert refused.exit_code == 1
    assert "Error: tandem-portal already brings a provider named books: choose" in refused.output
    assert not (tmp_path / "new").exists()
