"""Customers here that may be the same as some there: found by their keys, with what is compared of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, inspect, text

from webapp.extensions import db
from webapp.sync import alike
from webapp.sync.alike import Traits

COMPARED = 6
"""So many customers here are compared with each one there: those that have most keys in common with it."""

_BY_NAME, _BY_PEOPLE = 100, 20
"""So many that share a key of a name, and so many of the people, are looked at for each one there."""

# "IS TRUE" leaves one index to use, that of the keys: without statistics any other seems shorter.
_FUNCTION = """
    CREATE OR REPLACE FUNCTION customers_alike(wanted uuid, asked jsonb, most int)
    RETURNS TABLE (id uuid, name text, company_name text, alike bigint[])
    LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
    SET enable_seqscan = off SET enable_indexscan = off SET jit = off
    SET plan_cache_mode = force_generic_plan AS $$
    DECLARE each record;
    BEGIN
        FOR each IN SELECT row.keys FROM jsonb_to_recordset(asked) AS row(keys bigint[]) LOOP
            RETURN QUERY SELECT c.id, c.name, c.company_name, c.alike FROM searched_customer c
             WHERE c.alike && each.keys AND (c.portal_id = wanted) IS TRUE AND (c.deleted_at IS NULL) IS TRUE
             LIMIT most;
        END LOOP;
    END $$
"""

# A key is asked for once ("GROUP BY"), and so known to a planner as one that few rows meet: it looks all keys
# found up instead of sorting them. What is read of people is read of the closest alone.
CANDIDATES = text(f"""
    WITH found AS MATERIALIZED (
        SELECT * FROM customers_alike(:portal, CAST(:names AS jsonb), {_BY_NAME})
        UNION
        SELECT * FROM customers_alike(:portal, CAST(:people AS jsonb), {_BY_PEOPLE})
    ), asked AS MATERIALIZED (
        SELECT key, array_agg(a.their_id) AS askers
          FROM jsonb_to_recordset(CAST(:asked AS jsonb)) AS a(their_id text, keys bigint[])
         CROSS JOIN unnest(a.keys) AS key
         GROUP BY key
    ), held AS (
        SELECT found.id, unnest(found.alike) AS key FROM found
         WHERE NOT EXISTS (SELECT FROM link l WHERE l.portal_id = :portal AND l.connection_id = :connection
                              AND l.kind = 'customer' AND l.our_id = found.id)
    ), shared AS MATERIALIZED (
        SELECT asker.their_id, held.id, count(*) AS keys
          FROM held JOIN asked USING (key) CROSS JOIN unnest(asked.askers) AS asker(their_id)
         GROUP BY asker.their_id, held.id
    ), closest AS MATERIALIZED (
        SELECT * FROM (
            SELECT their_id, id, row_number() OVER (PARTITION BY their_id ORDER BY keys DESC, id) AS place
              FROM shared WHERE NOT EXISTS (
                SELECT FROM kept_apart k WHERE k.portal_id = :portal AND k.connection_id = :connection
                   AND k.their_id = shared.their_id AND k.our_id = shared.id)
          ) AS ranked WHERE place <= {COMPARED}
    )
    SELECT closest.their_id, found.id, found.name, found.company_name, p.emails, p.phones
      FROM closest JOIN found USING (id)
      CROSS JOIN LATERAL (
          SELECT array_agg(email) AS emails, array_agg(phone) || array_agg(mobile) AS phones
            FROM contact WHERE portal_id = :portal AND customer_id = closest.id AND deleted_at IS NULL
      ) AS p
     ORDER BY closest.their_id, closest.place
""")


def build(owner: Connection) -> None:
    """Make the function that finds them: left alone, a planner reads the whole table for so many keys.

    A schema from before the keys has none.
    """
    there = inspect(owner)
    if there.has_table("customer") and "alike" in {each["name"] for each in there.get_columns("customer")}:
        owner.exec_driver_sql(_FUNCTION)


def candidates(
    portal_id: uuid.UUID, connection_id: uuid.UUID, asked: Mapping[str, Traits]
) -> Sequence[Row[Any]]:
    """List who shares a key with one there, by their id; not those linked, or known to be others."""
    return db.session.execute(CANDIDATES, parameters(portal_id, connection_id, asked)).all()


def parameters(portal_id: uuid.UUID, connection_id: uuid.UUID, asked: Mapping[str, Traits]) -> dict[str, Any]:
    """Return what the statement is asked with."""
    every = [(their_id, traits) for their_id, traits in asked.items()]
    return {
        "portal": portal_id,
        "connection": connection_id,
        "asked": json.dumps([{"their_id": at, "keys": alike.keys(traits)} for at, traits in every]),
        "names": _rows(alike.keys_of_names(traits) for _, traits in every),
        "people": _rows(alike.keys_of_people(traits) for _, traits in every),
    }


def _rows(keys: Iterable[set[int]]) -> str:
    return json.dumps([{"keys": sorted(each)} for each in keys if each])
