"""How quickly mirror pages are stored, against raw COPY and upsert, and against SQLAlchemy Core lists."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from bench.crowd import words
from bench.figures import Measured
from bench.ground import Site, ground, site
from webapp.extensions import db
from webapp.sdk import ContactData, CustomerData, CustomerRecord
from webapp.store import mirror_pages
from webapp.store.mirror import Mirror, MirrorCustomer
from webapp.walls import inside

PAGE = 200
PAGES = 100
MOVED = (
    "version",
    "name",
    "name_key",
    "sort_key",
    "primary_name",
    "primary_email",
    "primary_phone",
    "search",
)
"""What a raw upsert moves."""


def measure(size: int) -> Iterator[Measured]:
    """Store the same pages three ways, each into a mirror of its own, one commit a page."""
    records = list(_records(PAGE * PAGES))
    with ground() as place, place.app.app_context():
        ours = _pace(records, _store)
        made = {name: _pace(records, store) for name, store in (("raw", _copy), ("core", _core))}
    yield Measured("storing.ours", round(ours))
    for name, pace in made.items():
        yield Measured(f"storing.{name}", round(pace))
    yield Measured("storing.share", round(100 * ours / made["raw"]))


def _pace(
    records: Sequence[CustomerRecord], store: Callable[[Site, Sequence[CustomerRecord], list[Any]], None]
) -> float:
    """Return how many records a second are stored; what a row holds is found out by ours alone."""
    place = site()
    pages = [records[at : at + PAGE] for at in range(0, len(records), PAGE)]
    known = [[_row(place, record) for record in page] for page in pages]
    with inside(place.portal_id):
        began = time.perf_counter()
        for page, rows in zip(pages, known, strict=True):
            store(place, page, rows)
            db.session.commit()
        return len(records) / (time.perf_counter() - began)


def _store(place: Site, page: Sequence[CustomerRecord], rows: list[Any]) -> None:
    mirror_pages.keep_customers(Mirror(place.portal_id, place.connection_id, 1), page)


def _copy(place: Site, page: Sequence[CustomerRecord], rows: list[Any]) -> None:
    names = list(rows[0])
    columns = ", ".join(names)
    # A first statement says whose rows these are; what goes past the session does not.
    db.session.execute(text("SELECT 1"))
    driver = db.session.connection().connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS raw_page (LIKE mirror_customer INCLUDING DEFAULTS) "
            "ON COMMIT DELETE ROWS"
        )
        with cursor.copy(f"COPY raw_page ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(list(row.values()))
        cursor.execute(
            f"INSERT INTO mirror_customer ({columns}) SELECT {columns} FROM raw_page "
            "ON CONFLICT (portal_id, connection_id, their_id) DO UPDATE SET "
            + ", ".join(f"{name} = EXCLUDED.{name}" for name in MOVED)
        )


def _core(place: Site, page: Sequence[CustomerRecord], rows: list[Any]) -> None:
    made = insert(MirrorCustomer)
    key = ["portal_id", "connection_id", "their_id"]
    moved = {name: made.excluded[name] for name in MOVED}
    db.session.execute(made.on_conflict_do_update(index_elements=key, set_=moved), rows)


def _row(place: Site, record: CustomerRecord) -> dict[str, Any]:
    """Return a record as its table has it, with everything that is found out about it beforehand."""
    names = mirror_pages.CUSTOMER_COLUMNS
    values = dict(zip(names, mirror_pages.customer_row(record), strict=True))
    ids: dict[str, uuid.UUID] = {"portal_id": place.portal_id, "connection_id": place.connection_id}
    rest = {"search": values["search_own"], "census": 1, "failures": 0}
    return {
        **ids,
        **values,
        **rest,
        "seen_at": record.modified_at,
        "changed_at": record.modified_at,
    }


def _records(count: int) -> Iterator[CustomerRecord]:
    shown = [word for _, word, _ in words()]
    newest = datetime(2026, 11, 1, tzinfo=UTC)
    for number in range(count):
        one, two = shown[number % len(shown)], shown[number * 7 % len(shown)]
        primary = ContactData(
            first_name=one, last_name=two, email=f"{number}@nordlicht.example", phone="+49 30 12345"
        )
        yield CustomerRecord(
            id=f"{number:07}",
            data=CustomerData(
                name=f"{one} {two} {number}", company_name=two, website="", active=True, currency="EUR"
            ),
            version=str(number),
            primary=primary,
            created_at=newest - timedelta(minutes=number),
            modified_at=newest - timedelta(minutes=number),
        )
