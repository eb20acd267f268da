"""What the doctor asks PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from webapp.extensions import db
from webapp.services.doctor.findings import CLOCK_APART, NTP, Area, Finding, clock_words, duration, halves
from webapp.store import figures, policies, schema, searched
from webapp.walls import Unwalled

AREA = Area("database")
TESTED_WITH = 18
EXTENSIONS = ("btree_gin", "pg_trgm")
FEW_CONNECTIONS = 10
SLOW_ANSWER = 0.05
LONG_TRANSACTION = 600.0
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def answers() -> Finding:
    """Tell whether the database can be reached by a role that is held back by the wall."""
    began = time.perf_counter()
    try:
        with db.engine.connect() as connection:
            began = time.perf_counter()
            connection.execute(text("SELECT 1"))
            took = time.perf_counter() - began
    except Unwalled as error:
        return AREA.fault("role", *halves(str(error)))
    except OperationalError:
        return AREA.fault(
            "reachable",
            "The database does not answer: nothing works.",
            "Check DATABASE_URL, that PostgreSQL runs, and that it lets this machine in (pg_hba.conf).",
        )
    says = f"It answers within {took * 1000:.1f} ms."
    if took > SLOW_ANSWER:
        return AREA.warning(
            "reachable", f"{says} Each page asks several times.", "Bring it closer, or look at its load."
        )
    return AREA.ok("reachable", says)


def findings() -> Iterator[Finding]:
    """Look at a database that answers."""
    with db.engine.connect() as connection:
        yield _version(connection)
        yield AREA.ok("role", "The role is neither superuser nor owner: row-level security holds it back.")
        yield _extensions(connection)
        revision = _revision(connection)
        yield revision
        if revision.level == "ok":
            yield _wall(connection)
            yield _rights(connection)
            yield _search(connection)
        yield _clock(connection)
        yield _connections_left()
        yield _jit(connection)
        yield _durability(connection)
        yield _long_transactions(connection)


def _version(connection: Connection) -> Finding:
    version = _shown(connection, "server_version")
    if int(_shown(connection, "server_version_num")) // 10_000 < TESTED_WITH:
        return AREA.warning(
            "version",
            f"PostgreSQL {version}: Tandem is tested with {TESTED_WITH}.",
            f"Upgrade the server to PostgreSQL {TESTED_WITH}.",
        )
    return AREA.ok("version", f"PostgreSQL {version}.")


def _extensions(connection: Connection) -> Finding:
    there = set(connection.scalars(text("SELECT extname FROM pg_extension")))
    missing = [name for name in EXTENSIONS if name not in there]
    if missing:
        statements = " ".join(f"CREATE EXTENSION {name};" for name in missing)
        return AREA.fault(
            "extensions",
            f"{' and '.join(missing)} is missing: searching and migrating fail.",
            f"As the owner or a superuser, run in this database: {statements}",
        )
    return AREA.ok("extensions", f"{' and '.join(EXTENSIONS)} are there.")


def _revision(connection: Connection) -> Finding:
    current, newest = schema.current(connection), schema.newest()
    if current == newest:
        return AREA.ok("schema", f"At the newest revision, {newest}.")
    if current is not None and not schema.knows(current):
        return AREA.fault(
            "schema",
            f"At revision {current}, which this version does not know: a newer one has upgraded it.",
            "Run the newer version everywhere, or bring the database back with it: tandem db downgrade.",
        )
    return AREA.fault(
        "schema",
        f"At revision {current or 'base'}, but this version needs {newest}: pages fail.",
        "Stop the workers, run `tandem db upgrade`, and start them again.",
    )


def _wall(connection: Connection) -> Finding:
    bare = policies.problems(connection)
    if bare:
        return AREA.fault("row-level security", *halves(bare[0]))
    walled = len(policies.walled_tables())
    return AREA.ok("row-level security", f"In force on all {walled} tables of portals' data.")


def _rights(connection: Connection) -> Finding:
    missing = policies.missing_rights(connection)
    if missing:
        return AREA.fault(
            "rights",
            f"The application may not do all it has to: {'; '.join(missing)}.",
            "Run `tandem db upgrade`: it grants what is missing.",
        )
    return AREA.ok("rights", "The application may do with every table what it has to.")


def _search(connection: Connection) -> Finding:
    found = connection.execute(text("SELECT viewname, viewowner FROM pg_views"))
    owners = {row.viewname: row.viewowner for row in found}
    odd = [name for name in searched.SEARCHED if owners.get(f"searched_{name}") != searched.READER]
    if odd:
        return AREA.fault(
            "search",
            f"The views for searching {' and '.join(odd)} are missing or another role's: lists stay empty or "
            "fail.",
            "Run `tandem db upgrade`: it makes them anew.",
        )
    return AREA.ok("search", f"Its views are there, and {searched.READER}'s.")


def _clock(connection: Connection) -> Finding:
    began = time.time()
    theirs = float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
    ended = time.time()
    off = (began + ended) / 2 - theirs
    if abs(off) > CLOCK_APART:
        return AREA.warning("clock", f"This machine's {clock_words(off)}", NTP)
    return AREA.ok("clock", "This machine's clock and the database's agree.")


def _connections_left() -> Finding:
    found = figures.database()
    left = found.permitted - found.used
    says = f"{found.used} of {found.permitted} connections are in use."
    if left < FEW_CONNECTIONS:
        return AREA.fault(
            "connections",
            f"{says} New processes and busy pages find none.",
            "Raise max_connections, or run fewer web processes and threads (each thread may hold one).",
        )
    if left < 0.2 * found.permitted:
        return AREA.warning("connections", says, "Raise max_connections before more processes are started.")
    return AREA.ok("connections", says)


def _jit(connection: Connection) -> Finding:
    if _shown(connection, "jit") == "off":
        return AREA.ok("jit", "Off.")
    name = connection.dialect.identifier_preparer.quote(
        str(connection.scalar(text("SELECT current_database()")))
    )
    return AREA.warning(
        "jit",
        "On: compiling costs searches more than it saves.",
        f"As the database's owner: ALTER DATABASE {name} SET jit = off;",
    )


def _durability(connection: Connection) -> Finding:
    off = [name for name in DURABLE if _shown(connection, name) == "off"]
    if off:
        return AREA.warning(
            "durability",
            f"{', '.join(off)} off: a crash of that machine can lose or break what was committed.",
            "Switch it on in postgresql.conf, unless the data may be lost.",
        )
    return AREA.ok("durability", "What is committed outlasts a crash.")


def _long_transactions(connection: Connection) -> Finding:
    oldest = float(connection.scalar(text(_OLDEST_TRANSACTION)) or 0)
    if oldest > LONG_TRANSACTION:
        return AREA.warning(
            "transactions",
            f"One has been open for {duration(oldest)}: dead rows pile up, and others may wait for it.",
            "Find it in pg_stat_activity (xact_start) and end it with pg_terminate_backend(pid).",
        )
    return AREA.ok("transactions", "None is open for long.")


_OLDEST_TRANSACTION = """
    SELECT extract(epoch FROM clock_timestamp() - min(xact_start)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def _shown(connection: Connection, setting: str) -> str:
    return str(connection.scalar(text("SELECT current_setting(:name)"), {"name": setting}))
