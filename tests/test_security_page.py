"""The page on security names tests that exist and requirements that have a number."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
REQUIREMENT = re.compile(r"(?:[1-9]|1[0-7])\.\d{1,2}\.\d{1,2}")


def rows() -> list[list[str]]:
    """The promises: each with its requirements and its tests."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if line.startswith("|")
    ]
    return [row for row in cells if len(row) == 3 and "tests/" in row[2]]


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_is_named_exists(path: str, name: str):
    assert name in functions(ROOT / path)


@cache
def functions(path: Path) -> set[str]:
    """Name the functions of a module."""
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_promise_names_its_requirements_and_its_tests():
    assert len(rows()) > 40
    for promise, requirements, tests in rows():
        assert all(REQUIREMENT.fullmatch(each) for each in requirements.split(", ")), promise
        assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`(, `tests/[\w/]+\.py::test_\w+`)*", tests), promise
