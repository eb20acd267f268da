"""Figures: what the whole installation amounts to, over all portals; each is one query over few rows.

Ages are seconds by the database's clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    SQLColumnExpression,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import load_only

from webapp.extensions import db
from webapp.store import due, run_items
from webapp.store.conflicts import Conflict
from webapp.store.connections import Connection
from webapp.store.links import Link
from webapp.store.mails import InvitationMail, LoginMail, NoticeMail
from webapp.store.mirror import MOST_FAILURES, MirrorCustomer
from webapp.store.portals import Portal
from webapp.store.problems import Problem
from webapp.store.runs import UNDER_WAY, Run

MOST_CONNECTIONS = 500
"""How many connections are told of one by one; those connected first."""


def connections_by_state() -> list[Row[str, str, int]]:
    """Count connections by provider and state."""
    return list(
        db.session.execute(
            select(Connection.provider, Connection.state, func.count())
            .group_by(Connection.provider, Connection.state)
            .order_by(Connection.provider, Connection.state)
        )
    )


def connected() -> list[Row[Any]]:
    """Tell of the connections that work, one by one: how old what they know is, their pauses, their calls."""
    columns = (
        Connection.id,
        Connection.provider,
        _age(Connection.refreshed_at).label("lag"),
        _age(Connection.census_finished_at).label("full_pass_age"),
        (Connection.paused_until > _now()).label("paused"),
        (Connection.bulk_paused_until > _now()).label("bulk_paused"),
        Connection.failures,
        Connection.calls,
    )
    query = select(*columns).where(Connection.state == "connected").order_by(Connection.id)
    return list(db.session.execute(query.limit(MOST_CONNECTIONS)))


def connections_in_use() -> list[tuple[Connection, str]]:
    """List the connections that are, or are being, connected, each with its portal's key."""
    states = ("authorizing", "choosing", "connected", "attention")
    query = (
        select(Connection, Portal.key)
        .join(Portal, Portal.id == Connection.portal_id)
        .where(Connection.state.in_(states))
        .order_by(Portal.key, Connection.created_at)
    )
    return [(connection, key) for connection, key in db.session.execute(query)]


def parked_customers(connection: Connection) -> tuple[int, datetime | None]:
    """Count a connection's customers that failed to be read so often that they are left alone; since when."""
    number, oldest = db.session.execute(
        select(func.count(), func.min(MirrorCustomer.changed_at)).where(
            MirrorCustomer.portal_id == connection.portal_id,
            MirrorCustomer.connection_id == connection.id,
            MirrorCustomer.failures >= MOST_FAILURES,
            MirrorCustomer.gone_at.is_(None),
        )
    ).one()
    return number, oldest


def oldest_open_run_of(connection: Connection) -> tuple[int, datetime] | None:
    """Return the number of a connection's oldest run that is not over, and when it was confirmed."""
    query = (
        select(Run.number, Run.confirmed_at)
        .where(Run.connection_id == connection.id, Run.state.in_(UNDER_WAY), Run.confirmed_at.is_not(None))
        .order_by(Run.confirmed_at)
    )
    found = db.session.execute(query.limit(1)).one_or_none()
    return (found[0], found[1]) if found and found[0] is not None and found[1] is not None else None


def syncs() -> list[Row[Any]]:
    """Tell of the connections that work what their sync has before it, and what waits for people."""
    moment = _now()
    links = (Link.portal_id == Connection.portal_id, Link.connection_id == Connection.id)
    due = (*links, Link.kind == "customer", Link.due_at <= moment, Link.brake != "held")
    columns = (
        Connection.id,
        Connection.provider,
        _counted(Link, *due).label("dirty"),
        _age(select(func.min(Link.due_at)).where(*due).correlate(Connection).scalar_subquery()).label("lag"),
        _counted(Link, *links, Link.brake == "held").label("held"),
        _counted(Conflict, *_of_connection(Conflict)).label("conflicts"),
        _counted(Problem, *_of_connection(Problem)).label("problems"),
        or_(Connection.sync_paused_at.is_not(None), Connection.held != literal({}, JSONB)).label("stopped"),
    )
    query = select(*columns).where(Connection.state == "connected").order_by(Connection.id)
    return list(db.session.execute(query.limit(MOST_CONNECTIONS)))


