"""A plugin as it is made, installed beside the tree, and an environment that has the wheels and no tree."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment of its own, made of wheels: nothing in it leads to the tree.

    What Tandem requires is the one thing it borrows, so that tests need no network: from where these tests
    have it, as a path alone, which brings nothing that is installed there as editable.
    """

    folder: Path

    @classmethod
    def of(cls, folder: Path, *wheels: Path) -> Installed:
        """Make one in an empty folder, and install these wheels."""
        venv.create(folder, symlinks=True)
        made = cls(folder)
        pip("install", "--no-index", "--no-compile", *map(str, wheels), into=made.program("python"))
        # Afterwards: what is to be found there would be taken for installed here.
        [packages] = folder.glob("lib/python*/site-packages")
        (packages / "required.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
        return made

    def program(self, name: str) -> str:
        """Return where a program of it is."""
        return str(self.folder / "bin" / name)

    def run(self, name: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program of it away from the tree, with no environment but that which is given."""
        # It is compiled once for all that run it.
        return run_away(self.program(name), *words, PYTHONDONTWRITEBYTECODE="", **environment)


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
def plugin_wheel(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin's wheel."""
    return build(written, tmp_path_factory.mktemp("plugin"))


@pytest.fixture(scope="session")
def site(plugin_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the plugin is installed, and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    pip("install", "--no-index", "--no-compile", "--target", str(folder), str(plugin_wheel))
    return folder


@pytest.fixture
def beside(plugin: Plugin, site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The plugin, where this process and those it starts find it; afterwards it is gone from here."""
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{ROOT}")
    yield
    forget(plugin)


@pytest.fixture
def fake(beside: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Its small system, which listens as the sandbox."""
    with importlib.import_module("tandem_acme_books.fake").Fake() as listening:
        monkeypatch.setenv("TANDEM_SANDBOX_URL", listening.url)
        yield listening


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
    return build(folder, folder / "dist")


@pytest.fixture(scope="session")
def installed(wheel: Path, plugin_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment that has Tandem's wheel and the plugin's, and no tree."""
    return Installed.of(tmp_path_factory.mktemp("installed"), wheel, plugin_wheel)


def forget(plugin: Plugin) -> None:
    """Have a plugin that was imported from where it is gone by now found anew the next time."""
    for name in [name for name in sys.modules if name.partition(".")[0] == plugin.package]:
        del sys.modules[name]


def build(source: Path, into: Path) -> Path:
    """Build a wheel into an empty folder; return its file."""
    pip("wheel", "--wheel-dir", str(into), str(source))
    [made] = into.iterdir()
    return made


def pip(command: str, *words: str, into: str = "") -> None:
    """Install or build without any network, here or for another Python."""
    quiet = ("--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    ran = python("-m", "pip", *(("--python", into) if into else ()), command, *quiet, *words)
    assert ran.returncode == 0, ran.stderr


def python(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run these tests' Python away from the tree, with no environment but that which is given."""
    return run_away(sys.executable, *words, **environment)


def run_away(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command away from the tree, with no environment but that which is given."""
    kept = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    return subprocess.run(command, cwd="/", env=kept | environment, capture_output=True, text=True)
