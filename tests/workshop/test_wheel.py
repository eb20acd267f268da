"""The wheel holds all of Tandem, works without the tree, and takes a plugin that was made a moment ago."""

from __future__ import annotations

import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.settings import ENVIRONMENT
from tests.workshop.conftest import ROOT, Installed

WITHOUT_THE_TREE = """
import sys, migrations, plugins.books, sandbox.command, webapp, wsgi
from webapp.store.schema import MIGRATIONS
from webapp.services.context import registry
for module in (migrations, plugins.books, sandbox.command, webapp, wsgi):
    [*places] = getattr(module, "__path__", [module.__file__])
    assert places[0].startswith(sys.argv[1]), module
assert str(MIGRATIONS).startswith(sys.argv[1]) and (MIGRATIONS / "env.py").is_file()
app = wsgi.application
client = app.test_client()
assert client.get("/static/vendor/htmx.js").status_code == 200
assert client.get("/healthz").status_code == 200
with app.app_context():
    print(*(provider.label for provider in registry().providers()), sep=", ")
"""


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path):
    listed = subprocess.run(
        ["git", "ls-files", "-z", "webapp", "plugins", "sandbox", "migrations", "wsgi.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    tracked = {
        name
        for name in listed.stdout.split("\0")
        if name and not name.endswith(".md") and (ROOT / name).exists()
    }
    held = set(ZipFile(wheel).namelist())
    assert tracked - held == set()
    assert {"webapp/web/static/vendor/htmx.js", "webapp/web/static/vendor/icons.svg"} <= held
    assert not [name for name in held if name.startswith(("tests/", "tools/")) or "__pycache__" in name]


def test_it_runs_without_the_tree_and_shows_the_plugin(installed: Installed):
    ran = installed.run("python", "-c", WITHOUT_THE_TREE, str(installed.folder), **ENVIRONMENT)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "Acme Books, Zoho Books, Zoho Invoice\n"


def test_the_plugin_is_listed(installed: Installed):
    ran = installed.run("tandem", "plugin", "list")
    assert ran.returncode == 0, ran.stderr
    assert [line.split("\t") for line in ran.stdout.splitlines() if line.startswith("acme")] == [
        [
            "acme_books",
            "tandem-acme-books",
            "0.1.0",
            "API 1",
            "60 calls a minute, 2 at once, inactive, deletes customers, webhooks",
            "ok",
        ]
    ]


def test_the_plugin_keeps_its_promises(installed: Installed):
    ran = installed.run("tandem", "plugin", "check", "acme_books")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith("71 promises kept, 0 broken, 2 not looked at.\n")
