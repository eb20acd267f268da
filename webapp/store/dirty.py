"""Dirty links: customers the sync has to look at, found by SQL alone, and closed once it has.

A look is closed only if both sides still are what it was planned from, and nobody has decided anything since.
Whoever edits a side marks the link in the same transaction (``store.touched``), and so does who decides; so
the link is locked first, and only then compared.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import orjson
from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from webapp.extensions import db
from webapp.store.connections import Connection
from webapp.store.links import Link
from webapp.store.mirror import MirrorCustomer
from webapp.sync.link import Kind

HELD = "held"
RELEASED = "released"
COUNTED = "counted"
KEPT = "kept:"
"""What ``Link.brake`` says: held until a person has looked; let go by one; waiting, since its plan deletes or
blanks, until everything due was counted; or to be kept as it is, followed by who decided that."""

_FINGERPRINTS = """
    SELECT link.our_id, link.their_id, link.edited_here, link.brake, link.looked_ours, link.looked_theirs,
           link.due_at,
           md5(coalesce(customer.version::text, '') || coalesce((
               SELECT string_agg(contact.id || ':' || contact.version, ',' ORDER BY contact.id) FROM contact
                WHERE contact.portal_id = link.portal_id AND contact.customer_id = link.our_id), '')) AS ours,
           md5(concat_ws('|', there.version, coalesce(there.detail_version, '-'),
                         coalesce(there.contacts_digest, '-'), there.gone_at IS NOT NULL)) AS theirs
      FROM link
      LEFT JOIN customer ON customer.portal_id = link.portal_id AND customer.id = link.our_id
      LEFT JOIN mirror_customer there ON there.portal_id = link.portal_id
            AND there.connection_id = link.connection_id AND there.their_id = link.their_id
     WHERE link.portal_id = :portal_id AND link.connection_id = :connection_id AND link.kind = 'customer'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirty:
    """A linked customer, and the fingerprints of both sides with all contacts as they are now.

    ``due_at`` tells whether a person decided something about it since: that marks it anew.
    """

    our_id: uuid.UUID
    their_id: str
    edited_here: bool
    brake: str
    looked_ours: str
    looked_theirs: str
    ours: str
    theirs: str
    due_at: datetime | None

    @property
    def let_go(self) -> bool:
        """Tell whether a person has let go on what it was held for, and it is that still."""
        looked = (self.looked_ours, self.looked_theirs)
        return self.brake == RELEASED and looked == (self.ours, self.theirs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A customer that was looked at as it was ``known``, when to look again, and its brake from now on."""

    known: Dirty
    due_at: datetime | None = None
    brake: str = ""

    @property
    def our_id(self) -> uuid.UUID:
        """The customer here."""
        return self.known.our_id


def due_customers(
    connection: Connection, moment: datetime, limit: int, *, edited: bool = False
) -> list[uuid.UUID]:
    """List linked customers to look at, by our id: those edited here first, then those that wait longest.

    With ``edited`` only the former. Left out are those a brake holds, and those that wait to be counted.
    """
    found = _due(connection, moment, limit, edited_here=True)
    if not edited and len(found) < limit:
        found += _due(connection, moment, limit - len(found), edited_here=False)
    return found


def held_and_touched(connection: Connection, limit: int) -> list[uuid.UUID]:
    """List customers that a brake holds and that changed on either side since."""
    query = select(Link.our_id).where(*_customers(connection), Link.brake == HELD, Link.due_at.is_not(None))
    return list(db.session.scalars(query.order_by(Link.our_id).limit(limit)))


def braked(
    connection: Connection,
    brake: str,
    *,
    after: uuid.UUID | None,
    limit: int,
    due_by: datetime | None = None,
) -> list[uuid.UUID]:
    """List customers by what their links say of the brake, in the order of their ids, beginning after one."""
    query = select(Link.our_id).where(*_customers(connection), Link.brake == brake)
    if due_by is not None:
        query = query.where(Link.due_at <= due_by)
    if after is not None:
        query = query.where(Link.our_id > after)
    return list(db.session.scalars(query.order_by(Link.our_id).limit(limit)))


def waiting(connection: Connection, *, after: uuid.UUID | None, limit: int) -> list[uuid.UUID]:
    """List all customers that are to be looked at, now or later or once a person lets them go on, by id."""
    query = select(Link.our_id).where(
        *_customers(connection),
        or_(Link.due_at.is_not(None), Link.brake == HELD),
        Link.brake.not_like(f"{KEPT}%"),
    )
    if after is not None:
        query = query.where(Link.our_id > after)
    return list(db.session.scalars(query.order_by(Link.our_id).limit(limit)))


def any_due(connection: Connection, moment: datetime) -> bool:
    """Tell whether any linked customer is to be looked at."""
    query = select(literal(1)).where(*_customers(connection), Link.due_at <= moment)
    return db.session.scalar(query.limit(1)) is not None


def fingerprints(connection: Connection, our_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Dirty]:
    """Read what tells both sides of linked customers apart from earlier states of them, by our id.

    Read it before what is planned from, so that an edit between the two shows.
    """
    rows = db.session.execute(
        text(f"{_FINGERPRINTS} AND link.our_id = ANY(:our_ids)"),
        {**_place(connection), "our_ids": list(our_ids)},
    )
    return {row.our_id: Dirty(**row._mapping) for row in rows}


def looked(connection: Connection, looks: Sequence[Looked]) -> int:
    """Close looks where both sides still are what was looked at; return how many: the others stay due.

    A link that somebody is about to write is left alone: it is due in a moment anyway.
    """
    ids = [look.our_id for look in looks]
    locked = select(Link.our_id).where(*_customers(connection), Link.our_id == func.any(_uuids(ids)))
    mine = set(db.session.scalars(locked.order_by(Link.our_id).with_for_update(skip_locked=True)))
    rows = [_row(look) for look in looks if look.our_id in mine]
    if not rows:
        return 0
    closed = db.session.execute(
        text(
            f"""
            WITH looked AS (
                SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))
                    AS row(our_id uuid, ours text, theirs text, was timestamptz, due_at timestamptz,
                           brake text)
            ), present AS ({_FINGERPRINTS} AND link.our_id IN (SELECT our_id FROM looked))
            UPDATE link SET looked_ours = looked.ours, looked_theirs = looked.theirs, due_at = looked.due_at,
                            edited_here = false, brake = looked.brake
              FROM looked JOIN present USING (our_id, ours, theirs)
             WHERE link.portal_id = :portal_id AND link.connection_id = :connection_id
               AND link.kind = 'customer' AND link.our_id = looked.our_id
               AND link.due_at IS NOT DISTINCT FROM looked.was
            RETURNING link.our_id
            """
        ),
        {**_place(connection), "rows": orjson.dumps(rows).decode()},
    )
    return len(closed.all())


def set_aside(connection: Connection, our_ids: Collection[uuid.UUID], *, here: bool) -> None:
    """Let customers wait until everything due was counted; nobody waits for those that would go ``here``."""
    values: dict[str, Any] = {"brake": COUNTED}
    if here:
        values["edited_here"] = False
    _change(connection, our_ids, values)


def put_off(connection: Connection, our_ids: Collection[uuid.UUID], until: datetime) -> None:
    """Look at customers later, unless something about them changes before."""
    _change(connection, our_ids, {"due_at": until})


def unbrake(connection: Connection, our_ids: Collection[uuid.UUID]) -> None:
    """Let a brake hold customers no longer, and look at them again."""
    _change(connection, our_ids, {"brake": "", "due_at": func.now()})


def hasten(portal_id: uuid.UUID, connection_id: uuid.UUID) -> None:
    """Look now at what was to be looked at later."""
    later = update(Link).where(
        Link.portal_id == portal_id, Link.connection_id == connection_id, Link.kind == "customer"
    )
    later = later.where(Link.due_at > func.now(), Link.brake != HELD)
    db.session.execute(later.values(due_at=func.now()).execution_options(synchronize_session=False))


def live_links(connection: Connection) -> dict[Kind, int]:
    """Count the links of each kind."""
    query = select(Link.kind, func.count()).where(
        Link.portal_id == connection.portal_id, Link.connection_id == connection.id
    )
    return {cast(Kind, row[0]): row[1] for row in db.session.execute(query.group_by(Link.kind))}


def find_changed(portal_id: uuid.UUID, connection_id: uuid.UUID) -> int:
    """Let all links be due whose sides are not what was last looked at; return how many were found.

    It heals whatever was missed. A customer whose contacts are yet to be read is due once they are.
    """
    found = db.session.execute(
        text(
            f"""
            WITH present AS ({_FINGERPRINTS} AND link.due_at IS NULL
                 AND (there.contacts_digest IS NOT NULL OR there.gone_at IS NOT NULL))
            UPDATE link SET due_at = now()
              FROM present
             WHERE link.portal_id = :portal_id AND link.connection_id = :connection_id
               AND link.kind = 'customer' AND link.our_id = present.our_id AND link.due_at IS NULL
               AND (present.ours, present.theirs) <> (link.looked_ours, link.looked_theirs)
            RETURNING link.our_id
            """
        ),
        {"portal_id": portal_id, "connection_id": connection_id},
    )
    return len(found.all())


def _due(connection: Connection, moment: datetime, limit: int, *, edited_here: bool) -> list[uuid.UUID]:
    query = select(Link.our_id).where(
        *_customers(connection),
        Link.edited_here.is_(edited_here),
        Link.due_at <= moment,
        Link.brake.in_(("", RELEASED)),
    )
    if connection.census.get("step"):
        query = query.where(~_lost())
    return list(db.session.scalars(query.order_by(Link.due_at, Link.our_id).limit(limit)))


def _lost() -> ColumnElement[bool]:
    """The condition that a customer is gone there: the losses of a census are looked at together."""
    return exists().where(
        and_(
            MirrorCustomer.portal_id == Link.portal_id,
            MirrorCustomer.connection_id == Link.connection_id,
            MirrorCustomer.their_id == Link.their_id,
            MirrorCustomer.gone_at.is_not(None),
        )
    )


def _change(connection: Connection, our_ids: Collection[uuid.UUID], values: dict[str, Any]) -> None:
    changed = update(Link).where(*_customers(connection), Link.our_id == func.any(_uuids(our_ids)))
    db.session.execute(changed.values(values).execution_options(synchronize_session=False))


def _customers(connection: Connection) -> tuple[ColumnElement[bool], ...]:
    return (
        Link.portal_id == connection.portal_id,
        Link.connection_id == connection.id,
        Link.kind == "customer",
    )


def _place(connection: Connection) -> dict[str, uuid.UUID]:
    return {"portal_id": connection.portal_id, "connection_id": connection.id}


def _uuids(our_ids: Iterable[uuid.UUID]) -> ColumnElement[Any]:
    return literal(list(our_ids), ARRAY(Uuid))


def _row(look: Looked) -> dict[str, Any]:
    return {
        "our_id": look.our_id,
        "ours": look.known.ours,
        "theirs": look.known.theirs,
        "due_at": look.due_at,
        "brake": look.brake,
        "was": look.known.due_at,
    }
