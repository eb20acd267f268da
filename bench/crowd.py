"""How a portal of any size is filled in a minute: the database itself makes the rows, from words made here.

Both sides agree, and the links say so, as after a sync. The same size makes the same rows each time. One name
in fifty is Chinese, one in twenty has accents, and a customer has one to four people.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg

from webapp.sync.normal import search_key

WORDS = 2_000
_STARTS = "b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sch st t tr v w z"
_VOWELS = "a e i o u ai au ea ei ie io oo ou"
_ENDS = "b ck d g l ld lm m n nd ng nt p r rk rt s sk st t x"
_ACCENTED = str.maketrans("aeioun", "äéïöüñ")
_CHINESE = "东海北京南山天和明星龙凤金银水木火土云雨风雷春夏秋冬华中国际贸易科技实业"

SIZES = ("GmbH", "Ltd", "Inc", "SARL", "Oy", "AB")


def words() -> Iterator[tuple[int, str, str]]:
    """Make words: number, as it is written, as search sees it."""
    chance = random.Random(7)
    starts, vowels, ends = _STARTS.split(), _VOWELS.split(), _ENDS.split()
    for number in range(WORDS):
        if number % 50 == 0:
            word = "".join(chance.choices(_CHINESE, k=3))
        else:
            word = "".join(
                chance.choice(starts) + chance.choice(vowels) for _ in range(chance.choice((1, 2, 2)))
            )
            word = (word + chance.choice(ends)).capitalize()
            word = word.translate(_ACCENTED) if number % 20 == 1 else word
        yield number, word, search_key(word)


def fill_mirror(database: psycopg.Connection, portal: uuid.UUID, connection: uuid.UUID, size: int) -> None:
    """Put so many customers, with their people, into a connection's mirror."""
    ids = {"portal": portal, "connection": connection, "size": size}
    _make_crowd(database, size)
    with _at_once(database, "mirror_customer"):
        database.execute(_MIRROR_CUSTOMERS, ids)
    database.execute(_MIRROR_CONTACTS, ids)
    database.execute("ANALYZE mirror_customer, mirror_contact")


def fill_portal(database: psycopg.Connection, portal: uuid.UUID, connection: uuid.UUID, size: int) -> None:
    """Put so many customers, with their people, into a portal; nine in ten linked to the connection."""
    ids = {"portal": portal, "connection": connection, "size": size}
    _make_crowd(database, size)
    with (
        _at_once(database, "customer"),
        _at_once(database, "mirror_customer"),
        untold(database, "contact"),
        untold(database, "link"),
    ):
        database.execute(_CUSTOMERS, ids)
        database.execute(_CONTACTS, ids)
        database.execute(_LINKS, ids)
        database.execute(_KNOWN_BY, ids)
    database.execute(_HISTORY, ids)
    database.execute("ANALYZE customer, contact, link, history_entry")


def copy_rows(
    database: psycopg.Connection, table: str, columns: str, rows: Iterable[tuple[object, ...]]
) -> None:
    """Put rows into a table as quickly as a file of them: walled tables take such only out of another one."""
    database.execute(f"CREATE TEMPORARY TABLE coming AS SELECT {columns} FROM {table} WITH NO DATA")
    with database.cursor() as cursor, cursor.copy(f"COPY coming ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    database.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM coming")
    database.execute("DROP TABLE coming")


@contextmanager
def _at_once(database: psycopg.Connection, table: str) -> Iterator[None]:
    """Do without triggers and the index for searching meanwhile: made at the end it takes far less time."""
    name = f"ix_{table}_search"
    (definition,) = database.execute("SELECT pg_get_indexdef(%s::regclass)", [name]).fetchone() or ("",)
    database.execute(f"DROP INDEX {name}")
    with untold(database, table):
        yield
    database.execute("SET maintenance_work_mem = '256MB'")
    database.execute(definition)


