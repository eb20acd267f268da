"""Databases that tests make, empty and drop, and their addresses."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

import webapp.store.tables  # noqa: F401 - makes every table known
from webapp.extensions import Model

_OTHERS = "FROM pg_stat_activity WHERE datname = %s AND usename = current_user AND pid <> pg_backend_pid()"


@contextmanager
def temporary_database(server_url: str, template: str = "template1", *, login: str = "") -> Iterator[str]:
    """Make a database as a copy of `template`, and drop it afterwards with whoever is still connected.

    Its address is the owner's, unless a `login` is given.
    """
    name = f"tandem_test_{secrets.token_hex(6)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield with_path(with_login(server_url, login), f"/{name}")
        finally:
            for address in {server_url, with_login(server_url, login)}:
                end_connections(address, name)
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def end_connections(address: str, database: str) -> None:
    """End what is still connected to a database as the role of an address."""
    # Dropping with FORCE would be refused while the server itself is at work there; a plain one waits for it.
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid) {_OTHERS}", [database])


def end_transactions(address: str) -> None:
    """End whoever left a transaction open in the database of an address, as its role."""
    left_open = f"{_OTHERS} AND state <> 'idle'"
    with psycopg.connect(address, autocommit=True) as connection:
        database = urlsplit(address).path.removeprefix("/")
        connection.execute(f"SELECT pg_terminate_backend(pid, 5000) {left_open}", [database])


def empty(owner: psycopg.Connection) -> None:
    """Take out all rows; for a few of them this is quicker than to truncate the tables."""
    filled = {name for (name,) in owner.execute(_FILLED)}
    leaving = [f'DELETE FROM "{name}"' for name in _LEAVES_FIRST if name in filled]
    owner.execute(";".join(leaving))


_LEAVES_FIRST = [table.name for table in reversed(Model.metadata.sorted_tables)]
_FILLED = " UNION ALL ".join(
    f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in _LEAVES_FIRST
)


def with_login(url: str, login: str) -> str:
    """Return `url` for another role, given with its password; the same without one."""
    place = urlsplit(url).netloc.rpartition("@")[2]
    return urlunsplit(urlsplit(url)._replace(netloc=f"{login}@{place}")) if login else url


def with_path(url: str, path: str) -> str:
    """Return `url` pointing to another database of its server."""
    return urlunsplit(urlsplit(url)._replace(path=path))
