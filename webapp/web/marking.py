"""Shows in a text what a search found, whatever accents and case it was typed in."""

from __future__ import annotations

from flask import Flask
from markupsafe import Markup, escape

from webapp.sync.normal import search_key


def bind(app: Flask) -> None:
    """Give the filter to an application's templates."""
    app.jinja_env.filters["marked"] = marked


def marked(text: str | None, q: str) -> Markup:
    """Put ``<mark>`` around every place of a text in which a word of the search stands."""
    text = text or ""
    hits = _hits(text, q)
    pieces = []
    for position, sign in enumerate(text):
        opens = position in hits and position - 1 not in hits
        closes = position in hits and position + 1 not in hits
        pieces.append(Markup("<mark>" if opens else "") + escape(sign) + Markup("</mark>" if closes else ""))
    return Markup("").join(pieces)


def _hits(text: str, q: str) -> set[int]:
    """Return the positions that belong to a word of the search."""
    keys = [search_key(sign) or " " for sign in text]
    folded = "".join(keys)
    origin = [position for position, key in enumerate(keys) for _ in key]
    hits: set[int] = set()
    for word in search_key(q).split():
        start = folded.find(word)
        while start >= 0:
            hits.update(origin[start : start + len(word)])
            start = folded.find(word, start + 1)
    return hits
