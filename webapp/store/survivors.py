"""Survivors: live customers of the mirror that may have taken one in that vanished or went inactive."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from sqlalchemy import Text, and_, exists, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from webapp.extensions import db
from webapp.store.links import Link
from webapp.store.mirror import MOST_FAILURES, MirrorContact, MirrorCustomer
from webapp.sync.link import Fields, is_blank
from webapp.sync.normal import name_key, phone_key, search_key
from webapp.sync.steps import OurCustomer

MOST = 20
"""So many are named at most; a person chooses among them."""

SHORTEST_PHONE = 5
"""Shorter numbers are extensions, which many have in common."""

M = MirrorCustomer


def survivors(portal_id: uuid.UUID, connection_id: uuid.UUID, ours: OurCustomer) -> tuple[str, ...]:
    """List live customers there with the name, a person, an e-mail or a phone of one.

    What it had there is told by its shadows: what both sides held when they last agreed. An e-mail or a phone
    of one that is linked to another customer here tells nothing: many have their bookkeeper in common. An
    inactive one is named for a person alone: who had it is beyond doubt, and would go here otherwise.
    """
    if ours.link is None:
        return ()
    shadows = [link.agreed_theirs for link in ours.contact_links]
    people = [link.their_id for link in ours.contact_links]
    linked = exists().where(
        Link.portal_id == M.portal_id,
        Link.connection_id == M.connection_id,
        Link.kind == "customer",
        Link.their_id == M.their_id,
    )
    query = select(M.their_id).where(
        M.portal_id == portal_id,
        M.connection_id == connection_id,
        M.gone_at.is_(None),
        M.their_id != ours.link.their_id,
        or_(
            _has_person(people),
            and_(M.active, M.name_key.in_(_keys([ours.link.agreed_theirs], "name", name_key))),
            and_(
                M.active,
                ~linked,
                or_(false(), *_found(_keys(shadows, "email", search_key)), *_found(_phones(shadows))),
            ),
        ),
    )
    return tuple(db.session.scalars(query.order_by(M.their_id).limit(MOST)))


def reading_under_way(portal_id: uuid.UUID, connection_id: uuid.UUID) -> bool:
    """Tell whether customers there are known whose contacts are yet to be read: one may be a survivor."""
    unread = select(literal(1)).where(
        M.portal_id == portal_id,
        M.connection_id == connection_id,
        M.contacts_digest.is_(None),
        M.gone_at.is_(None),
        M.failures < MOST_FAILURES,
    )
    return db.session.scalar(unread.limit(1)) is not None


def _has_person(their_ids: list[str]) -> ColumnElement[bool]:
    person = select(MirrorContact.their_customer_id).where(
        MirrorContact.portal_id == M.portal_id,
        MirrorContact.connection_id == M.connection_id,
        MirrorContact.their_id == func.any(literal(their_ids, ARRAY(Text))),
    )
    return M.their_id.in_(person)


def _found(keys: Iterable[str]) -> list[ColumnElement[bool]]:
    """The conditions that one of its lines to search in is exactly such a key."""
    return [
        M.search.contains(key, autoescape=True)
        & (literal(key) == func.any(func.string_to_array(M.search, "\n")))
        for key in keys
    ]


def _keys(shadows: Iterable[Fields], name: str, key: Callable[[str], str]) -> list[str]:
    values = {shadow.get(name) for shadow in shadows}
    found = {key(value) for value in values if isinstance(value, str) and not is_blank(value)}
    return sorted(found - {""})


def _phones(shadows: list[Fields]) -> list[str]:
    found = {*_keys(shadows, "phone", phone_key), *_keys(shadows, "mobile", phone_key)}
    return sorted(key for key in found if len(key) >= SHORTEST_PHONE)
