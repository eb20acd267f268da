"""New rows of several tables written by one statement: a round trip, however many tables there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast

import orjson
from sqlalchemy import Table

from webapp.extensions import Model, db

# In one order, or two that have several words in common might wait for each other.
_ALONE = """
    pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT hashtextextended(words, 0) AS key FROM unnest(%s::text[]) AS words ORDER BY key
    ) AS locks
"""

Rows = Mapping[type[Model], Sequence[Mapping[str, Any]]]


def insert_rows(
    rows: Rows,
    *,
    replace: Mapping[type[Model], tuple[str, ...]] | None = None,
    alone: Collection[str] = (),
) -> None:
    """Insert rows, every column given; those of a table in ``replace`` take the place of what has their key.

    ``replace`` names the columns that stay as they were. Foreign keys between the tables hold at the end.
    Whoever inserts under any of the same words in ``alone`` waits until this transaction ends.
    """
    replace = replace or {}
    filled = {model: given for model, given in rows.items() if given}
    if not filled:
        return
    statement = _statement(tuple((model, replace.get(model)) for model in filled))
    values: tuple[Any, ...] = tuple(orjson.dumps(list(given)).decode() for given in filled.values())
    if alone:
        statement, values = f"{statement} {_ALONE}", (*values, list(alone))
    db.session.connection().exec_driver_sql(statement, values)


def joined(parts: Iterable[Rows]) -> Rows:
    """Put rows together, table by table."""
    rows: defaultdict[type[Model], list[Mapping[str, Any]]] = defaultdict(list)
    for part in parts:
        for model, given in part.items():
            rows[model] += given
    return rows


@cache
def _statement(parts: tuple[tuple[type[Model], tuple[str, ...] | None], ...]) -> str:
    written = [f"w{number} AS ({_insert(*part)})" for number, part in enumerate(parts)]
    return f"WITH {', '.join(written)} SELECT"


def _insert(model: type[Model], staying: tuple[str, ...] | None) -> str:
    table = cast(Table, model.__table__)
    names = [f'"{column.name}"' for column in table.columns]
    columns = ", ".join(names)
    source = f'jsonb_populate_recordset(NULL::"{table.name}", %s::jsonb)'
    insert = f'INSERT INTO "{table.name}" ({columns}) SELECT {columns} FROM {source}'
    if staying is None:
        return insert
    key = [f'"{column.name}"' for column in table.primary_key]
    fixed = {*key, *(f'"{name}"' for name in staying)}
    moving = ", ".join(f"{name} = EXCLUDED.{name}" for name in names if name not in fixed)
    return f"{insert} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {moving}"
