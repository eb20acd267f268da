"""How long it takes to say who may be the same, for a page of customers beside very many."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import islice

import psycopg

from bench.crowd import copy_rows, untold
from bench.figures import Measured
from bench.ground import Site, ground, site
from bench.timing import p95_ms, seconds_of, statements
from tests.sync.company_variants import Names
from webapp.extensions import db
from webapp.services.suggestions import suggest
from webapp.sync import alike
from webapp.sync.alike import Traits
from webapp.sync.normal import name_key, sort_key
from webapp.walls import inside

SEED = 9_100
"""Another one than those of the tests."""

PAGES = 40
ROWS = 50
FOUND_BY_PEOPLE = 4
"""One row in so many has an e-mail and a phone as well that somebody here has."""

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)

_TIMES = "created_at, updated_at"
_CUSTOMER = f"portal_id, id, version, name, name_key, sort_key, active, currency, search, alike, {_TIMES}"
_CONTACT = f'portal_id, id, customer_id, version, first_name, last_name, email, phone, "primary", {_TIMES}'


def measure(size: int) -> Iterator[Measured]:
    """Ask about pages of other spellings and strangers, in a portal of the size."""
    names = Names(SEED)
    companies = names.population(size)
    with ground() as place:
        with place.app.app_context():
            there = site()
        with place.fill() as filling:
            _fill(filling, there, [each.name() for each in companies])
        rows = PAGES * ROWS // 2
        asked = [each.name for each in names.written(companies, rows, rows)]
        random.Random(SEED).shuffle(asked)
        rows_asked = _asked(asked)
        pages = [dict(islice(rows_asked, ROWS)) for _ in range(PAGES)]
        with place.app.app_context(), inside(there.portal_id):
            suggest(there.portal_id, there.connection_id, pages[0])
            with statements(db.engine) as seen:
                took = [
                    seconds_of(partial(suggest, there.portal_id, there.connection_id, page)) for page in pages
                ]
            yield Measured("suggest.page.p95", p95_ms(took))
            yield Measured("suggest.page.database", round(seen.seconds / len(pages) * 1000, 1))
            yield Measured("suggest.page.queries", round(len(seen.texts) / len(pages), 1))


def _asked(names: list[str]) -> Iterator[tuple[str, Traits]]:
    for at, name in enumerate(names):
        known = at % FOUND_BY_PEOPLE == 0
        email, phone = _reached(at) if known else (f"x@elsewhere{at}.example", f"+44 20 {at:07}")
        yield str(at), alike.traits([name], [email], [phone])


def _reached(number: int) -> tuple[str, str]:
    return f"anna@firm{number}.example", f"+49 30 {number:07}"


def _fill(filling: psycopg.Connection, there: Site, names: list[str]) -> None:
    """Put customers into the portal, each with a person and the keys it is found by."""
    with untold(filling, "customer"), untold(filling, "contact"):
        copy_rows(
            filling, "customer", _CUSTOMER, (_customer(there, at, name) for at, name in enumerate(names))
        )
        copy_rows(filling, "contact", _CONTACT, (_contact(there, at) for at, _ in enumerate(names)))
    filling.execute("VACUUM (ANALYZE) customer, contact")


def _customer(there: Site, number: int, name: str) -> tuple[object, ...]:
    email, phone = _reached(number)
    keys = alike.keys(alike.traits([name], [email], [phone]))
    own = (there.portal_id, uuid.UUID(int=number), 1, name, name_key(name), sort_key(name))
    return *own, True, "EUR", name_key(name), keys, MADE_AT, MADE_AT


def _contact(there: Site, number: int) -> tuple[object, ...]:
    ids = there.portal_id, uuid.UUID(int=number), uuid.UUID(int=number)
    return *ids, 1, "Anna", "Ek", *_reached(number), True, MADE_AT, MADE_AT
