"""Lists of many customers: which rows the database touches for a page, whatever is asked of it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import product

import pytest
from sqlalchemy import event, text

from tests.portal_world import World, portal_app
from webapp.extensions import db
from webapp.services import customers, picker
from webapp.store import customer_list, pick_pages, picks
from webapp.store.pick_pages import Count

SIZE = 6_000
LOOKED_UP = 60
"""A page's rows and the one after them, with some to spare."""

MOST_VACUUMS = 10
"""One alone may leave pages of which the index cannot tell that all may see them."""

FILL_THERE = """
    INSERT INTO mirror_customer (portal_id, connection_id, their_id, version, name, name_key, sort_key,
        active, currency, primary_name, primary_email, primary_phone, contacts_count, contacts_digest,
        detail_version,
        modified_there_at, search_own, search, census, failures, seen_at, changed_at)
    SELECT :portal, :connection, to_char(n, 'FM00000'), '1', 'Customer ' || n, 'customer ' || n,
        'customer ' || n, n % 25 <> 0, 'EUR', '', '', '', nullif(n % 7, 0), 'd', '1',
        CASE WHEN n % 50 > 0 THEN now() - n * interval '1 minute' END,
        '', repeat('customer ' || n || E'\\n', 40), 1, 0, now(), now()
      FROM generate_series(1, :size) AS n
"""
FILL_HERE = """
    INSERT INTO customer (portal_id, id, version, name, name_key, sort_key, active, currency, search,
        created_at, updated_at)
    SELECT :portal, md5('c' || n)::uuid, 1, 'Customer ' || n, 'customer ' || n, 'customer ' || n, n % 25 <> 0,
        'EUR', repeat('customer ' || n || E'\\n', 40), now() - n * interval '1 minute', now()
      FROM generate_series(1, :size) AS n WHERE n % 3 <> 0
"""
LINK = """
    INSERT INTO link (portal_id, connection_id, kind, our_id, their_id, agreed_ours, agreed_theirs,
        looked_ours, looked_theirs, edited_here, brake, created_at)
    SELECT :portal, :connection, 'customer', md5('c' || n)::uuid, to_char(n, 'FM00000'), '{}', '{}', '', '',
        FALSE, '', now()
      FROM generate_series(1, :size) AS n WHERE n % 3 = 1
"""

HERE_IN_ORDER = {
    "name": "sort_key, id",
    "-name": "sort_key DESC, id DESC",
    "newest": "created_at DESC, id DESC",
    "changed": "updated_at DESC, id DESC",
}
THERE_IN_ORDER = {
    "name": "sort_key, their_id",
    "-name": "sort_key DESC, their_id DESC",
    "changed": "modified_there_at DESC NULLS LAST, their_id",
    "contacts": "contacts_count DESC NULLS LAST, sort_key, their_id",
}

HIDDEN = """
    SELECT sum(relpages - relallvisible) > 0 OR sum(relpages) = 0 FROM pg_class
    WHERE relname IN ('customer', 'mirror_customer')
"""


@pytest.fixture(scope="module")
def module_database_url(own_database_url):
    """A database without traces of other modules in its statistics."""
    return own_database_url


@pytest.fixture(scope="module")
def world(module_database_url):
    """A portal with thousands on both sides: a third linked, a third of the same name, a third only there."""
    with portal_app(module_database_url):
        made = World.new()
        place = {"portal": made.portal_id, "connection": made.connection_id, "size": SIZE}
        # Only what is on the disk is seen to be visible to all, by which an index alone tells.
        db.session.execute(text("SET LOCAL synchronous_commit = on"))
        for statement in (FILL_THERE, FILL_HERE, LINK):
            db.session.execute(text(statement), place)
        db.session.commit()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as side:
            for _ in range(MOST_VACUUMS):
                if not side.scalar(text(HIDDEN)):
                    break
                side.execute(text("VACUUM (ANALYZE) customer, mirror_customer"))
        yield made


@pytest.fixture
def draft(world):
    yield picker.draft(world.portal_id, world.connection_id, world.user_id)
    db.session.rollback()