@contextmanager
def untold(database: psycopg.Connection, table: str) -> Iterator[None]:
    """Do without the triggers of a table meanwhile.

    They are right for as many rows as well, but each looks up its row: what they would write is written here
    at once, and ``nightly.found`` tells whether that is still what they write.
    """
    database.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    database.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _make_crowd(database: psycopg.Connection, size: int) -> None:
    """Make the customers and their people, in temporary tables that both sides are filled from."""
    if database.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'crowd'").fetchone() == (1,):
        return
    database.execute("CREATE TEMPORARY TABLE word (number int PRIMARY KEY, shown text, key text)")
    with database.cursor() as cursor, cursor.copy("COPY word FROM STDIN") as copy:
        for word in words():
            copy.write_row(word)
    suffixes = {"suffixes": list(SIZES), "words": WORDS, "size": size}
    database.execute(_CROWD, suffixes)
    database.execute(_PEOPLE, suffixes)
    database.execute("CREATE INDEX ON person (n)")
    database.execute(_FOUND_BY)
    database.execute("ANALYZE crowd, person, found_by")


_PICK = "(hashint8(n * 8 + {slot}) & 2147483647)"

_CROWD = f"""
    CREATE TEMPORARY TABLE crowd AS
    SELECT n, to_char(n, 'FM0000000') AS their_id, a.shown || ' ' || b.shown || ' ' || s.suffix AS name,
           a.key || ' ' || b.key || ' ' || lower(s.suffix) AS key,
           a.shown || ' ' || c.shown AS company, a.key || ' ' || c.key AS company_key,
           1 + {_PICK.format(slot=4)} %% 4 AS people
      FROM generate_series(1, %(size)s) AS n
      JOIN word a ON a.number = {_PICK.format(slot=1)} %% %(words)s
      JOIN word b ON b.number = {_PICK.format(slot=2)} %% %(words)s
      JOIN word c ON c.number = {_PICK.format(slot=3)} %% %(words)s
      CROSS JOIN LATERAL (SELECT (%(suffixes)s::text[])[1 + n %% 6] AS suffix) AS s
"""

_PEOPLE = """
    CREATE TEMPORARY TABLE person AS
    SELECT c.n, k, f.shown AS first, l.shown AS last, f.key || ' ' || l.key AS key,
           f.key || '.' || l.key || c.n || '@' || replace(c.company_key, ' ', '-') || '.example' AS email,
           '+49 30 ' || lpad((p %% 10000000)::text, 7, '0') AS phone,
           '4930' || lpad((p %% 10000000)::text, 7, '0') AS digits
      FROM crowd c
      CROSS JOIN LATERAL generate_series(1, c.people) AS k
      CROSS JOIN LATERAL (SELECT hashint8(c.n * 64 + k * 8) & 2147483647 AS p,
                                 hashint8(c.n * 64 + k * 8 + 1) & 2147483647 AS q,
                                 hashint8(c.n * 64 + k * 8 + 2) & 2147483647 AS r) AS h
      JOIN word f ON f.number = h.q %% %(words)s
      JOIN word l ON l.number = h.r %% %(words)s
"""

_FOUND_BY = """
    CREATE TEMPORARY TABLE found_by AS
    SELECT n, crowd.key || E'\\n' || company_key || E'\\n'
              || string_agg(person.key || E'\\n' || email || E'\\n' || digits, E'\\n' ORDER BY k) AS search
      FROM crowd JOIN person USING (n) GROUP BY n, crowd.key, company_key
"""

