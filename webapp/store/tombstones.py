"""Tombstones: it is remembered who is gone at the provider, so that a stale page brings nobody back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists

from webapp.extensions import db
from webapp.store.links import Link
from webapp.store.mirror import Mirror, MirrorContact, MirrorCustomer

KEPT = timedelta(days=90)


def forget_gone(mirror: Mirror, moment: datetime) -> int:
    """Remove customers that are gone for long and linked to nobody, and their contacts; return how many."""
    linked = exists().where(
        Link.portal_id == MirrorCustomer.portal_id,
        Link.connection_id == MirrorCustomer.connection_id,
        Link.kind == "customer",
        Link.their_id == MirrorCustomer.their_id,
    )
    gone = delete(MirrorCustomer).where(*mirror.customers, MirrorCustomer.gone_at < moment - KEPT, ~linked)
    returning = gone.returning(MirrorCustomer.their_id).execution_options(synchronize_session=False)
    ids = list(db.session.scalars(returning))
    if ids:
        people = delete(MirrorContact).where(*mirror.contacts, MirrorContact.their_customer_id.in_(ids))
        db.session.execute(people.execution_options(synchronize_session=False))
    return len(ids)
