"""Addresses of static files that change with their content, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, request, url_for


def bind(app: Flask) -> None:
    """Give ``asset`` to an application's templates."""
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

    def asset(name: str) -> str:
        # A page of a list asks 150 times for its icons; below another root they have another address.
        return address(name, request.script_root)

    app.jinja_env.globals["asset"] = asset
