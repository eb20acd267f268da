"""Nothing is promised to plugins that no test holds the SDK to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp import sdk
from webapp.sdk import hookspec, testing

HERE = Path(__file__).resolve().parent
CONTRACTS = Path(sdk.__file__).parent.glob("*_contract.py")
HOOKS = [name for name, each in vars(hookspec).items() if hasattr(each, "tandem_spec")]


@pytest.fixture(scope="module")
def tried() -> set[str]:
    """The names that tests of the SDK, and the standard tests, do something with."""
    files = [path for path in HERE.glob("*.py") if path != Path(__file__)]
    return {name for path in (*files, *CONTRACTS) for name in used(ast.parse(path.read_text("utf-8")))}


@pytest.mark.parametrize("name", [*HOOKS, *sdk.__all__, *testing.__all__])
def test_every_public_name_and_hook_is_tried(name: str, tried: set[str]):
    assert name in tried


def test_a_name_that_is_only_imported_or_told_as_a_type_is_not_tried():
    assert set(used(ast.parse("from a import b\ndef c(d: e) -> f: g.h"))) == {"g", "h"}


def used(node: ast.AST) -> Iterator[str]:
    """Tell the names a piece of a program does something with."""
    if isinstance(node, ast.Name):
        yield node.id
    if isinstance(node, ast.Attribute):
        yield node.attr
    for field, value in ast.iter_fields(node):
        if field not in ("annotation", "returns"):
            for part in value if isinstance(value, list) else [value]:
                yield from used(part) if isinstance(part, ast.AST) else ()
