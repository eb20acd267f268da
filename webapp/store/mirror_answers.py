"""What the provider answers to a write, kept in the mirror in the transaction that keeps the write.

So nothing just written there looks like a change of theirs until the next poll.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB

from webapp.extensions import db
from webapp.sdk import CUSTOM, Address, ContactRecord, CustomerRecord
from webapp.store import mirror as mirrors
from webapp.store.mirror import Mirror, MirrorContact, MirrorCustomer
from webapp.store.mirror_pages import keep_contacts, refresh_search, settle_read
from webapp.store.search import search_text
from webapp.sync.link import Fields, Record, fields_of, known, parts_of
from webapp.sync.normal import name_key, sort_key

M = MirrorCustomer


def keep_answer(mirror: Mirror, their_customer_id: str, record: Record) -> None:
    """Keep a record as the provider said it is now; of one it told in part the rest stays as it was."""
    if isinstance(record, CustomerRecord):
        _keep_customer(mirror, record)
    else:
        _keep_contact(mirror, their_customer_id, record)


def forget(mirror: Mirror, their_customer_id: str, their_contact_id: str | None = None) -> None:
    """Note that a contact, or the customer itself, was deleted there."""
    if their_contact_id is None:
        mirrors.mark_gone(mirror, their_customer_id)
        return
    gone = delete(MirrorContact).where(*mirror.contacts, MirrorContact.their_id == their_contact_id)
    db.session.execute(gone.execution_options(synchronize_session=False))
    refresh_search(mirror, [their_customer_id])
    settle_read(mirror, [their_customer_id])


def _keep_customer(mirror: Mirror, record: CustomerRecord) -> None:
    current = case((M.detail_version == M.version, record.version), else_=M.detail_version)
    values: dict[str, Any] = {
        **_columns(known(fields_of(record.data))),
        "name_key": name_key(record.data.name),
        "sort_key": sort_key(record.data.name),
        "version": record.version,
        "detail_version": current,
        "modified_there_at": func.coalesce(record.modified_at, M.modified_there_at),
    }
    there = (*mirror.customers, M.their_id == record.id)
    changed = update(M).where(*there).values(values)
    changed = changed.returning(M.name, M.company_name, M.primary_name, M.primary_email, M.primary_phone)
    row = db.session.execute(changed.execution_options(synchronize_session=False)).first()
    if row is not None:
        own = search_text(
            [row.name, row.company_name, row.primary_name, row.primary_email], [row.primary_phone]
        )
        db.session.execute(
            update(M).where(*there).values(search_own=own).execution_options(synchronize_session=False)
        )
        refresh_search(mirror, [record.id])


def _keep_contact(mirror: Mirror, their_customer_id: str, record: ContactRecord) -> None:
    keep_contacts(mirror, [_whole(mirror, replace(record, customer_id=their_customer_id))])
    if record.data.primary:
        others = (MirrorContact.their_customer_id == their_customer_id, MirrorContact.their_id != record.id)
        demoted = update(MirrorContact).where(*mirror.contacts, *others, MirrorContact.primary.is_(True))
        db.session.execute(demoted.values(primary=False).execution_options(synchronize_session=False))


def _whole(mirror: Mirror, record: ContactRecord) -> ContactRecord:
    """Add to what was told what is known already."""
    unknown = [name for name, value in fields_of(record.data).items() if value is None]
    if not unknown:
        return record
    columns = [getattr(MirrorContact, name) for name in unknown]
    query = select(*columns).where(*mirror.contacts, MirrorContact.their_id == record.id)
    row = db.session.execute(query).first()
    if row is None:
        return record
    return replace(record, data=replace(record.data, **row._mapping))


def _columns(told: Fields) -> dict[str, Any]:
    """Return what was told of a customer by column; custom fields that were not told stay as they are."""
    plain = {name: _kept(value) for name, value in told.items() if not name.startswith(CUSTOM)}
    own = {name.removeprefix(CUSTOM): value for name, value in told.items() if name.startswith(CUSTOM)}
    return {**plain, "custom_fields": M.custom_fields.concat(literal(own, JSONB))}


def _kept(value: object) -> object:
    return parts_of(value) if isinstance(value, Address) else value
