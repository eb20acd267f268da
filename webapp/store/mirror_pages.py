"""How pages come into the mirror: COPY into a temporary table, then a statement that writes what differs.

A row whose version is the one known already is left alone, so that what was read in full stays. Everything
here happens in the session's transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text

from webapp.extensions import db
from webapp.sdk import ContactData, ContactRecord, CustomerDetail, CustomerRecord
from webapp.store.mirror import Mirror
from webapp.store.search import search_text
from webapp.sync.link import parts_of
from webapp.sync.normal import name_key, sort_key

CUSTOMER_COLUMNS = (
    "their_id", "version", "name", "name_key", "sort_key", "company_name", "website", "billing_address",
    "custom_fields", "active", "currency", "has_transactions", "primary_name", "primary_email",
    "primary_phone", "detail_version", "created_there_at", "modified_there_at", "search_own",
)  # fmt: skip
"""What a page tells of a customer, and what is found out about that beforehand."""
_CONTACT = (
    "their_id", "their_customer_id", "version", "salutation", "first_name", "last_name", "email", "phone",
    "mobile", "designation", "department", "primary", "search",
)  # fmt: skip
_FIELDS = _CONTACT[3:-1]

_DIFFERS = "mirror_customer.version <> EXCLUDED.version OR mirror_customer.gone_at IS NOT NULL"
_HERE = "portal_id = :portal_id AND connection_id = :connection_id"
_OF_CUSTOMER = """
    contact.portal_id = :portal_id AND contact.connection_id = :connection_id
    AND contact.their_customer_id = mirror_customer.their_id
"""
_THEIR_CONTACTS = f"""
    SELECT string_agg(contact.search, E'\\n' ORDER BY contact.their_id)
      FROM mirror_contact contact
     WHERE {_OF_CUSTOMER}
"""


def keep_customers(mirror: Mirror, records: Iterable[CustomerRecord], *, in_census: bool = False) -> int:
    """Keep rows of a listing; return how many were new or had changed. Those are unread from now on."""
    _copy_customers(customer_row(record) for record in _last_of_each(records))
    changed = _write_customers(mirror, _DIFFERS)
    if in_census:
        _mark_seen(mirror, "mirror_customer", "customer_page")
    return len(changed)


def keep_detail(mirror: Mirror, detail: CustomerDetail) -> None:
    """Keep one customer read in full: its row, and its contacts in place of those known."""
    _copy_customers([customer_row(detail.customer, full=True, primary=_primary_of(detail))])
    _write_customers(mirror, "TRUE")
    _copy_contacts(detail.contacts)
    _forget_contacts_not_on_page(mirror, detail.customer.id)
    touched = [their_id for their_id in _write_contacts(mirror) if their_id != detail.customer.id]
    _mark_seen(mirror, "mirror_contact", "contact_page")
    settle_contacts(mirror, [detail.customer.id])
    refresh_search(mirror, touched)
    settle_read(mirror, touched)


def keep_contacts(mirror: Mirror, records: Iterable[ContactRecord]) -> None:
    """Keep a page of a census of contacts; those of nobody in the mirror (a vendor's) are left out."""
    _copy_contacts(records)
    changed = _write_contacts(mirror)
    _mark_seen(mirror, "mirror_contact", "contact_page")
    refresh_search(mirror, changed)
    settle_read(mirror, changed)


def settle_contacts(mirror: Mirror, their_ids: Sequence[str]) -> None:
    """Declare the contacts of these customers read: count them and take their digest."""
    _execute(
        mirror,
        f"""
        UPDATE mirror_customer
           SET failures = 0, (contacts_count, contacts_digest, search) = (
               SELECT count(*),
                      md5(coalesce(string_agg(contact.their_id || ':' || contact.version, ','
                                              ORDER BY contact.their_id), '')),
                      mirror_customer.search_own
                      || coalesce(E'\\n' || string_agg(contact.search, E'\\n' ORDER BY contact.their_id), '')
                 FROM mirror_contact contact
                WHERE {_OF_CUSTOMER})
         WHERE {_HERE} AND their_id = ANY(:their_ids)
        """,
        their_ids=list(their_ids),
    )


def settle_read(mirror: Mirror, their_ids: Sequence[str]) -> None:
    """Take new digests of those of these customers whose contacts had been read before."""
    read = f"""
        SELECT their_id FROM mirror_customer
         WHERE {_HERE} AND their_id = ANY(:their_ids) AND contacts_digest IS NOT NULL
    """
    known = [their_id for (their_id,) in _execute(mirror, read, their_ids=list(their_ids))]
    if known:
        settle_contacts(mirror, known)


def _write_customers(mirror: Mirror, differs: str) -> list[str]:
    written = [name for name in CUSTOMER_COLUMNS if name != "detail_version"]
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in written[1:])
    rows = _execute(
        mirror,
        f"""
        INSERT INTO mirror_customer (portal_id, connection_id, {", ".join(CUSTOMER_COLUMNS)},
                                     search, census, failures, seen_at, changed_at)
        SELECT :portal_id, :connection_id, {", ".join(CUSTOMER_COLUMNS)}, search_own, :census, 0, now(), now()
          FROM customer_page ORDER BY their_id
            ON CONFLICT (portal_id, connection_id, their_id) DO UPDATE
           SET {changes},
               detail_version = coalesce(EXCLUDED.detail_version, mirror_customer.detail_version),
               detail_wanted_at = CASE WHEN EXCLUDED.detail_version IS NULL
                                       THEN mirror_customer.detail_wanted_at END,
               search = EXCLUDED.search_own || coalesce(E'\\n' || ({_THEIR_CONTACTS}), ''),
               contacts_digest = NULL, census = :census, failures = 0,
               seen_at = now(), changed_at = now(), gone_at = NULL
         WHERE {differs}
        RETURNING their_id
        """,
    )
    return [their_id for (their_id,) in rows]


