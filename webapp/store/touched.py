"""How a link learns that it is due: the database itself marks it whenever either side is written.

Whatever writes a customer, a contact or the mirror, or ends a link that another customer waits for, marks the
link of the customer it belongs to, in the same transaction, so that nothing can be forgotten and a pass over
100,000 links reads only those that changed.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect

from webapp.store import triggers

# A link that this transaction itself wrote is no edit that anybody waits for, and nobody else could have seen
# it meanwhile: one that is due already stays as it is.
_BUMPED = """
    UPDATE link SET due_at = now(),
                    edited_here = link.edited_here OR link.xmin <> pg_current_xact_id()::xid
      FROM (SELECT DISTINCT portal_id, {customer} AS customer_id FROM {changed}) AS edited
     WHERE link.portal_id = edited.portal_id AND link.kind = 'customer' AND link.our_id = edited.customer_id
       AND (link.xmin <> pg_current_xact_id()::xid OR link.due_at IS NULL OR link.due_at > now())
"""

_CHANGED = "(SELECT {columns} FROM new_rows EXCEPT SELECT {columns} FROM old_rows) AS changed"

_SEEN = f"""
    UPDATE link SET due_at = now()
      FROM {
    _CHANGED.format(
        columns="portal_id, connection_id, their_id, version, detail_version, contacts_digest, gone_at"
    )
}
     WHERE (changed.contacts_digest IS NOT NULL OR changed.gone_at IS NOT NULL)
       AND link.portal_id = changed.portal_id AND link.connection_id = changed.connection_id
       AND link.kind = 'customer' AND link.their_id = changed.their_id
"""

# A contact that a merge there moved waits in its new customer for as long as it is linked to one of another
# customer here.
_FREED = """
    UPDATE link SET due_at = now()
      FROM old_rows AS ended
      JOIN mirror_contact AS person ON person.portal_id = ended.portal_id
           AND person.connection_id = ended.connection_id AND person.their_id = ended.their_id
     WHERE ended.kind = 'contact' AND link.portal_id = ended.portal_id
       AND link.connection_id = ended.connection_id
       AND link.kind = 'customer' AND link.their_id = person.their_customer_id
       AND NOT EXISTS (SELECT FROM contact
                        WHERE contact.portal_id = ended.portal_id AND contact.id = ended.our_id
                          AND contact.customer_id = link.our_id)
"""

_MARKS = (
    ("customer", "UPDATE", _BUMPED, "id", _CHANGED.format(columns="portal_id, id, version")),
    ("contact", "INSERT", _BUMPED, "customer_id", "new_rows"),
    (
        "contact",
        "UPDATE",
        _BUMPED,
        "customer_id",
        _CHANGED.format(columns="portal_id, customer_id, id, version"),
    ),
    ("mirror_customer", "UPDATE", _SEEN, "", ""),
    ("link", "DELETE", _FREED, "", ""),
)
"""By table and act: the statement that marks, whose id says the customer, and which rows count."""

_TRANSITIONS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}


def build(owner: Connection) -> None:
    """Make the triggers anew; a schema from before links could be due has none.

    What other triggers write, where a customer stands, is nothing to look at.
    """
    there = inspect(owner)
    if not there.has_table("link") or "due_at" not in {each["name"] for each in there.get_columns("link")}:
        return
    for table, act, statement, customer, changed in _MARKS:
        name = f"touched_{table}_{act.lower()}"
        owner.exec_driver_sql(triggers.function(name, statement.format(customer=customer, changed=changed)))
        owner.exec_driver_sql(
            f"CREATE OR REPLACE TRIGGER {name} AFTER {act} ON {table} REFERENCING {_TRANSITIONS[act]} "
            f"FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION {name}()"
        )