_MIRROR_CUSTOMERS = """
    INSERT INTO mirror_customer (portal_id, connection_id, their_id, version, name, name_key, sort_key,
        company_name, website, billing_address, active, currency, primary_name, primary_email, primary_phone,
        contacts_count, contacts_digest, detail_version, created_there_at, modified_there_at,
        search_own, search, census, failures, seen_at, changed_at)
    SELECT %(portal)s, %(connection)s, c.their_id, '1', c.name, c.key, c.key || E'\\x01' || c.name,
        c.company, '', '{}', c.n %% 25 <> 0, 'EUR', p.first || ' ' || p.last, p.email, p.phone,
        c.people, md5(c.their_id), '1', now() - c.n * interval '1 minute', now() - c.n * interval '1 minute',
        c.key, f.search, 1, 0, now(), now()
      FROM crowd c JOIN found_by f USING (n) JOIN person p ON p.n = c.n AND p.k = 1
"""

_MIRROR_CONTACTS = """
    INSERT INTO mirror_contact (portal_id, connection_id, their_id, their_customer_id, version, salutation,
        first_name, last_name, email, phone, mobile, designation, department, "primary", search,
        census, seen_at)
    SELECT %(portal)s, %(connection)s, c.their_id || '-' || k, c.their_id, '1', '', first, last, email, phone,
        '', '', '', k = 1, p.key || E'\\n' || email || E'\\n' || digits, 1, now()
      FROM crowd c JOIN person p USING (n)
"""

_CUSTOMERS = """
    INSERT INTO customer (portal_id, id, version, name, name_key, sort_key, company_name, website,
        billing_address, active, linked, currency, search, created_at, updated_at)
    SELECT %(portal)s, md5('c' || n)::uuid, 1, name, key, key || E'\\x01' || name, company, '', NULL,
        n %% 25 <> 0, n %% 10 <> 0, 'EUR', search,
        now() - n * interval '1 minute', now() - n * interval '1 minute'
      FROM crowd JOIN found_by USING (n) WHERE n <= %(size)s
"""

_CONTACTS = """
    INSERT INTO contact (portal_id, id, customer_id, version, first_name, last_name, email, phone, "primary",
        created_at, updated_at)
    SELECT %(portal)s, md5('p' || n || '-' || k)::uuid, md5('c' || n)::uuid, 1, first, last, email, phone,
        k = 1, now(), now()
      FROM person WHERE n <= %(size)s
"""

_LINKS = """
    INSERT INTO link (portal_id, connection_id, kind, our_id, their_id, agreed_ours, agreed_theirs,
        agreed_their_version, looked_ours, looked_theirs, edited_here, brake, created_at)
    SELECT %(portal)s, %(connection)s, 'customer', md5('c' || n)::uuid, their_id, '{}'::jsonb, '{}'::jsonb,
        '1',
        md5('1' || (SELECT string_agg(id || ':' || version, ',' ORDER BY id) FROM contact
                     WHERE portal_id = %(portal)s AND customer_id = md5('c' || n)::uuid)),
        md5(concat_ws('|', '1', '1', md5(their_id), FALSE)), FALSE, '', now()
      FROM crowd WHERE n %% 10 <> 0 AND n <= %(size)s
    UNION ALL
    SELECT %(portal)s, %(connection)s, 'contact', md5('p' || n || '-' || k)::uuid, their_id || '-' || k,
        '{}'::jsonb, '{}'::jsonb, '1', '', '', FALSE, '', now()
      FROM crowd JOIN person USING (n) WHERE n %% 10 <> 0 AND n <= %(size)s
"""

_KNOWN_BY = """
    UPDATE mirror_customer there SET known_by = CASE WHEN n %% 10 = 0 THEN 'name' ELSE 'link' END
      FROM crowd WHERE portal_id = %(portal)s AND connection_id = %(connection)s
       AND crowd.their_id = there.their_id AND n <= %(size)s
"""

_HISTORY = """
    INSERT INTO history_entry (portal_id, id, kind, record_id, customer_id, at, actor, action, field, lost)
    SELECT %(portal)s, md5('h' || n || '-' || k)::uuid, 'contact', md5('p' || n || '-' || k)::uuid,
        md5('c' || n)::uuid, now(), '', 'created', '', FALSE
      FROM person WHERE n <= %(size)s
"""
