"""Each action that is recorded anywhere has its words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from webapp.services import audit_words
from webapp.services.audit_words import ACTIONS, KINDS
from webapp.services.bulk import ACTS

ROOT = Path(__file__).resolve().parents[2] / "webapp"
RECORDERS = {"record", "record_for_user", "decided", "give", "_tell", "_write", "_end", "_audit", "_decided"}
COMPOSED = {
    *(f"customers.{act}{undone}" for act in ACTS for undone in ("", ".undone")),
    *(
        f"provider.{kind}_{verb}"
        for kind in ("customer", "contact")
        for verb in ("created", "updated", "deleted")
    ),
}
"""Actions that are put together where they are recorded."""


def recorded() -> Iterator[str]:
    """Find what is handed to whoever records, by its form: two words with a point between them."""
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
                if called in RECORDERS:
                    yield from _actions(node)
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "action":
                yield from _actions(node)


def _actions(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and re.fullmatch(r"[a-z]+(\.[a-z_]+)+", str(each.value)):
            yield str(each.value)


def test_every_action_that_is_recorded_has_words():
    found = set(recorded())
    assert found
    assert (found | COMPOSED) - ACTIONS.keys() == set()


def test_every_kind_is_one_people_can_filter_by():
    assert {words.kind for words in ACTIONS.values()} == set(KINDS)


def test_words_differ_so_that_entries_do():
    assert len({words.text for words in ACTIONS.values()}) == len(ACTIONS)


def test_an_action_of_another_version_is_told_by_its_name():
    assert audit_words.words_of("thing.was_done").text == "thing: was done"
