"""The house's own rules: who may import whom, what is never committed, and what an installation contains."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "webapp" / "web"
PARTS = "budget cli demo embedded outside sdk services services/doctor store sync web worker workshop"
MAPPED = ("webapp", "chaos", *(f"webapp/{part}" for part in PARTS.split()))
"""The packages whose docstring is their map."""


def tracked() -> list[str]:
    """Return the paths of all committed files."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return listed.stdout.split("\0")[:-1]


def test_everyone_imports_only_what_they_may():
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("package", MAPPED)
def test_the_map_of_a_package_names_everything_in_it(package):
    folder = ROOT / package
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
    modules = {path.stem for path in folder.glob("*.py")} | {
        path.parent.name for path in folder.glob("*/__init__.py")
    }
    own = {name for name in modules if not name.startswith("__")}
    assert own - set(re.findall(r"``(\w+)``", docstring)) == set()


def test_no_outside_code_is_committed():
    outside = re.compile(r"(^|/)(node_modules|vendor)/|\.min\.(js|css)$")
    assert [path for path in tracked() if outside.search(path)] == []


def test_the_lock_file_names_no_download_address():
    assert "resolved" not in (ROOT / "package-lock.json").read_text("utf-8")


def test_every_front_end_package_is_pinned_and_locked():
    asked = json.loads((ROOT / "package.json").read_text("utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    versions = {name: locked[f"node_modules/{name}"]["version"] for name in asked["dependencies"]}
    assert versions == asked["dependencies"]


def test_the_sprite_gets_every_icon_the_pages_name():
    pages = "".join(path.read_text("utf-8") for path in (WEB / "templates").rglob("*.html"))
    named = set(re.findall(r"icons\.svg#([a-z0-9-]+)|\bicon\([\"']([a-z0-9-]+)[\"']", pages))
    assert {either or other for either, other in named} <= set(
        (WEB / "static" / "icons.txt").read_text().split()
    )


def test_every_requirement_is_among_the_tested_versions():
    config = (ROOT / "setup.cfg").read_text("utf-8")
    names = {normal(name) for name in re.findall(r"^    ([\w.-]+)(?:\[\w+\])? >= ", config, re.M)}
    pinned = {
        normal(line.partition("==")[0]) for line in (ROOT / "constraints.txt").read_text("utf-8").split()
    }
    assert names <= pinned


def normal(name: str) -> str:
    """Return a distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
