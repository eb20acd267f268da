"""Rows laid down once, to be put back into an empty database in one go."""

from __future__ import annotations

import psycopg
from psycopg import sql

import webapp.store.tables  # noqa: F401 - makes every table known
from webapp.extensions import Model

_ROWS = sql.SQL("SELECT json_agg(each)::text FROM {} AS each")
_PUT_BACK = sql.SQL("INSERT INTO {0} ({1}) SELECT {1} FROM json_populate_recordset(NULL::{0}, {2})")


def lay(owner: psycopg.Connection) -> str:
    """Return the statements that put back all rows there are now."""
    return ";".join(
        _PUT_BACK.format(sql.Identifier(name), columns, sql.Literal(rows)).as_string(owner)
        for name, columns in _TABLES
        for (rows,) in owner.execute(_ROWS.format(sql.Identifier(name)))
        if rows
    )


_TABLES = [
    (
        table.name,
        sql.SQL(", ").join(sql.Identifier(each.name) for each in table.columns if each.computed is None),
    )
    for table in Model.metadata.sorted_tables
]
"""Each table with its columns that can be written, those others refer to first."""
