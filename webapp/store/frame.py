"""What stands around every page of a portal, in one query that is put once for all who hear the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, Uuid, bindparam, func, select

from webapp.extensions import db
from webapp.store.columns import PORTAL
from webapp.store.connections import Connection
from webapp.store.notices import Audience, unread_heads
from webapp.store.portals import Portal, User
from webapp.store.runs import UNDER_WAY, Run
from webapp.store.waiting import counted


def connections_and_work(
    audience: Audience, *, most_notices: int
) -> list[Row[Connection | None, User | None, int, int, int, list[tuple[str, str, str]] | None]]:
    """List a portal's connections, oldest first, each with who made it, and what goes on in all of it.

    That is how many runs are ``under_way``, how many ``conflicts`` and ``problems`` wait, and the heads of
    the notices that are ``unread``. A portal without connections is one row that names none.
    """
    asked = {"portal_id": audience.portal_id, "user_id": audience.user_id}
    return list(db.session.execute(_around(audience.kinds, most_notices), asked))


@lru_cache(maxsize=256)
def _around(kinds: frozenset[str], most_notices: int) -> Select[*tuple[Any, ...]]:
    under_way = select(func.count()).where(Run.portal_id == PORTAL, Run.state.in_(UNDER_WAY))
    reader = Audience(portal_id=PORTAL, user_id=bindparam("user_id", type_=Uuid), kinds=kinds)
    return (
        select(
            Connection,
            User,
            under_way.scalar_subquery().label("under_way"),
            *counted(PORTAL),
            unread_heads(reader, limit=most_notices),
        )
        .select_from(Portal)
        .outerjoin(Connection, Connection.portal_id == Portal.id)
        .outerjoin(User, User.id == Connection.connected_by)
        .where(Portal.id == PORTAL)
        .order_by(Connection.created_at)
    )
