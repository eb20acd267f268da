"""How quickly the picker finds customers, by class of query, at the size asked for and at ten times it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from urllib.parse import quote

import psycopg

from bench import crowd
from bench.figures import Measured
from bench.goals import CLASSES
from bench.ground import Ground, Site, ground, site
from bench.timing import p95_ms, seconds_of
from bench.visitor import Visitor
from webapp.store.search import words
from webapp.walls import SETTING

QUERIES = 20
TURNS = 3


def measure(size: int) -> Iterator[Measured]:
    """Search a mirror of the size, then one ten times as large."""
    for scale, customers in (("size", size), ("tenfold", size * 10)):
        with ground() as place:
            with place.app.app_context():
                there = site()
            with place.fill() as filling:
                crowd.fill_mirror(filling, there.portal_id, there.connection_id, customers)
                filling.execute("VACUUM (ANALYZE) mirror_customer")
            yield from _search(place, there, scale)


def _search(place: Ground, there: Site, scale: str) -> Iterator[Measured]:
    visitor = Visitor(place, there)
    with psycopg.connect(place.postgres.url, autocommit=True) as plain:
        plain.execute("SELECT set_config(%s, %s, false)", [SETTING, str(there.portal_id)])
        for kind in CLASSES:
            asked = list(queries(kind))
            for q in asked:
                visitor.get(_address(there, q), fragment=True)
            visits = [visitor.get(_address(there, q), fragment=True) for q in asked for _ in range(TURNS)]
            database = p95_ms([visit.database for visit in visits])
            yield Measured(f"search.{scale}.database.{kind}", database)
            yield Measured(f"search.{scale}.answer.{kind}", p95_ms([visit.seconds for visit in visits]))
            like = [seconds_of(lambda q=q: _like(plain, there, q)) for q in asked]  # type: ignore[misc]
            yield Measured(f"search.{scale}.like.{kind}", p95_ms(like))


def queries(kind: str) -> Iterator[str]:
    """Make queries of a class, the same ones each time."""
    chance = random.Random(11)
    known = [word for _, word, _ in crowd.words()]
    plain = [word for word in known if word.isascii() and len(word) > 4]
    accents = [word for word in known if not word.isascii() and word[0].isascii()]
    chinese = [word for word in known if not word[0].isascii() and len(word) == 3]
    for number in range(QUERIES):
        one, two = chance.sample(plain, 2)
        yield {
            "one": one[0].lower(),
            "two": one[:2],
            "three": one[1:4],
            "many": f"{one} {two[:3]}",
            "digits": f"{chance.randrange(100, 999)} {chance.randrange(10, 99)}",
            "e-mail": f"{one}.{two}".lower(),
            "none": f"zzq{number}xv",
            "accents": accents[number % len(accents)][:4],
            "chinese": chinese[number % len(chinese)][:2],
        }[kind]


def _address(there: Site, q: str) -> str:
    return f"/connections/{there.connection_id}/import/?q={quote(q)}"


def _like(plain: psycopg.Connection, there: Site, q: str) -> None:
    """Search as one would without thinking: a page, and how many there are."""
    found = " AND ".join("search LIKE %s" for _ in words(q)) or "true"
    patterns = [f"%{word}%" for word in words(q)]
    where = f"portal_id = %s AND connection_id = %s AND gone_at IS NULL AND {found}"
    ids = [there.portal_id, there.connection_id]
    plain.execute(f"SELECT count(*) FROM mirror_customer WHERE {where}", [*ids, *patterns])
    page = f"SELECT their_id, name FROM mirror_customer WHERE {where} ORDER BY sort_key LIMIT 51"
    plain.execute(page, [*ids, *patterns])
