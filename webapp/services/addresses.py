"""Addresses of pages in full, for what is read outside the portal."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from webapp.services import context


def address_of(endpoint: str, *, anchor: str = "", **values: Any) -> str:
    """Return the whole address of a page, wherever it is asked for."""
    base = urlsplit(context.settings().base_url)
    adapter = current_app.url_map.bind(base.netloc, url_scheme=base.scheme)
    address = adapter.build(endpoint, values, force_external=True)
    return f"{address}#{anchor}" if anchor else address
