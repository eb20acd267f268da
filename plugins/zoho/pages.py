"""One page of a list as Zoho told it, checked for its shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugins.zoho.mapping import Misshapen, text

PER_PAGE = 200
"""The most rows Zoho gives at once."""

DEEPEST = 100_000
"""No list is that long: a server that always tells of another page would be followed for ever."""

PATIENCE = 3
"""How often pages may contradict one another, as they do when rows go meanwhile, before it is a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows of one page, and whether Zoho says that another follows; ``size`` is how many a full one holds."""

    number: int
    rows: tuple[Mapping[str, Any], ...]
    more: bool
    size: int = PER_PAGE


def read_page(body: Mapping[str, Any], node: str, number: int, size: int = PER_PAGE) -> Page:
    """Read the rows under ``node``; raise ``Misshapen`` for a list that cannot be relied on.

    ``size`` was asked for; what Zoho says of it counts.
    """
    rows, context = body.get(node), body.get("page_context")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Misshapen(f"a list without {node}")
    if not isinstance(context, dict) or not isinstance(more := context.get("has_more_page"), bool):
        raise Misshapen("a list that does not tell whether it goes on")
    told = text(context, "page") or str(number)
    if told != str(number):
        if rows and not (told.isdecimal() and len(told) < 7 and int(told) < number):
            raise Misshapen(f"page {told[:20]} where page {number} was asked for")
        # An earlier page again: what was asked for lies beyond the end, which Zoho does not document.
        return beyond_the_end(number)
    told_size = text(context, "per_page") or ""
    size = int(told_size) if told_size.isdecimal() and 0 < int(told_size) <= PER_PAGE else size
    return Page(number=number, rows=tuple(rows), more=more, size=size)


def beyond_the_end(number: int) -> Page:
    """Return what a page is that a list does not have."""
    return Page(number=number, rows=(), more=False)
