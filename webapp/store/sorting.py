"""Ways of sorting long lists, and a page of one, read from whichever of its ends is nearer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam


@dataclass(frozen=True, slots=True)
class By:
    """A column that a list is sorted by, ``down`` or up; ``blanks`` has those it is unknown of come last."""

    column: str
    down: bool = False
    blanks: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows of a sorted list: so many from ``offset`` on, counted from its end if ``backwards``."""

    offset: int
    limit: int
    backwards: bool = False

    @property
    def asked(self) -> dict[str, int]:
        """What a query of a ``stretch_of`` rows is asked with."""
        return {"offset": self.offset, "limit": self.limit}


def nearest(offset: int, limit: int, total: int | None) -> Stretch:
    """Say where to begin for so many rows from ``offset`` on; ``total`` is None where nobody counted them."""
    if total is None or offset <= total // 2:
        return Stretch(offset, limit)
    return Stretch(max(0, total - offset - limit), max(0, min(limit, total - offset)), backwards=True)


def stretch_of(query: Select[Any], of: Any, sort: Sequence[By], *, backwards: bool = False) -> Select[Any]:
    """Keep a stretch of what is sorted, in whatever order; asked with which one."""
    offset, limit = (bindparam(name, type_=Integer) for name in ("offset", "limit"))
    return query.order_by(*ordered(of, sort, backwards=backwards)).offset(offset).limit(limit)


def ordered(of: Any, sort: Sequence[By], *, backwards: bool = False) -> tuple[ColumnElement[Any], ...]:
    """Put an order on a table, or on the columns of a query."""
    return tuple(_by(getattr(of, by.column), by, backwards=backwards) for by in sort)


def _by(column: ColumnElement[Any], by: By, *, backwards: bool) -> ColumnElement[Any]:
    way = column.desc() if by.down != backwards else column.asc()
    if not by.blanks:
        return way
    return way.nulls_first() if backwards else way.nulls_last()
