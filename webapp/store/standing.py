"""How a customer of one side stands beside the other side, kept in its row by the database itself.

``customer.linked`` says that a customer is linked to any connection. ``mirror_customer.known_by`` says how
the portal knows a customer there: by a ``link``, else as one ``never`` to be imported, else by its ``name``,
which a customer here has as well, else not at all. Lists are filtered and counted by them from one index
each; found out row by row, a page of 100,000 customers takes several times as long. Whatever writes a link,
a mark or either side has them follow in the same transaction. Only two transactions that write the same name
on both sides at once miss each other: that is what ``settle`` is for.
"""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, inspect, text

from webapp.extensions import db
from webapp.store import triggers

_NEVER = """
         WHEN EXISTS (SELECT FROM never_import mark
                       WHERE mark.portal_id = their.portal_id AND mark.connection_id = their.connection_id
                         AND mark.their_id = their.their_id OFFSET 0) THEN 'never'
"""
# Without OFFSET a planner that has no statistics reads a whole table, or an index of whoever is not deleted.
_KNOWN = f"""
    CASE WHEN EXISTS (SELECT FROM link
                       WHERE link.portal_id = their.portal_id AND link.connection_id = their.connection_id
                         AND link.kind = 'customer' AND link.their_id = their.their_id OFFSET 0) THEN 'link'
         {_NEVER}
         WHEN EXISTS (SELECT FROM (SELECT deleted_at FROM customer
                                    WHERE customer.portal_id = their.portal_id
                                      AND customer.name_key = their.name_key OFFSET 0) AS same
                       WHERE same.deleted_at IS NULL OFFSET 0) THEN 'name'
         ELSE '' END
"""
_LINKED = """
    EXISTS (SELECT FROM link WHERE link.portal_id = customer.portal_id AND link.kind = 'customer'
                               AND link.our_id = customer.id OFFSET 0)
"""
_THEIRS = """
    their.portal_id = {row}.portal_id AND their.connection_id = {row}.connection_id
    AND their.their_id = {row}.their_id
"""
_OURS = "customer.portal_id = {row}.portal_id AND customer.id = {row}.our_id"
_CUSTOMERS = "(SELECT * FROM {rows} WHERE kind = 'customer') AS each"
_NAMED = f"""
    UPDATE mirror_customer their SET known_by = {_KNOWN}
      FROM (SELECT DISTINCT portal_id, name_key FROM {{rows}} WHERE deleted_at IS NULL) AS each
     WHERE their.portal_id = each.portal_id AND their.name_key = each.name_key
       AND their.known_by = '{{before}}'
"""

_MARKED = f"""
    UPDATE mirror_customer their SET known_by = {_KNOWN} FROM {{rows}} AS each
     WHERE {_THEIRS.format(row="each")}
"""

_BODIES: dict[str, tuple[str, ...]] = {
    "link_insert": (
        f"""
        UPDATE mirror_customer their SET known_by = 'link' FROM {_CUSTOMERS.format(rows="new_rows")}
         WHERE {_THEIRS.format(row="each")} AND their.known_by <> 'link'
        """,
        f"""
        UPDATE customer SET linked = true FROM {_CUSTOMERS.format(rows="new_rows")}
         WHERE {_OURS.format(row="each")} AND NOT customer.linked
        """,
    ),
    "link_update": (
        f"""
        UPDATE mirror_customer their SET known_by = {_KNOWN}
         WHERE their.portal_id = NEW.portal_id AND their.connection_id = NEW.connection_id
           AND their.their_id IN (OLD.their_id, NEW.their_id)
        """,
    ),
    "link_delete": (
        f"""
        UPDATE mirror_customer their SET known_by = {_KNOWN} FROM {_CUSTOMERS.format(rows="old_rows")}
         WHERE {_THEIRS.format(row="each")}
        """,
        f"""
        UPDATE customer SET linked = false FROM {_CUSTOMERS.format(rows="old_rows")}
         WHERE {_OURS.format(row="each")} AND customer.linked AND NOT {_LINKED}
        """,
    ),
    "customer_insert": (_NAMED.format(rows="new_rows", before=""),),
    "customer_update": (
        f"""
        UPDATE mirror_customer their SET known_by = {_KNOWN}
         WHERE their.portal_id = NEW.portal_id AND their.name_key IN (OLD.name_key, NEW.name_key)
           AND their.known_by <> 'link' AND their.known_by <> {_KNOWN}
        """,
    ),
    "customer_delete": (_NAMED.format(rows="old_rows", before="name"),),
    "never_import_insert": (_MARKED.format(rows="new_rows"),),
    "never_import_delete": (_MARKED.format(rows="old_rows"),),
    "mirror_customer_insert": (
        f"""
        UPDATE mirror_customer their SET known_by = each.found
          FROM (SELECT portal_id, connection_id, their_id, {_KNOWN} AS found
                  FROM new_rows their OFFSET 0) AS each
         WHERE each.found <> '' AND {_THEIRS.format(row="each")} AND their.known_by <> each.found
        """,
    ),
    "mirror_customer_update": (
        f"""
        UPDATE mirror_customer their SET known_by = {_KNOWN}
         WHERE {_THEIRS.format(row="NEW")} AND their.known_by <> {_KNOWN}
        """,
    ),
}
"""By table and act: what follows from it."""

_NEW = "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT"
_OLD = "REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT"
_FIRED = {
    "link_insert": _NEW,
    "link_update": "FOR EACH ROW WHEN (NEW.kind = 'customer' AND OLD.their_id <> NEW.their_id)",
    "link_delete": _OLD,
    "customer_insert": _NEW,
    "customer_update": """
        FOR EACH ROW WHEN (OLD.name_key <> NEW.name_key
                           OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    """,
    "customer_delete": _OLD,
    "never_import_insert": _NEW,
    "never_import_delete": _OLD,
    "mirror_customer_insert": _NEW,
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
    marked = there.has_table("never_import")
    for name, body in _BODIES.items():
        table, act = name.rsplit("_", 1)
        if not marked:
            if table == "never_import":
                continue
            body = tuple(each.replace(_NEVER, "") for each in body)
        of_row = "EACH ROW" in _FIRED[name]
        made = triggers.row_function if of_row else triggers.function
        owner.exec_driver_sql(made(f"standing_{name}", *body))
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
