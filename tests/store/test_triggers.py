"""What follows of a write costs the same in an empty table and in a large one, without any statistics."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text

from tests.portal_world import World, portal_app
from webapp.extensions import db

FIRST, LAST, STEP = 1_000, 10_000, 1_000
SLACK = 1.6
"""An index of ten times the rows is a level higher."""

LOOKED_AT = text("""
    SELECT sum(pg_stat_get_xact_blocks_fetched(oid)) FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
""")
FILLS = {
    "mirror_customer": """
        INSERT INTO mirror_customer (portal_id, connection_id, their_id, version, name, name_key, sort_key,
            active, currency, primary_name, primary_email, primary_phone, search_own, search, census,
                failures,
            seen_at, changed_at)
        SELECT :portal, :connection, n::text, '1', 'Arc ' || n, 'arc ' || n, 'arc ' || n, TRUE, 'EUR',
            '', '', '', '',
               '', 1, 0, now(), now()
          FROM generate_series(CAST(:first AS int), :last) AS n
    """,
    "customer": """
        INSERT INTO customer (portal_id, id, version, name, name_key, sort_key, active, currency, search,
            created_at, updated_at)
        SELECT :portal, md5(n::text)::uuid, 1, 'Arc ' || n, 'arc ' || n, 'arc ' || n, TRUE, 'EUR', '', now(),
               now()
          FROM generate_series(CAST(:first AS int), :last) AS n
    """,
    "link": """
        INSERT INTO link (portal_id, connection_id, kind, our_id, their_id, agreed_ours, agreed_theirs,
            agreed_their_version, looked_ours, looked_theirs, edited_here, brake, created_at)
        SELECT :portal, :connection, 'customer', md5(n::text)::uuid, n::text, '{}'::jsonb, '{}'::jsonb,
            '1', '', '', FALSE, '', now()
          FROM generate_series(CAST(:first AS int), :last) AS n
    """,
    "contact": """
        INSERT INTO contact (portal_id, id, customer_id, version, first_name, "primary", created_at,
            updated_at)
        SELECT :portal, md5('p' || n)::uuid, md5(n::text)::uuid, 1, 'Ada', TRUE, now(), now()
          FROM generate_series(CAST(:first AS int), :last) AS n
    """,
}
"""In the order a first import writes."""


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture
def unknown_tables(module_database_url, as_owner):
    with as_owner(module_database_url) as owner:
        for table in ("customer", "contact", "link", "mirror_customer"):
            owner.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")


def test_what_follows_of_a_row_costs_as_much_in_a_large_table_as_in_an_empty_one(unknown_tables):
    world = World.new()
    ids = {"portal": world.portal_id, "connection": world.connection_id}
    for name, fill in FILLS.items():
        # The connection lives on, and with it every plan that was made while there was next to nothing.
        for few in range(10):
            followed(fill, ids, few, few)
        first = followed(fill, ids, 10, FIRST)
        for at in range(FIRST, LAST - STEP, STEP):
            last = followed(fill, ids, at + 1, at + STEP)
        assert last <= SLACK * first, (name, first, last)
    told = db.session.execute(
        text("SELECT count(*) FILTER (WHERE known_by = 'link'), count(*) FROM mirror_customer")
    )
    assert len(set(told.one())) == 1


def followed(statement: str, ids: dict[str, uuid.UUID], first: int, last: int) -> float:
    """Carry out a statement; return how many pages were looked at for each row, by it and what follows."""
    before = db.session.scalar(LOOKED_AT)
    db.session.execute(text(statement), ids | {"first": first, "last": last})
    return float(db.session.scalar(LOOKED_AT) - before) / (last - first + 1)
