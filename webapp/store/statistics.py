"""Statistics by which the database finds its ways, taken where tables grow quickly.

It takes them by itself once a minute. An import fills empty tables faster: without statistics every index
that begins with the portal looks alike to the planner, and one customer is looked for among all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from webapp.extensions import db

FILLED = ("contact", "customer", "history_entry", "link", "run_item")
"""The tables that an import fills."""

FEW = 100
"""Of tables that grew by less, any way is a short one."""

MANY = 1_000
"""From so many rows on, a way that is right for few takes noticeably longer."""

_GROWN = text(f"""
    SELECT relname FROM pg_class WHERE oid IN ({", ".join(f"'{name}'::regclass" for name in FILLED)})
    AND pg_stat_get_mod_since_analyze(oid) > greatest(reltuples, {FEW}) ORDER BY relname
""")


def measure_items() -> None:
    """Have statistics taken of the items of runs, ``MANY`` of which were just made.

    Until then the planner takes them for few, and compares each with all there is: for hours where it is
    all of 100,000 customers.
    """
    _analyze(["run_item"])


def measure_grown() -> list[str]:
    """Have statistics taken of the filled tables that doubled since the last time; return which."""
    with db.engine.connect() as side:
        grown = list(side.scalars(_GROWN))
    if grown:
        _analyze(grown)
    return grown


def _analyze(names: Sequence[str]) -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as side:
        # Another import, or the database itself, may be at it.
        side.execute(text(f"ANALYZE (SKIP_LOCKED) {', '.join(names)}"))
