"""Customers here that may be the same as some there: found by their keys, with what is compared of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from webapp.extensions import db

COMPARED = 6
"""So many customers here are compared with each one there: those that have most keys in common with it."""

_LOOKED_AT = 200
"""So many are looked at to find these: more have only in common what very many have."""

_CANDIDATES = text(f"""
    SELECT a.their_id, c.id, c.name, c.company_name, p.emails, p.phones
      FROM jsonb_to_recordset(CAST(:asked AS jsonb)) AS a(their_id text, keys bigint[])
      CROSS JOIN LATERAL (
          SELECT found.* FROM (
              SELECT id, name, company_name, alike FROM searched_customer
               WHERE portal_id = :portal AND alike && a.keys AND deleted_at IS NULL LIMIT {_LOOKED_AT}
          ) AS found
          WHERE NOT EXISTS (SELECT FROM link l WHERE l.portal_id = :portal AND l.connection_id = :connection
                               AND l.kind = 'customer' AND l.our_id = found.id)
            AND NOT EXISTS (SELECT FROM kept_apart k WHERE k.portal_id = :portal
                               AND k.connection_id = :connection AND k.their_id = a.their_id
                               AND k.our_id = found.id)
          ORDER BY (SELECT count(*) FROM unnest(found.alike) AS shared WHERE shared = ANY(a.keys)) DESC,
                   found.id
          LIMIT {COMPARED}
      ) AS c
      CROSS JOIN LATERAL (
          SELECT array_agg(email) AS emails, array_agg(phone) || array_agg(mobile) AS phones
            FROM contact WHERE portal_id = :portal AND customer_id = c.id AND deleted_at IS NULL
      ) AS p
""")


def candidates(
    portal_id: uuid.UUID, connection_id: uuid.UUID, asked: Mapping[str, Sequence[int]]
) -> Sequence[Row[Any]]:
    """List who shares a key with one there, by their id; not those linked, or known to be others."""
    rows = [{"their_id": their_id, "keys": list(keys)} for their_id, keys in asked.items()]
    given = {"portal": portal_id, "connection": connection_id, "asked": json.dumps(rows)}
    return db.session.execute(_CANDIDATES, given).all()
