"""Ways of sorting long lists, and a page of one, read from whichever of its ends is nearer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select


@dataclass(frozen=True, slots=True)
class By:
    """A column that a list is sorted by, ``down`` or up; ``blanks`` has those it is unknown of come last."""

    column: str
    down: bool = False
    blanks: bool = False


def ordered(of: Any, sort: Sequence[By], *, backwards: bool = False) -> tuple[ColumnElement[Any], ...]:
    """Put an order on a table, or on the columns of a query."""
    return tuple(_by(getattr(of, by.column), by, backwards=backwards) for by in sort)


def stretch(
    query: Select[Any], of: Any, sort: Sequence[By], *, offset: int, limit: int, total: int | None = None
) -> Select[Any]:
    """Keep so many rows from ``offset`` on of what is sorted: those rows, in whatever order.

    Of ``total`` rows, where they are counted, the last ones are found as soon as the first: from the end.
    """
    if total is None or offset <= total // 2:
        return query.order_by(*ordered(of, sort)).offset(offset).limit(limit)
    backwards = query.order_by(*ordered(of, sort, backwards=True))
    return backwards.offset(max(0, total - offset - limit)).limit(min(limit, max(0, total - offset)))


def _by(column: ColumnElement[Any], by: By, *, backwards: bool) -> ColumnElement[Any]:
    way = column.desc() if by.down != backwards else column.asc()
    if not by.blanks:
        return way
    return way.nulls_first() if backwards else way.nulls_last()
