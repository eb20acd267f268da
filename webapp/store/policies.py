"""The wall inside the database: which rows and which acts are the application's; built at every upgrade.

Each table of a portal's data compares its rows' portal with the one the transaction is about (``walls``). The
application's role may read and write, and no more; it neither owns a table nor may change what is a record.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, inspect, text

import webapp.store.tables  # noqa: F401 - makes every table known
from webapp.extensions import Model
from webapp.store import audit, portal_deletions, searched, statistics
from webapp.walls import EVERYWHERE, SETTING

OPEN_TABLES = {
    "login_mail": "it goes to a person, whatever portals they are in",
    "notice_mute": "what a person does not want to hear of holds in all portals",
    "recovery_code": "a person has one login for all portals",
    "process": "which workers and schedulers run is the installation's",
    "session": "it says who somebody is, before any portal is entered",
    "two_factor": "a person has one login for all portals",
    "user": "a person has one login for all portals",
}
"""The tables whose rows belong to no portal, each with the reason."""

APPEND_ONLY = ("audit_entry",)
"""Tables whose rows stay as they were written."""

NEVER_CHANGED = ("portal_deletion",)
"""Tables whose rows are added and taken out, and say what the database itself wrote into them."""

MEASURED = ("mirror_customer", "mirror_contact", *statistics.FILLED)
"""Tables the application takes statistics of by itself, while a census or an import fills them."""

_SAID = f"current_setting('{SETTING}', true)"
_OWN = f"%s = (SELECT nullif(nullif({_SAID}, ''), '{EVERYWHERE}')::uuid)"
_ACROSS = f"(SELECT {_SAID} = '{EVERYWHERE}')"

# A policy carries what it was made of and what the database made of that, to see that it still is so.
_STANDING = """
    SELECT relname, array_agg(polname::text) FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid
    WHERE relnamespace = current_schema()::regnamespace AND relrowsecurity AND relforcerowsecurity
    GROUP BY relname, pg_class.oid HAVING bool_and(polpermissive AND polwithcheck IS NULL AND
        obj_description(pg_policy.oid, 'pg_policy') LIKE '%%' || E'\\n' || pg_get_expr(polqual, polrelid))
"""
_HELD = text("""
    SELECT wanted, coalesce(has_table_privilege(to_regclass(:table)::oid, wanted), false)
      FROM unnest(CAST(:wanted AS text[])) AS wanted
""")
_MADE_OF = (
    "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = %s::regclass AND polname = %s"
)


def walled_tables() -> list[Table]:
    """List the tables of portals' data, the portals themselves among them."""
    tables = Model.metadata.sorted_tables
    return [table for table in tables if table.name == "portal" or "portal_id" in table.columns]


def portal_column(table: Table) -> str:
    """Name the column that says whose a row is."""
    return "id" if table.name == "portal" else "portal_id"


def build(owner: Connection, application_role: str) -> None:
    """Wall every table there is, and grant the application what it needs; what stands is left alone.

    Raises ``searched.ReaderMissing``.
    """
    there = set(inspect(owner).get_table_names())
    walled = [table for table in walled_tables() if table.name in there]
    role = owner.dialect.identifier_preparer.quote(application_role)
    views = {table.name: _shown(table) for table in walled if table.name in searched.SEARCHED}
    if views:
        searched.require_reader(owner)
    standing = _standing(owner)
    for table in walled:
        if standing.get(table.name) != set(_policies(table)):
            _wall(owner, table)
    for name in sorted(there & {*Model.metadata.tables, "alembic_version"}):
        owner.exec_driver_sql(f'REVOKE ALL ON "{name}" FROM {role}')
        owner.exec_driver_sql(f'GRANT {_privileges(name)} ON "{name}" TO {role}')
    searched.build(owner, views, role)
    audit.build(owner, role)
    portal_deletions.build(owner, role)


def problems(connection: Connection) -> list[str]:
    """Name the tables whose rows are not walled, with the remedy; nothing when all are."""
    standing = _standing(connection)
    bare = [table.name for table in walled_tables() if standing.get(table.name) != set(_policies(table))]
    if not bare:
        return []
    return [f"Row-level security is not in force on {', '.join(sorted(bare))}: run `tandem db upgrade`."]


def missing_rights(connection: Connection) -> list[str]:
    """Name what the role that asks may not do with a table though it has to, as ``table (right, ...)``."""
    missing = []
    for name in sorted({*Model.metadata.tables, "alembic_version"}):
        wanted = _privileges(name).split(", ")
        held = connection.execute(_HELD, {"table": f'"{name}"', "wanted": wanted})
        lacking = [right for right, has in held if not has]
        if lacking:
            missing.append(f"{name} ({', '.join(lacking)})")
    return missing


def _standing(connection: Connection) -> dict[str, set[str]]:
    """Tell the policies of each table that is forced to them and whose policies are as they were made."""
    return {name: set(policies) for name, policies in connection.exec_driver_sql(_STANDING)}


def _policies(table: Table) -> dict[str, tuple[str, str]]:
    """Say by name for whom each policy of a table is, and which rows it shows."""
    policies = {
        "own_portal": ("ALL TO PUBLIC", _OWN % portal_column(table)),
        "across_portals": ("ALL TO PUBLIC", _ACROSS),
    }
    if table.name in searched.SEARCHED:
        policies["searching"] = (f"SELECT TO {searched.READER}", "true")
    return policies


def _shown(table: Table) -> str:
    return f"{_OWN % portal_column(table)} OR {_ACROSS}"


def _wall(owner: Connection, table: Table) -> None:
    name = f'"{table.name}"'
    there = owner.scalars(
        text("SELECT polname FROM pg_policy WHERE polrelid = to_regclass(:name)"), {"name": name}
    )
    for policy in there.all():
        owner.exec_driver_sql(f'DROP POLICY "{policy}" ON {name}')
    owner.exec_driver_sql(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    for policy, (whom, rows) in _policies(table).items():
        owner.exec_driver_sql(f"CREATE POLICY {policy} ON {name} FOR {whom} USING ({rows})")
        made = owner.exec_driver_sql(_MADE_OF, (name, policy)).scalar_one()
        owner.exec_driver_sql(f"COMMENT ON POLICY {policy} ON {name} IS $tandem${rows}\n{made}$tandem$")


def _privileges(name: str) -> str:
    if name == "alembic_version":
        return "SELECT"
    if name in APPEND_ONLY:
        return "SELECT, INSERT"
    if name in NEVER_CHANGED:
        return "SELECT, INSERT, DELETE"
    if name in _held_by_records():
        return "SELECT, INSERT, UPDATE"
    return "SELECT, INSERT, UPDATE, DELETE" + (", MAINTAIN" if name in MEASURED else "")


def _held_by_records() -> set[str]:
    """Name the tables that records hang on: what goes with a row goes with the rights of the owner."""
    ties = (tie for name in APPEND_ONLY for tie in Model.metadata.tables[name].foreign_key_constraints)
    return {tie.referred_table.name for tie in ties}
