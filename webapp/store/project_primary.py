"""How each project has exactly one primary customer: the database itself sees to it.

Whatever adds or takes off a project's customers, or puts one into the bin or takes it out, has the eldest of
those that are here become primary in the same statement, where none is. A project is locked meanwhile, so
that nobody else does the same; several are locked in one order.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect

from webapp.store import triggers

_SETTLE = """
    DECLARE place record;
    BEGIN
        FOR place IN SELECT DISTINCT portal_id, project_id FROM ({changed}) AS changed ORDER BY 1, 2 LOOP
            PERFORM FROM project WHERE portal_id = place.portal_id AND id = place.project_id
                FOR NO KEY UPDATE;
            CONTINUE WHEN EXISTS (
                SELECT FROM project_customer AS held
                  JOIN customer ON customer.portal_id = held.portal_id AND customer.id = held.customer_id
                 WHERE held.portal_id = place.portal_id AND held.project_id = place.project_id
                   AND held."primary" AND customer.deleted_at IS NULL);
            UPDATE project_customer AS held SET "primary" = (held.customer_id = eldest.customer_id)
              FROM (SELECT here.customer_id FROM project_customer AS here
                      JOIN customer ON customer.portal_id = here.portal_id AND customer.id = here.customer_id
                     WHERE here.portal_id = place.portal_id AND here.project_id = place.project_id
                       AND customer.deleted_at IS NULL
                     ORDER BY here.added_at, here.customer_id LIMIT 1) AS eldest
             WHERE held.portal_id = place.portal_id AND held.project_id = place.project_id
               AND held."primary" <> (held.customer_id = eldest.customer_id);
        END LOOP;
    END"""

_BINNED = """
    SELECT held.portal_id, held.project_id FROM new_rows
      JOIN old_rows ON old_rows.portal_id = new_rows.portal_id AND old_rows.id = new_rows.id
       AND (old_rows.deleted_at IS NULL) <> (new_rows.deleted_at IS NULL)
      JOIN project_customer AS held
        ON held.portal_id = new_rows.portal_id AND held.customer_id = new_rows.id"""

_SETTLED = (
    ("project_customer", "INSERT", "NEW TABLE AS new_rows", "SELECT * FROM new_rows"),
    ("project_customer", "UPDATE", "NEW TABLE AS new_rows", "SELECT * FROM new_rows"),
    ("project_customer", "DELETE", "OLD TABLE AS old_rows", "SELECT * FROM old_rows"),
    ("customer", "UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows", _BINNED),
)
"""By table and act: what the trigger sees, and which projects that may leave without a primary customer."""


def build(owner: Connection) -> None:
    """Make the triggers anew; a schema from before projects has none, and keeps none of a later one.

    What settling itself writes need not be settled; what goes along with a customer that is erased does.
    """
    if not inspect(owner).has_table("project_customer"):
        owner.exec_driver_sql("DROP FUNCTION IF EXISTS primary_customer_update() CASCADE")
        return
    for table, act, seen, changed in _SETTLED:
        name = f"primary_{table}_{act.lower()}"
        owner.exec_driver_sql(triggers.row_function(name, _SETTLE.format(changed=changed)))
        owner.exec_driver_sql(
            f"CREATE OR REPLACE TRIGGER {name} AFTER {act} ON {table} REFERENCING {seen} "
            f"FOR EACH STATEMENT WHEN (pg_trigger_depth() < 2) EXECUTE FUNCTION {name}()"
        )
