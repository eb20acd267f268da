"""The pages about plugins say what the SDK says, and show what a new plugin holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import plugin_reference
from webapp import sdk
from webapp.providers import Registry
from webapp.sdk import testing
from webapp.workshop.making import new_plugin, write

DOCS = Path(__file__).resolve().parent.parent / "docs"
SHOWN = re.findall(r"```python\n# (tandem_acme/\w+\.py)\n(.*?)```", (DOCS / "plugins.md").read_text(), re.S)


def test_the_reference_is_what_the_docstrings_say():
    assert plugin_reference.PAGE.read_text("utf-8") == plugin_reference.page()


@pytest.mark.parametrize("name", ["tandem_provider", *sdk.__all__, *testing.__all__])
def test_every_public_name_and_hook_is_in_the_reference(name: str):
    assert f"### `{name}`\n" in plugin_reference.PAGE.read_text("utf-8")


def test_every_public_class_says_what_it_promises():
    public = {name: getattr(module, name) for module in (sdk, testing) for name in module.__all__}
    own = {name: vars(each).get("__doc__") for name, each in public.items() if isinstance(each, type)}
    assert [name for name, words in own.items() if not words or words.startswith(f"{name}(")] == []


def test_what_the_guide_shows_of_a_new_plugin_stands_in_it(tmp_path: Path):
    write(new_plugin("acme", "", Registry([])), tmp_path / "new")
    assert SHOWN
    for place, text in SHOWN:
        assert text in (tmp_path / "new" / place).read_text("utf-8"), place