@contextmanager
def plans():
    """Collect how the database carries out the queries it is given meanwhile."""
    asked, found = [], []

    def note(connection, cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    for statement, parameters in asked:
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
        [(told,)] = db.session.connection().exec_driver_sql(explain, parameters)
        found.append((json.loads(told) if isinstance(told, str) else told)[0]["Plan"])


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def rows_read(found):
    """Tell how many rows of the large tables themselves, not of their indexes alone, were looked at."""
    read = 0
    for node in (each for plan in found for each in nodes(plan)):
        if node.get("Relation Name") not in ("customer", "mirror_customer"):
            continue
        loops = node["Actual Loops"]
        if node["Node Type"] == "Index Only Scan":
            read += node["Heap Fetches"]
        else:
            read += loops * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
    return read


@pytest.mark.parametrize(("filter", "sort"), list(product(customer_list.FILTERS, customer_list.SORTS)))
@pytest.mark.parametrize("number", [1, 12, 999])
def test_a_page_of_the_list_reads_its_own_rows_alone(world, filter, sort, number):
    with plans() as found:
        customers.page(world.portal_id, filter=filter, sort=sort, number=number)
    assert 0 < len(found) <= 2
    assert rows_read(found) <= LOOKED_UP


@pytest.mark.parametrize(("state", "sort"), list(product(picks.STATES, pick_pages.SORTS)))
@pytest.mark.parametrize("number", [1, 12, 999])
def test_a_page_of_the_picker_reads_its_own_rows_alone(world, draft, state, sort, number):
    with plans() as found:
        picker.page(draft, state=state, sort=sort, number=number)
    # Beside each of them those of the portal it is linked to or named like; a rare state is read whole.
    assert rows_read(found) <= 5 * LOOKED_UP


@pytest.mark.parametrize("sort", customer_list.SORTS)
def test_the_list_holds_the_same_order_from_either_end(world, sort):
    in_order = db.session.scalars(
        text(f"SELECT id FROM customer WHERE active ORDER BY {HERE_IN_ORDER[sort]}")
    )
    listed = [customers.page(world.portal_id, sort=sort, number=number) for number in (38, 39, 40, 76, 77)]
    assert_pages(listed, in_order.all(), [[row.id for row in page.rows] for page in listed])


@pytest.mark.parametrize("sort", pick_pages.SORTS)
def test_the_picker_holds_the_same_order_from_either_end(world, draft, sort):
    in_order = db.session.scalars(
        text(f"SELECT their_id FROM mirror_customer ORDER BY {THERE_IN_ORDER[sort]}")
    )
    listed = [picker.page(draft, sort=sort, number=number, inactive=True) for number in (59, 60, 61, 62, 120)]
    assert_pages(listed, in_order.all(), [[row.their_id for row in page.rows] for page in listed])


def assert_pages(listed, in_order, ids):
    """Have pages show what stands in their places of the whole list, the last one what is left."""
    for page, shown in zip(listed, ids, strict=True):
        assert shown == in_order[(page.number - 1) * 50 : page.number * 50]
    assert listed[-1].number == listed[-1].pages


def test_the_chips_of_both_lists_count_everything(world, draft):
    third, inactive = SIZE // 3, SIZE // 25
    listed = customers.page(world.portal_id).counts
    assert listed["linked"] + listed["only_here"] == listed["all"]
    assert listed["all"] + listed["inactive"] == 2 * third
    picked = picker.page(draft, inactive=True).counts
    assert picked.imported == Count(third)
    assert picked.all == Count(SIZE)
    assert picked.inactive == Count(inactive - SIZE // 75)


def test_a_search_that_finds_very_many_counts_no_further_than_a_thousand(world):
    found = customers.page(world.portal_id, q="customer", number=2)
    assert (found.more, len(found.rows), found.number, found.pages) == (True, 50, 2, 3)
    assert found.total == found.counts["all"] <= 1_001
    last = customers.page(world.portal_id, q="customer", number=2 * SIZE // 3 * 24 // 25 // 50 + 1)
    assert last.number == last.pages
    assert last.total > 1_001
    assert customers.page(world.portal_id, q="customer", number=10**9).number == 1


def test_a_search_that_finds_few_is_counted_to_its_end(world):
    found = customers.page(world.portal_id, q="customer 29")
    assert not found.more
    assert found.total == found.counts["all"] > len(found.rows)


def test_what_is_in_most_texts_is_sought_without_an_index_of_them(world, draft):
    with plans() as found:
        assert customers.page(world.portal_id, q="us").more
        assert picker.page(draft, q="us").total.more
    read = {node.get("Index Name") for plan in found for node in nodes(plan)}
    assert not read & {"ix_customer_search", "ix_mirror_customer_search"}
