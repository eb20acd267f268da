"""Shows in a text what a search found, whatever accents and case it was typed in, or what differs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

from flask import Flask
from markupsafe import Markup, escape

from webapp.sync.normal import search_key


def bind(app: Flask) -> None:
    """Give the filters to an application's templates."""
    app.jinja_env.filters.update({"marked": marked, "unlike": unlike})


def marked(text: str | None, q: str) -> Markup:
    """Put ``<mark>`` around every place of a text in which a word of the search stands."""
    text = text or ""
    hits = _hits(text, q)
    if not hits:
        return escape(text)
    runs = ((found, list(run)) for found, run in groupby(range(len(text)), key=hits.__contains__))
    return Markup("".join(_piece(text[run[0] : run[-1] + 1], found=found) for found, run in runs))


def unlike(text: str, other: str) -> Markup:
    """Mark the part of a text that begins and ends where another one differs from it."""
    if not text or not other:
        return escape(text)
    shortest = min(len(text), len(other))
    start = next((at for at in range(shortest) if text[at] != other[at]), shortest)
    rest = shortest - start
    end = next((at for at in range(rest) if text[-1 - at] != other[-1 - at]), rest)
    middle = text[start : len(text) - end]
    if not middle:
        return escape(text)
    before, after = escape(text[:start]), escape(text[len(text) - end :])
    return Markup('{}<b class="df">{}</b>{}').format(before, middle, after)


def _piece(text: str, *, found: bool) -> str:
    return f"<mark>{escape(text)}</mark>" if found else escape(text)


def _hits(text: str, q: str) -> set[int]:
    """Return the positions that belong to a word of the search."""
    words = _words(q)
    hits: set[int] = set()
    if not words:
        return hits
    folded, origin = _folded(text)
    for word in words:
        start = folded.find(word)
        while start >= 0:
            hits.update(origin[start : start + len(word)])
            start = folded.find(word, start + 1)
    return hits


@lru_cache(maxsize=64)
def _words(q: str) -> Sequence[str]:
    return search_key(q).split()


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """Return a text as search sees it sign by sign, and where in it each sign came from."""
    if text.isascii():
        return text.lower(), range(len(text))
    keys = [search_key(sign) or " " for sign in text]
    return "".join(keys), [position for position, key in enumerate(keys) for _ in key]
