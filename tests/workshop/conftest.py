"""A plugin as it is made, installed beside the tree, and Tandem's own wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.providers import Registry
from webapp.workshop.making import Plugin, new_plugin, write

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("webapp", "plugins", "sandbox", "migrations", "tools")
FILES = (
    "setup.cfg",
    "pyproject.toml",
    "MANIFEST.in",
    "README.md",
    "wsgi.py",
)


@pytest.fixture(scope="session")
def plugin() -> Plugin:
    """What a plugin made for the tests is called."""
    return new_plugin("acme_books", "", Registry.load())


@pytest.fixture(scope="session")
def written(plugin: Plugin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of its distribution."""
    folder = tmp_path_factory.mktemp("made") / plugin.distribution
    write(plugin, folder)
    return folder


@pytest.fixture(scope="session")
def site(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the plugin is installed, and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    pip("install", "--no-index", "--no-compile", "--target", str(folder), str(written))
    return folder


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tandem's wheel, built from a copy: building lays down files, and the tree is in use."""
    folder = tmp_path_factory.mktemp("source")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    # The front end is in the copy already; preparing it anew would fetch it, and empty the tree's own.
    config = (folder / "setup.cfg").read_text("utf-8")
    fetching = "cmdclass =\n    build_py = tools.frontend.BuildWithFrontend\n"
    assert fetching in config
    (folder / "setup.cfg").write_text(config.replace(fetching, ""), "utf-8")
    pip("wheel", "--wheel-dir", str(folder / "dist"), str(folder))
    [made] = (folder / "dist").iterdir()
    return made


def pip(command: str, *words: str) -> None:
    """Install or build without any network."""
    quiet = ("--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    ran = python("-m", "pip", command, *quiet, *words)
    assert ran.returncode == 0, ran.stderr


def python(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python away from the tree, with no environment but that which is given."""
    kept = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    command = [sys.executable, *words]
    return subprocess.run(command, cwd="/", env=kept | environment, capture_output=True, text=True)
