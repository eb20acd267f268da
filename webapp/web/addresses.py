"""Addresses of the many records of a list: all are made of one, since each by itself takes its time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Flask, url_for

_ANY = uuid.UUID(int=0)


def bind(app: Flask) -> None:
    """Give ``addresses`` to an application's templates."""
    app.jinja_env.globals["addresses"] = addresses


def addresses(endpoint: str, name: str, **values: Any) -> Callable[[uuid.UUID | str], str]:
    """Return what makes the address of a record out of its id, whose place in the route is called ``name``.

    It is as ``url_for`` makes it for this request, and ``values`` are the same for all.
    """
    before, _, after = url_for(endpoint, **(values | {name: _ANY})).partition(str(_ANY))
    return lambda record_id: f"{before}{record_id}{after}"
