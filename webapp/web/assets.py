"""Static files as pages name them: addresses change with the content, so that browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask, request, url_for
from markupsafe import Markup

_HIDDEN = Markup('<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>')
_NAMED = Markup('<svg class="i" role="img" aria-label="{}"><use href="{}#{}"/></svg>')


def bind(app: Flask) -> None:
    """Give ``asset`` to an application's templates, and ``icon_of``, which draws an icon."""
    folder = Path(app.static_folder or "")

    @cache
    def version(name: str) -> str:
        try:
            return hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]
        except FileNotFoundError:
            raise FileNotFoundError(
                f"{folder / name} is missing: run `make demo` or `python -m tools.frontend` once to fetch it."
            ) from None

    @cache
    def address(name: str, root: str) -> str:
        return url_for("static", filename=name, v=version(name))

    @lru_cache(maxsize=1024)
    def drawn(name: str, label: str, root: str) -> Markup:
        icons = address("vendor/icons.svg", root)
        return _NAMED.format(label, icons, name) if label else _HIDDEN.format(icons, name)

    # A page of a list asks 150 times for its icons; below another root they have another address.
    def asset(name: str) -> str:
        return address(name, request.script_root)

    def icon(name: str, label: str = "") -> Markup:
        return drawn(name, label, request.script_root)

    app.jinja_env.globals.update({"asset": asset, "icon_of": icon})
