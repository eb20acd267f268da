"""Keeping back: undoing what a pass would delete or blank, so that nothing is lost, a few customers a commit.

A person decided it of all that the brake held; whoever holds the connection's lease carries it out, whether
or not the provider lets us in, and after a crash the next one goes on with what is left.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import structlog
from sqlalchemy.exc import OperationalError

from webapp.extensions import db
from webapp.sdk import Value
from webapp.services import bin, unlinking
from webapp.services.leases import Lease, LeaseLost
from webapp.services.sync_plans import Planned, plans
from webapp.store import brake_list, connections, history, links
from webapp.store.connections import Connection
from webapp.store.customers import locked_customers
from webapp.store.directory import PortalDirectory
from webapp.store.history import EntryData
from webapp.store.intents import Intent
from webapp.sync.link import Link, Side, is_blank
from webapp.sync.steps import Delete, Plan, Update

AT_ONCE = 100

log = structlog.get_logger(__name__)


def keep_slice(lease: Lease, *, until: Callable[[], bool]) -> bool:
    """Keep what is to be kept of a connection until ``until()`` says stop; tell whether more is left."""
    connection = connections.connection_by_id(lease.connection_id)
    if connection is None:
        return False
    db.session.expunge(connection)
    while waiting := brake_list.to_keep(connection, AT_ONCE):
        db.session.rollback()
        if until():
            return True
        _keep(connection, waiting, lease)
    db.session.rollback()
    return False


def _keep(connection: Connection, waiting: Mapping[uuid.UUID, uuid.UUID], lease: Lease) -> None:
    """Keep some customers and commit; one that cannot be kept is held again, and does not stop the others."""
    try:
        in_doubt: list[Intent] = []
        for planned in plans(connection, list(waiting)):
            in_doubt += _keep_back(connection, planned, waiting[planned.our_id])
        unlinking.audit_given_up(connection.portal_id, in_doubt)
        lease.assert_held()
        db.session.commit()
    except (LeaseLost, OperationalError):
        raise
    except Exception:
        db.session.rollback()
        log.exception("brake.keep_failed", connection=str(connection.id), customers=len(waiting))
        if len(waiting) == 1:
            brake_list.hold_again(connection, *waiting)
            lease.assert_held()
            return db.session.commit()
        for each in waiting.items():
            _keep(connection, dict([each]), lease)


def _keep_back(connection: Connection, planned: Planned, user_id: uuid.UUID) -> tuple[Intent, ...]:
    """Let nothing of a customer go, in the caller's transaction; return the writes that stay in doubt."""
    place = (connection.portal_id, connection.id)
    locked_customers(connection.portal_id, [planned.our_id])
    links.locked(*place, [planned.our_id])
    if not brake_list.is_to_keep(*place, planned.our_id):
        return ()
    plan, actor = planned.plan, str(user_id)
    if plan is not None and _goes_whole(plan, "ours"):
        return unlinking.end_links(*place, planned.our_id, actor).in_doubt
    if plan is not None:
        if _goes_whole(plan, "theirs"):
            bin.restore_locked(connection.portal_id, [planned.our_id], user_id)
        _keep_people(connection, planned, plan, actor)
        links.keep(*place, _shadows(plan), None)
    links.let_be_due(*place, [planned.our_id], brake="")
    return ()


def _goes_whole(plan: Plan, side: Side) -> bool:
    """Tell whether a customer as such would go on a side, or was not seen there."""
    if side == "ours" and plan.their_id in plan.unconfirmed:
        return True
    return any(
        isinstance(step, Delete) and step.side == side and step.link.kind == "customer" for step in plan.steps
    )


def _keep_people(connection: Connection, planned: Planned, plan: Plan, actor: str) -> None:
    """Keep contacts: those gone there are new again there, those deleted here come out of the bin."""
    directory, told = PortalDirectory(connection.portal_id), list[EntryData]()
    for link, side in _people(plan):
        if side == "ours":
            links.end(connection.portal_id, connection.id, [link])
        else:
            directory.restore_contact(str(planned.our_id), link.our_id)
        told.append(
            EntryData(
                kind="contact",
                record_id=uuid.UUID(link.our_id),
                customer_id=planned.our_id,
                action="unlinked" if side == "ours" else "restored",
                old=link.their_id if side == "ours" else None,
            )
        )
    history.add(connection.portal_id, told, actor=actor, run_id=None)


def _people(plan: Plan) -> Iterable[tuple[Link, Side]]:
    for step in plan.steps:
        if isinstance(step, Delete) and step.link.kind == "contact":
            yield step.link, step.side
    for link in plan.links.values():
        if link.kind == "contact" and link.their_id in plan.unconfirmed:
            yield link, "ours"


def _shadows(plan: Plan) -> list[Link]:
    """Move shadows so that a value, blanked on one side, travels back there from the other."""
    moved: dict[str, Link] = {}
    for step in plan.steps:
        if not isinstance(step, Update):
            continue
        known = next((each for each in plan.links.values() if each.our_id == step.ref.our_id), None)
        link = moved.get(step.ref.our_id or "", known)
        for name, value in step.changes.items():
            if link is not None and is_blank(value) and not is_blank(step.before.get(name)):
                link = _takes_back(link, name, step.side, value)
                moved[link.our_id] = link
    return list(moved.values())


def _takes_back(link: Link, name: str, side: Side, blank: Value) -> Link:
    """Let the blank count as seen, and the value of ``side`` as new there."""
    ours = {each: value for each, value in link.agreed_ours.items() if each != name}
    theirs = {each: value for each, value in link.agreed_theirs.items() if each != name}
    if side == "ours":
        return replace(link, agreed_ours=ours, agreed_theirs={**theirs, name: blank})
    return replace(link, agreed_ours={**ours, name: blank}, agreed_theirs=theirs)
