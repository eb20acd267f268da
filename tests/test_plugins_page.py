"""The pages about plugins say what the SDK says and show what a new plugin holds; every snippet runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.workshop.conftest import ROOT, python
from tools import plugin_reference
from webapp import sdk
from webapp.cli.root import tandem
from webapp.providers import Registry
from webapp.sdk import testing
from webapp.workshop.making import new_plugin, write

EXAMPLE = ROOT / "examples" / "tandem-harbour"
PAGE = (ROOT / "docs" / "plugins.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
OF_A_FILE = re.compile(r"# ([\w/]+\.\w+)\n(.*)", re.S)
SHOWN = [found.groups() for _, text in BLOCKS if (found := OF_A_FILE.match(text))]
"""What the guide shows of the files of a new plugin, and of the example."""

SCRIPT = "\n".join(text for language, text in BLOCKS if language == "python" and not OF_A_FILE.match(text))
"""What it shows besides, one after the other."""

COMMANDS = [
    command.strip()
    for language, text in BLOCKS
    if language == "sh"
    for command in re.split(r"\n|&&|\b[A-Z_]+=\S+", text)
    if command.strip()
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the plugin that the guide is about."""
    folder = tmp_path_factory.mktemp("guide") / "tandem-acme"
    write(new_plugin("acme", "", Registry([])), folder)
    return folder


def test_the_reference_is_what_the_docstrings_say():
    assert plugin_reference.PAGE.read_text("utf-8") == plugin_reference.page()


@pytest.mark.parametrize("name", [*plugin_reference.hooks(), *sdk.__all__, *testing.__all__])
def test_every_public_name_and_hook_is_in_the_reference(name: str):
    assert f"### `{name}`\n" in plugin_reference.PAGE.read_text("utf-8")


def test_the_reference_tells_what_is_made_of_what_and_what_may_be_left_out():
    page = plugin_reference.page()
    assert "Made with `id: str`, `name: str`, `currency: str = ''`" in page
    assert "Made with `message: str`, `scope: str`, `after: float | None = None`." in page
    assert "- `features: Mapping[str, bool]`: What ``Provider.probe`` found" in page


def test_every_public_class_says_what_it_promises():
    public = {name: getattr(module, name) for module in (sdk, testing) for name in module.__all__}
    own = {name: vars(each).get("__doc__") for name, each in public.items() if isinstance(each, type)}
    assert [name for name, words in own.items() if not words or words.startswith(f"{name}(")] == []


def test_the_guide_shows_nothing_that_is_not_tried_here():
    assert {language for language, _ in BLOCKS} == {"python", "ini", "sh", "text"}
    assert all(OF_A_FILE.match(text) for language, text in BLOCKS if language == "ini")
    assert [text.split()[0] for language, text in BLOCKS if language == "text"] == ["tandem-acme/"]
    assert {command.split()[0] for command in COMMANDS} == {"tandem", "pip", "cd", "pytest", "python"}


@pytest.mark.parametrize(("place", "text"), SHOWN, ids=[f"{place}-{len(text)}" for place, text in SHOWN])
def test_what_the_guide_shows_of_a_plugin_stands_in_it(made: Path, place: str, text: str):
    folder = EXAMPLE if place.startswith("tandem_harbour/") else made
    assert text in (folder / place).read_text("utf-8")


def test_the_guide_names_every_file_of_a_new_plugin(made: Path):
    [tree] = [text for language, text in BLOCKS if language == "text"]
    files = {path.name for path in made.rglob("*") if path.is_file()} - {"__init__.py"}
    assert set(re.findall(r"[\w.]+\.(?:py|cfg|toml|md)\b|\.gitignore", tree)) == files


def test_what_the_guide_shows_besides_runs_from_its_beginning_to_its_end(made: Path):
    ran = python("-c", SCRIPT, PYTHONPATH=f"{made}:{ROOT}")
    assert ran.returncode == 0, ran.stderr
    assert "'POST /v1/organizations/1/customers'" in ran.stdout


@pytest.mark.parametrize("line", [each for each in COMMANDS if each.startswith("tandem ")])
def test_every_command_the_guide_shows_can_be_given_like_that(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Path("account.json").write_text("{}")
    command, words = tandem, shlex.split(line)[1:]
    while isinstance(command, click.Group):
        name, command, words = command.resolve_command(click.Context(command), words)
    assert command is not None
    command.make_context(name, words)


def test_the_command_for_a_new_plugin_makes_the_one_the_guide_shows(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(tandem, shlex.split(COMMANDS[0])[1:])
    assert ran.exit_code == 0, ran.output
    files = [path.relative_to(made) for path in made.rglob("*") if path.is_file()]
    assert [path for path in files if (made / path).read_text() != (Path(made.name) / path).read_text()] == []
