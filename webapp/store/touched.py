"""How a link learns that it is due: the database itself marks it whenever either side is written.

Whatever writes a customer, a contact or the mirror, marks the link of the customer it belongs to, in the same
transaction, so that nothing can be forgotten and a pass over 100,000 links reads only those that changed.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect

_BUMPED = """
    CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
    BEGIN
        -- A link that this transaction itself wrote is no edit that anybody waits for.
        UPDATE link SET due_at = now(),
                        edited_here = link.edited_here OR link.xmin <> pg_current_xact_id()::xid
          FROM (SELECT DISTINCT portal_id, {customer} AS customer_id FROM {changed}) AS edited
         WHERE link.portal_id = edited.portal_id AND link.kind = 'customer'
           AND link.our_id = edited.customer_id;
        RETURN NULL;
    END $$
"""

_SEEN = """
    CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
    BEGIN
        UPDATE link SET due_at = now()
          FROM new_rows JOIN old_rows USING (portal_id, connection_id, their_id)
         WHERE (new_rows.version, new_rows.detail_version, new_rows.contacts_digest, new_rows.gone_at)
               IS DISTINCT FROM
               (old_rows.version, old_rows.detail_version, old_rows.contacts_digest, old_rows.gone_at)
           AND (new_rows.contacts_digest IS NOT NULL OR new_rows.gone_at IS NOT NULL)
           AND link.portal_id = new_rows.portal_id AND link.connection_id = new_rows.connection_id
           AND link.kind = 'customer' AND link.their_id = new_rows.their_id;
        RETURN NULL;
    END $$
"""

_VERSIONS = "new_rows JOIN old_rows USING (portal_id, id{more}) WHERE new_rows.version <> old_rows.version"

_MARKS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    (
        "customer",
        "UPDATE",
        _BUMPED,
        {"customer": "id", "changed": _VERSIONS.format(more="")},
    ),
    ("contact", "INSERT", _BUMPED, {"customer": "customer_id", "changed": "new_rows"}),
    (
        "contact",
        "UPDATE",
        _BUMPED,
        {"customer": "customer_id", "changed": _VERSIONS.format(more=", customer_id")},
    ),
    ("mirror_customer", "UPDATE", _SEEN, {}),
)
"""By table and act: the function that marks, and what completes it."""

_TRANSITIONS = {"INSERT": "NEW TABLE AS new_rows", "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows"}


def build(owner: Connection) -> None:
    """Make the triggers anew; a schema from before links could be due has none."""
    there = inspect(owner)
    if not there.has_table("link") or "due_at" not in {each["name"] for each in there.get_columns("link")}:
        return
    for table, act, function, parts in _MARKS:
        name = f"touched_{table}_{act.lower()}"
        owner.exec_driver_sql(function.format(function=name, **parts))
        owner.exec_driver_sql(
            f"CREATE OR REPLACE TRIGGER {name} AFTER {act} ON {table} REFERENCING {_TRANSITIONS[act]} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
