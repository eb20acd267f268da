"""A plugin that is made passes its tests as it is; a name that cannot be is refused with what to do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ledger import LEDGER
from tests.workshop.conftest import ROOT, python
from webapp.providers import Broken, Installed, Registry
from webapp.sdk import API_VERSION
from webapp.workshop.making import CannotMake, new_plugin, write

NOTHING = Registry([])


def test_what_is_made_passes_its_own_tests(written: Path):
    there = f"{written}:{ROOT}"
    ran = python("-m", "pytest", "-q", "-p", "no:cacheprovider", str(written), PYTHONPATH=there)
    assert ran.returncode == 0, ran.stdout
    assert " passed" in ran.stdout


def test_what_is_made_for_a_system_with_keys_lets_in_by_a_key_alone(tmp_path: Path):
    folder = tmp_path / "made"
    write(new_plugin("acme", "", NOTHING, keys=True), folder)
    there = f"{folder}:{ROOT}"
    ran = python("-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder), PYTHONPATH=there)
    assert ran.returncode == 0, ran.stdout
    assert not (folder / "tandem_acme" / "oauth.py").exists()


@pytest.mark.parametrize("keys", [False, True], ids=["consent", "keys"])
def test_what_is_made_is_written_in_good_style(keys: bool, tmp_path: Path):
    folder = tmp_path / "made"
    write(new_plugin("acme", "", NOTHING, keys=keys), folder)
    shutil.copy(ROOT / "ruff.toml", folder)
    ruff = Path(sys.executable).with_name("ruff")
    for words in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        ran = subprocess.run([ruff, *words, "."], cwd=folder, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout


def test_what_is_made_says_the_version_of_the_sdk_it_was_made_for(written: Path):
    assert f"api_version={API_VERSION}," in (written / "tandem_acme_books" / "provider.py").read_text()


@pytest.mark.parametrize(
    "name", ["", "Acme", "9lives", "acme-books", "acme books", "class", "acme_", "ä", "a" * 33, "../acme"]
)
def test_refuses_what_is_no_identifier(name: str):
    with pytest.raises(CannotMake, match="begin with a lower case letter"):
        new_plugin(name, "", NOTHING)


@pytest.mark.parametrize("label", ['Acme "Pro"', "x" * 61, "{{ 7 * 7 }}", "Ac\\me", "A\nB", "…"])
def test_refuses_a_label_that_could_not_stand_in_a_program(label: str):
    with pytest.raises(CannotMake, match="cannot be a label"):
        new_plugin("acme", label, NOTHING)


def test_refuses_the_name_of_a_plugin_that_is_there():
    registry = Registry(
        [LEDGER], installed=[Installed(provider=LEDGER, distribution="x-ledger", version="1")]
    )
    with pytest.raises(CannotMake, match="x-ledger already brings a provider named ledger"):
        new_plugin("ledger", "", registry)


def test_refuses_the_name_of_a_plugin_that_is_left_out():
    registry = Registry([], [Broken(name="abacus", distribution="x-abacus", reason="it is old")])
    with pytest.raises(CannotMake, match="x-abacus already brings"):
        new_plugin("abacus", "", registry)


def test_refuses_a_name_whose_package_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "tandem_taken").mkdir()
    (tmp_path / "tandem_taken" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CannotMake, match="tandem_taken here already"):
        new_plugin("taken", "", NOTHING)


def test_writes_into_no_folder_in_which_something_is(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CannotMake, match="is not empty"):
        write(new_plugin("acme", "", NOTHING), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_writes_over_no_file(tmp_path: Path):
    (tmp_path / "acme").write_text("mine")
    with pytest.raises(CannotMake, match="is a file"):
        write(new_plugin("acme", "", NOTHING), tmp_path / "acme")
    assert (tmp_path / "acme").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "label", "mark"), [("acme_books", "Acme Books", "AB"), ("xero", "Xero", "XE"), ("q", "Q", "QQ")]
)
def test_makes_label_and_mark_of_the_name(name: str, label: str, mark: str):
    plugin = new_plugin(name, "", NOTHING)
    assert (plugin.label, plugin.mark) == (label, mark)