def _write_contacts(mirror: Mirror) -> list[str]:
    """Write the page's contacts that differ; return the customers they belong to, or belonged to before."""
    moved = _execute(
        mirror,
        f"""
        SELECT DISTINCT mirror_contact.their_customer_id
          FROM mirror_contact JOIN contact_page USING (their_id)
         WHERE {_HERE} AND mirror_contact.their_customer_id <> contact_page.their_customer_id
        """,
    ).all()
    changes = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in _CONTACT[1:])
    columns = ", ".join(f'"{name}"' for name in _CONTACT)
    rows = _execute(
        mirror,
        f"""
        INSERT INTO mirror_contact (portal_id, connection_id, {columns}, census, seen_at)
        SELECT :portal_id, :connection_id, {columns}, :census, now()
          FROM contact_page
         WHERE EXISTS (SELECT 1 FROM mirror_customer customer
                        WHERE customer.portal_id = :portal_id AND customer.connection_id = :connection_id
                          AND customer.their_id = contact_page.their_customer_id)
           AND NOT EXISTS (SELECT 1 FROM erased_contact erased
                            WHERE erased.portal_id = :portal_id AND erased.connection_id = :connection_id
                              AND erased.their_id = contact_page.their_id)
         ORDER BY their_id
            ON CONFLICT (portal_id, connection_id, their_id) DO UPDATE
           SET {changes}, census = :census, seen_at = now()
         WHERE mirror_contact.version <> EXCLUDED.version
            OR mirror_contact.their_customer_id <> EXCLUDED.their_customer_id
        RETURNING their_customer_id
        """,
    )
    return sorted({their_id for (their_id,) in [*moved, *rows]})


def _forget_contacts_not_on_page(mirror: Mirror, their_customer_id: str) -> None:
    _execute(
        mirror,
        f"""
        DELETE FROM mirror_contact
         WHERE {_HERE} AND their_customer_id = :customer
           AND their_id NOT IN (SELECT their_id FROM contact_page)
        """,
        customer=their_customer_id,
    )


def refresh_search(mirror: Mirror, their_ids: Sequence[str]) -> None:
    """Bring up to date what customers there are found by, after their contacts changed."""
    found = f"mirror_customer.search_own || coalesce(E'\\n' || ({_THEIR_CONTACTS}), '')"
    if their_ids:
        _execute(
            mirror,
            f"UPDATE mirror_customer SET search = {found} WHERE {_HERE} AND their_id = ANY(:their_ids)",
            their_ids=list(their_ids),
        )


def _mark_seen(mirror: Mirror, table: str, page: str) -> None:
    _execute(
        mirror,
        f"""
        UPDATE {table} SET census = :census, seen_at = now() FROM {page}
         WHERE {_HERE} AND {table}.their_id = {page}.their_id AND {table}.census <> :census
        """,
    )


def _copy_customers(rows: Iterable[Sequence[Any]]) -> None:
    _copy("customer_page", "mirror_customer", CUSTOMER_COLUMNS, rows)


def _copy_contacts(records: Iterable[ContactRecord]) -> None:
    rows = (_contact_row(record) for record in _last_of_each(records))
    _copy("contact_page", "mirror_contact", _CONTACT, rows)


def _copy(page: str, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    shape = f"SELECT {names} FROM {table} WITH NO DATA"
    db.session.execute(text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {page} ON COMMIT DELETE ROWS AS {shape}"))
    db.session.execute(text(f"DELETE FROM {page}"))
    driver = db.session.connection().connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {page} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _execute(mirror: Mirror, statement: str, **parameters: Any) -> Any:
    here = {"portal_id": mirror.portal_id, "connection_id": mirror.connection_id, "census": mirror.census}
    return db.session.execute(text(statement), here | parameters)


def _last_of_each(records: Iterable[Any]) -> list[Any]:
    """A page may tell a record twice; the last telling counts."""
    return list({record.id: record for record in records}.values())


def _primary_of(detail: CustomerDetail) -> ContactData | None:
    return next((contact.data for contact in detail.contacts if contact.data.primary), None)


def customer_row(
    record: CustomerRecord, *, full: bool = False, primary: ContactData | None = None
) -> tuple[Any, ...]:
    """Return what is kept of a customer, column by column."""
    data = record.data
    person = primary or record.primary or ContactData()
    name = " ".join(part for part in (person.first_name, person.last_name) if part)
    phone = person.phone or person.mobile or ""
    address = json.dumps(parts_of(data.billing_address)) if data.billing_address is not None else None
    own = json.dumps(dict(data.custom_fields))
    search = search_text([data.name, data.company_name, name, person.email], [person.phone, person.mobile])
    return (
        record.id, record.version, data.name, name_key(data.name), sort_key(data.name), data.company_name,
        data.website, address, own, data.active is not False, data.currency or "", record.has_transactions,
        name, person.email or "", phone, record.version if full else None, record.created_at,
        record.modified_at, search,
    )  # fmt: skip


def _contact_row(record: ContactRecord) -> tuple[Any, ...]:
    data = record.data
    values = [getattr(data, name) for name in _FIELDS]
    version = record.version or hashlib.sha256(json.dumps(values).encode()).hexdigest()
    name = " ".join(part for part in (data.first_name, data.last_name) if part)
    search = search_text([name, data.email], [data.phone, data.mobile])
    return (record.id, record.customer_id, version, *values, search)
