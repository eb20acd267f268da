"""Applications that several modules use in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask


@contextmanager
def as_it_was(app: Flask) -> Iterator[None]:
    """Let an application be changed meanwhile: what it is configured and extended with comes back."""
    kept = [(each, dict(each)) for each in (app.config, app.extensions)]
    yield
    for each, before in kept:
        each.clear()
        each.update(before)
