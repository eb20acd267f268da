"""The page on the two ways through the house names modules that exist, and what is in them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "flow.md").read_text("utf-8")
PACKAGES = "services|store|sync|web|worker"
NAMED = sorted(set(re.findall(rf"\b({PACKAGES})/(\w+)(?:\.(\w+))?", PAGE)))


@pytest.mark.parametrize(("package", "module", "name"), NAMED)
def test_what_the_page_names_is_there(package: str, module: str, name: str):
    path = ROOT / "webapp" / package / f"{module}.py"
    assert path.exists()
    if name:
        tree = ast.parse(path.read_text("utf-8"))
        assert name in {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef)}


def test_the_page_follows_both_ways():
    modules = {f"{package}/{module}" for package, module, _ in NAMED}
    assert {"services/runs", "services/sync", "sync/inward", "sync/outward", "web/webhooks"} <= modules
