"""The wall inside the database: which rows and which acts are the application's; built at every upgrade.

Each table of a portal's data compares its rows' portal with the one the transaction is about (``walls``). The
application's role may read and write, and no more; it neither owns a table nor may change what is a record.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, inspect, text

import webapp.store.tables  # noqa: F401 - makes every table known
from webapp.extensions import Model
from webapp.walls import EVERYWHERE, SETTING

OPEN_TABLES = {
    "user": "a person has one login for all portals",
    "process": "it says which workers and schedulers run, and nothing of any portal",
    "login_mail": "it is to a person about their login",
    "notice_mute": "a person says once, for all portals, what they want to hear",
    "process": "which workers and schedulers run is the installation's",
    "session": "it says who somebody is, before any portal is entered",
}
"""The tables whose rows belong to no portal, each with the reason."""

APPEND_ONLY = ("audit_entry",)
"""Tables whose rows stay as they were written."""

MEASURED = ("mirror_customer", "mirror_contact")
"""Tables the application takes statistics of by itself, after a census filled them."""

_SAID = f"current_setting('{SETTING}', true)"
_OWN = f"%s = (SELECT nullif(nullif({_SAID}, ''), '{EVERYWHERE}')::uuid)"
_ACROSS = f"(SELECT {_SAID} = '{EVERYWHERE}')"
_NEEDS = """
    SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(:names)
    AND NOT (relrowsecurity AND relforcerowsecurity AND EXISTS (
        SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'own_portal'))
"""


def walled_tables() -> list[Table]:
    """List the tables of portals' data, the portals themselves among them."""
    tables = Model.metadata.sorted_tables
    return [table for table in tables if table.name == "portal" or "portal_id" in table.columns]


def portal_column(table: Table) -> str:
    """Name the column that says whose a row is."""
    return "id" if table.name == "portal" else "portal_id"


def build(owner: Connection, application_role: str) -> None:
    """Wall every table there is, and grant the application what it needs; what stands is left alone."""
    there = set(inspect(owner).get_table_names())
    for table in walled_tables():
        if table.name in there:
            _wall(owner, table)
    role = owner.dialect.identifier_preparer.quote(application_role)
    for name in sorted(there & {*Model.metadata.tables, "alembic_version"}):
        owner.execute(text(f'REVOKE ALL ON "{name}" FROM {role}'))
        owner.execute(text(f'GRANT {_privileges(name)} ON "{name}" TO {role}'))


def problems(connection: Connection) -> list[str]:
    """Name the tables whose rows are not walled, with the remedy; nothing when all are."""
    names = [table.name for table in walled_tables()]
    bare = sorted(connection.scalars(text(_NEEDS), {"names": names}))
    if not bare:
        return []
    return [f"Row-level security is not in force on {', '.join(bare)}: run `tandem db upgrade`."]


def _wall(owner: Connection, table: Table) -> None:
    own = _OWN % portal_column(table)
    if not _stands(owner, table.name, own):
        owner.execute(text(f'ALTER TABLE "{table.name}" ENABLE ROW LEVEL SECURITY'))
        owner.execute(text(f'ALTER TABLE "{table.name}" FORCE ROW LEVEL SECURITY'))
        for policy, condition in (("own_portal", own), ("across_portals", _ACROSS)):
            owner.exec_driver_sql(f'DROP POLICY IF EXISTS {policy} ON "{table.name}"')
            owner.exec_driver_sql(f'CREATE POLICY {policy} ON "{table.name}" USING ({condition})')
        owner.exec_driver_sql(
            f'COMMENT ON POLICY own_portal ON "{table.name}" IS $tandem${own} OR {_ACROSS}$tandem$'
        )


def _stands(owner: Connection, name: str, own: str) -> bool:
    """Tell whether a table has this very wall: building it anew would keep everybody out meanwhile."""
    if owner.scalar(text(_NEEDS), {"names": [name]}) is not None:
        return False
    built = owner.scalar(
        text(
            "SELECT obj_description(oid, 'pg_policy') FROM pg_policy "
            "WHERE polrelid = to_regclass(:name) AND polname = 'own_portal'"
        ),
        {"name": f'"{name}"'},
    )
    return built == f"{own} OR {_ACROSS}"


def _privileges(name: str) -> str:
    if name == "alembic_version":
        return "SELECT"
    if name in APPEND_ONLY:
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE" + (", MAINTAIN" if name in MEASURED else "")
