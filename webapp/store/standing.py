"""How a customer of one side stands beside the other side, kept in its row by the database itself.

``customer.linked`` says that a customer is linked to any connection. ``mirror_customer.known_by`` says how
the portal knows a customer there: by a ``link``, else by its ``name``, which a customer here has as well,
else not at all. Lists are filtered and counted by them from one index each; found out row by row, a page of
100,000 customers takes several times as long. Whatever writes a link or either side has them follow in the
same transaction. Only two transactions that write the same name on both sides at once miss each other: that
is what ``settle`` is for.
"""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, inspect, text

from webapp.extensions import db

_KNOWN = """
    CASE WHEN EXISTS (SELECT FROM link
                       WHERE link.portal_id = their.portal_id AND link.connection_id = their.connection_id
                         AND link.kind = 'customer' AND link.their_id = their.their_id) THEN 'link'
         WHEN EXISTS (SELECT FROM customer
                       WHERE customer.portal_id = their.portal_id AND customer.name_key = their.name_key
                         AND customer.deleted_at IS NULL) THEN 'name'
         ELSE '' END
"""
_LINKED = """
    EXISTS (SELECT FROM link WHERE link.portal_id = customer.portal_id AND link.kind = 'customer'
                               AND link.our_id = customer.id)
"""
_THEIRS = """
    their.portal_id = {row}.portal_id AND their.connection_id = {row}.connection_id
    AND their.their_id = {row}.their_id
"""
_NAMED = f"""
    UPDATE mirror_customer their SET known_by = {_KNOWN} FROM connection
     WHERE connection.portal_id = {{row}}.portal_id AND their.portal_id = connection.portal_id
       AND their.connection_id = connection.id AND their.name_key IN ({{names}})
       AND their.known_by <> 'link' AND their.known_by <> {_KNOWN};
"""

_BODIES = {
    "link_insert": f"""
        UPDATE mirror_customer their SET known_by = 'link'
         WHERE {_THEIRS.format(row="NEW")} AND known_by <> 'link';
        UPDATE customer SET linked = true
         WHERE portal_id = NEW.portal_id AND id = NEW.our_id AND NOT linked;
    """,
    "link_update": f"""
        UPDATE mirror_customer their SET known_by = {_KNOWN}
         WHERE their.portal_id = NEW.portal_id AND their.connection_id = NEW.connection_id
           AND their.their_id IN (OLD.their_id, NEW.their_id);
    """,
    "link_delete": f"""
        UPDATE mirror_customer their SET known_by = {_KNOWN} FROM old_rows
         WHERE old_rows.kind = 'customer' AND {_THEIRS.format(row="old_rows")};
        UPDATE customer SET linked = false FROM old_rows
         WHERE old_rows.kind = 'customer' AND customer.portal_id = old_rows.portal_id
           AND customer.id = old_rows.our_id AND customer.linked AND NOT {_LINKED};
    """,
    "customer_insert": _NAMED.format(row="NEW", names="NEW.name_key"),
    "customer_update": _NAMED.format(row="NEW", names="OLD.name_key, NEW.name_key"),
    "customer_delete": _NAMED.format(row="OLD", names="OLD.name_key"),
    "mirror_customer_insert": f"""
        UPDATE mirror_customer their SET known_by = {_KNOWN} FROM new_rows
         WHERE {_THEIRS.format(row="new_rows")} AND their.known_by <> {_KNOWN};
    """,
    "mirror_customer_update": f"""
        UPDATE mirror_customer their SET known_by = {_KNOWN}
         WHERE {_THEIRS.format(row="NEW")} AND their.known_by <> {_KNOWN};
    """,
}
"""By table and act: what follows from it."""

_FIRED = {
    "link_insert": "FOR EACH ROW WHEN (NEW.kind = 'customer')",
    "link_update": "FOR EACH ROW WHEN (NEW.kind = 'customer' AND OLD.their_id <> NEW.their_id)",
    "link_delete": "REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT",
    "customer_insert": "FOR EACH ROW WHEN (NEW.deleted_at IS NULL)",
    "customer_update": """
        FOR EACH ROW WHEN (OLD.name_key <> NEW.name_key
                           OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    """,
    "customer_delete": "FOR EACH ROW WHEN (OLD.deleted_at IS NULL)",
    "mirror_customer_insert": "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT",
    "mirror_customer_update": "FOR EACH ROW WHEN (OLD.name_key <> NEW.name_key)",
}
"""When: rows that most writes leave alone ask for nothing."""


def build(owner: Connection) -> None:
    """Make the triggers anew; a schema from before these columns has none."""
    there = inspect(owner)
    if not there.has_table("customer") or "linked" not in {
        each["name"] for each in there.get_columns("customer")
    }:
        return
    for name, body in _BODIES.items():
        table, act = name.rsplit("_", 1)
        owner.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION standing_{name}() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path = public, pg_temp AS $$ BEGIN {body} RETURN NULL; END $$"
        )
        owner.exec_driver_sql(
            f"CREATE OR REPLACE TRIGGER standing_{name} AFTER {act} ON {table} {_FIRED[name]} "
            f"EXECUTE FUNCTION standing_{name}()"
        )


def settle(portal_id: uuid.UUID, connection_id: uuid.UUID) -> int:
    """Put right what transactions that overlapped could not see of each other; return of how many rows."""
    ids = {"portal": portal_id, "connection": connection_id}
    theirs = text(
        f"UPDATE mirror_customer their SET known_by = {_KNOWN} WHERE their.portal_id = :portal "
        f"AND their.connection_id = :connection AND their.known_by <> {_KNOWN} RETURNING 1"
    )
    ours = text(
        f"UPDATE customer SET linked = {_LINKED} WHERE customer.portal_id = :portal "
        f"AND customer.linked <> {_LINKED} RETURNING 1"
    )
    return len(db.session.execute(theirs, ids).all()) + len(db.session.execute(ours, ids).all())