def work_due(moment: datetime) -> dict[str, tuple[int, float]]:
    """Tell for each queue how many connections have work and nobody at it, and how long the oldest waits."""
    found = db.session.execute(due.unattended(moment)).one()
    return {
        "push": (found.push, max(float(found.push_age or 0), 0.0)),
        "bulk": (found.bulk, max(float(found.bulk_age or 0), 0.0)),
    }


def runs_by_state() -> list[Row[str, str, int]]:
    """Count the runs that were confirmed, by kind and state."""
    return list(
        db.session.execute(
            select(Run.kind, Run.state, func.count())
            .where(Run.number.is_not(None))
            .group_by(Run.kind, Run.state)
            .order_by(Run.kind, Run.state)
        )
    )


def oldest_open_run() -> float:
    """Tell how long ago the oldest run that is not over was confirmed; 0 when none is open."""
    query = select(_age(func.min(Run.confirmed_at))).where(Run.state.in_(UNDER_WAY))
    return float(db.session.scalar(query) or 0)


def items_by_outcome() -> dict[str, int]:
    """Count the items of all runs by what came of them, those of runs under way included."""
    outcomes = dict.fromkeys(("created", "merged", "cloned", "skipped", "failed", "changed", "cancelled"), 0)
    # What was ticked for a run can be long, and is not asked for.
    under_way = select(Run).where(Run.kind == "import", Run.state.in_(UNDER_WAY))
    under_way = under_way.options(load_only(Run.portal_id, Run.id))
    runs = db.session.scalars(under_way).all()
    for counts in (_ended_items(), *(run_items.counts(run) for run in runs)):
        for outcome, number in counts.items():
            if outcome in outcomes:
                outcomes[outcome] += number
    return outcomes


def mails_overdue() -> int:
    """Count the mails that were to leave more than an hour ago."""
    long_ago = _now() - timedelta(hours=1)
    tables = (NoticeMail, LoginMail, InvitationMail)
    asked = (select(func.count()).select_from(each).where(each.due_at < long_ago) for each in tables)
    return sum(db.session.scalar(query) or 0 for query in asked)


def database() -> Row[Any]:
    """Tell how many connections to the database there are and may be, and how large it is."""
    return db.session.execute(
        text(
            # What pg_stat_activity says of other roles is hidden from this one.
            "SELECT (SELECT sum(numbackends)::int FROM pg_stat_database) AS used, "
            "current_setting('max_connections')::int "
            "- current_setting('superuser_reserved_connections')::int "
            "- coalesce(current_setting('reserved_connections', true)::int, 0) AS permitted, "
            "pg_database_size(current_database()) AS bytes"
        )
    ).one()


def _ended_items() -> dict[str, int]:
    counted = func.jsonb_each_text(Run.counts).table_valued("key", "value")
    query = (
        select(counted.c.key, func.sum(cast(counted.c.value, BigInteger)))
        .select_from(Run)
        .join(counted, true())
        .where(Run.kind == "import", Run.number.is_not(None), Run.state.not_in(UNDER_WAY))
        .group_by(counted.c.key)
    )
    return {key: int(number) for key, number in db.session.execute(query)}


def _of_connection(model: Any) -> tuple[ColumnElement[bool], ...]:
    return model.portal_id == Connection.portal_id, model.connection_id == Connection.id


def _counted(model: Any, *where: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(model).where(*where).correlate(Connection).scalar_subquery()


def _now() -> ColumnElement[datetime]:
    return func.clock_timestamp()


def _age(moment: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    return func.extract("epoch", _now() - moment)
