"""Chromium for the browser tests: the one named or installed, else one fetched if this machine permits."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from functools import cache

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]


@cache
def find_chromium() -> str | None:
    """Return the program to start, or None when there is none and none could be fetched."""
    named = os.environ.get("TANDEM_CHROMIUM")
    if named:
        return shutil.which(named)
    return installed() or from_apt() or from_playwright()


def why_missing() -> str:
    """Say what to do for the browser tests to run."""
    return "no Chromium was found: install the package chromium, or name one with TANDEM_CHROMIUM"


def installed() -> str | None:
    """Return a Chromium on the PATH."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def from_apt() -> str | None:
    """Install Debian's Chromium, if this is root on a Debian."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        attempt(["apt-get", "update", "-qq"], environment)
        attempt(
            [
                "apt-get",
                "install",
                "-y",
                "-o",
                "DPkg::Lock::Timeout=120",
                "-qq",
                "--no-install-recommends",
                "chromium",
            ],
            environment,
        )
    return installed()


def from_playwright() -> str | None:
    """Fetch Playwright's own Chromium, which needs the libraries of a desktop on the machine."""
    attempt([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))
    with sync_playwright() as playwright:
        return shutil.which(playwright.chromium.executable_path)


def attempt(command: list[str], environment: dict[str, str]) -> None:
    """Run a command whose failure only means that the next way is tried."""
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
