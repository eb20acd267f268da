"""Deciding problems: what a person may do about a record that could not be brought into step.

Each decision is checked against what was seen, told in the history and the audit, and carried out by the next
pass. Writing and deleting here is done by the services that always do it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services import audit, customers, deleting, unlinking
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.services.holding import held
from webapp.services.labels import provider_label
from webapp.services.merge_outcomes import person_name
from webapp.services.problems import ProblemRow, rows_of
from webapp.services.signals import announce_due
from webapp.store import history, intents, links, pairs
from webapp.store import problem_list as store
from webapp.store.customers import locked_customers
from webapp.store.history import EntryData
from webapp.store.problem_list import Wanted
from webapp.store.runs import Run
from webapp.sync.decided import relinked
from webapp.sync.recover import adopted_link

GONE = "This was settled meanwhile, by somebody or by itself. Nothing was changed: look at the list again."
ELSEWHERE = "What is asked here is another thing by now. Nothing was changed: look at it again."


def retry(portal_id: uuid.UUID, ids: Collection[uuid.UUID], user_id: uuid.UUID) -> int:
    """Try records again that failed, parked or not, and return how many still had."""
    begun = store.try_again(portal_id, ids)
    whose: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for connection_id, customer_id in begun:
        whose[connection_id].add(customer_id)
    for connection_id, customer_ids in whose.items():
        links.let_be_due(portal_id, connection_id, customer_ids)
    for connection_id in whose:
        details = {"records": sum(row[0] == connection_id for row in begun)}
        audit.record(portal_id, str(user_id), "problem.retried", str(connection_id), details)
    db.session.commit()
    for connection_id in whose:
        announce_due(connection_id, interactive=True)
    return len(begun)


def retry_all(portal_id: uuid.UUID, wanted: Wanted, user_id: uuid.UUID) -> int:
    """Try everything again that failed and is wanted; return how many."""
    return retry(portal_id, store.ids(portal_id, wanted), user_id)


def unlink(portal_id: uuid.UUID, problem_id: uuid.UUID, user_id: uuid.UUID, *, seen: str) -> ProblemRow:
    """Take the customer a problem is about out of step; both sides keep what they have."""
    row = _held(portal_id, problem_id, seen)
    customer_id = _customer(row)
    customers.unlink(portal_id, customer_id, row.connection_id, user_id)
    return row


def delete_here(portal_id: uuid.UUID, problem_id: uuid.UUID, user_id: uuid.UUID, *, seen: str) -> ProblemRow:
    """Put the customer a problem is about into the bin; raises Conflict when it changed since it was seen."""
    row = _held(portal_id, problem_id, seen, "gone there", "merged there")
    store.forget(portal_id, problem_id)
    deleting.delete_customer(portal_id, _customer(row), user_id, version=row.version)
    return row


def restore_here(portal_id: uuid.UUID, problem_id: uuid.UUID, user_id: uuid.UUID, *, seen: str) -> ProblemRow:
    """Take the customer that cannot be deleted there out of the bin; it stays linked."""
    row = _held(portal_id, problem_id, seen, "cannot be deleted there")
    store.forget(portal_id, problem_id)
    deleting.restore_customer(portal_id, _customer(row), user_id)
    return row


def mark_inactive(
    portal_id: uuid.UUID, problem_id: uuid.UUID, user_id: uuid.UUID, *, seen: str
) -> ProblemRow:
    """Mark a customer inactive on both sides that cannot be deleted there; here it comes out of the bin."""
    row = _held(portal_id, problem_id, seen, "cannot be deleted there")
    customer_id = _customer(row)
    store.forget(portal_id, problem_id)
    with held(portal_id, customer_id, user_id, binned=True) as record:
        if record.row.deleted_at is not None:
            record.directory.restore_customer(str(customer_id))
            record.tell("restored", new=record.row.name)
        before = record.fields
        record.directory.update_customer(str(customer_id), {"active": False})
        record.tell_changes(before, record.fields)
        record.decided("customer.marked_inactive", customer_id)
    return row


def link_again(portal_id: uuid.UUID, problem_id: uuid.UUID, user_id: uuid.UUID, *, seen: str) -> Run:
    """Open a review that links a restored customer with its twin there again."""
    row = _held(portal_id, problem_id, seen, "restored")
    customer_id = _customer(row)
    db.session.rollback()
    return customers.link_again(portal_id, customer_id, row.connection_id, user_id)


def leave_unlinked(
    portal_id: uuid.UUID, problem_id: uuid.UUID, user_id: uuid.UUID, *, seen: str
) -> ProblemRow:
    """Let a restored customer be here alone."""
    row = _held(portal_id, problem_id, seen, "restored")
    store.forget(portal_id, problem_id)
    _audit(row, portal_id, user_id, "problem.left_unlinked")
    db.session.commit()
    return row


def relink(
    portal_id: uuid.UUID, problem_id: uuid.UUID, their_id: str, user_id: uuid.UUID, *, seen: str
) -> ProblemRow:
    """Link a customer with the one there that took its twin in; what differs is decided by the rule.

    Raises Refused while that one is linked to another customer here, or its people are being read.
    """
    row = _held(portal_id, problem_id, seen, "merged there")
    place, customer_id = (portal_id, row.connection_id), _customer(row)
    before = links.of_customer_and_contacts(portal_id, customer_id, row.connection_id)
    links.locked(*place, [each.our_id for each in before])
    ours = pairs.our_customers(*place, [customer_id], binned=True).get(customer_id)
    theirs = pairs.their_customers(*place, [their_id]).get(their_id)
    if ours is None or ours.link is None or their_id not in {each.their_id for each in row.candidates}:
        raise _refuse(Conflict(GONE))
    if theirs is None or theirs.customer is None:
        raise _refuse(Refused("This customer is being read there, or is gone too. Try again in a minute."))
    _require_free(portal_id, row, their_id)
    made = relinked(ours, pairs.their_details(*place, [their_id])[their_id])
    links.end(*place, [links.as_value(each) for each in before])
    links.keep(*place, made, None)
    _tell(portal_id, user_id, row, "unlinked", old=row.their_customer_id)
    _tell(portal_id, user_id, row, "linked", new="the customer there that took its twin in")
    unlinking.audit_given_up(portal_id, unlinking.give_up(*place, customer_id))
    return _decided(portal_id, user_id, row, "problem.relinked", survivor=their_id)


def adopt(
    portal_id: uuid.UUID, problem_id: uuid.UUID, their_id: str, user_id: uuid.UUID, *, seen: str
) -> ProblemRow:
    """Link a contact with the one there that an interrupted create made."""
    row = _held(portal_id, problem_id, seen, "held")
    place, our_id = (portal_id, row.connection_id), _contact(row)
    intent = store.held_intent(*place, our_id)
    there = pairs.their_details(*place, [row.their_customer_id]).get(row.their_customer_id)
    record = next((each for each in there.contacts if each.id == their_id), None) if there else None
    if intent is None or record is None or their_id not in {each.their_id for each in row.candidates}:
        raise _refuse(Conflict(GONE))
    if store.linked_there(*place, "contact", their_id) is not None:
        raise _refuse(Refused("That contact there is linked to another contact here: choose another one."))
    value = intents.as_value(intent)
    links.keep(*place, [adopted_link(value, record)], None)
    db.session.delete(intent)
    _tell(portal_id, user_id, row, "linked", new=person_name(value.data))
    return _decided(portal_id, user_id, row, "problem.adopted", contact=their_id)


def create_there(portal_id: uuid.UUID, problem_id: uuid.UUID, user_id: uuid.UUID, *, seen: str) -> ProblemRow:
    """Make a contact there that an interrupted create did not: none of the candidates is the one."""
    row = _held(portal_id, problem_id, seen, "held")
    intent = store.held_intent(portal_id, row.connection_id, _contact(row))
    if intent is None:
        raise _refuse(Conflict(GONE))
    db.session.delete(intent)
    return _decided(portal_id, user_id, row, "problem.created_anew")


def leave_apart(portal_id: uuid.UUID, problem_id: uuid.UUID, user_id: uuid.UUID, *, seen: str) -> ProblemRow:
    """Let a contact of an interrupted create, and those there that may be it, stay where they are, unlinked.

    It holds until the customer is unlinked, or linked anew.
    """
    row = _held(portal_id, problem_id, seen, "held")
    intent = store.held_intent(portal_id, row.connection_id, _contact(row))
    if intent is None:
        raise _refuse(Conflict(GONE))
    intents.leave_apart(intent)
    _tell(portal_id, user_id, row, "left_apart", new=row.name)
    return _decided(portal_id, user_id, row, "problem.left_apart")


def _held(portal_id: uuid.UUID, problem_id: uuid.UUID, seen: str, *questions: str) -> ProblemRow:
    """Hold a problem that is still what was seen, and its customer; raises NotFound and Conflict."""
    known = store.one(portal_id, problem_id)
    if known is not None and known.Problem.customer_id is not None:
        # Locked first, as by whoever edits or unlinks it.
        locked_customers(portal_id, [known.Problem.customer_id])
    found: Row[Any] | None = store.one(portal_id, problem_id, lock=True)
    if found is None:
        raise _refuse(NotFound(GONE))
    row = rows_of(portal_id, [found])[0]
    if row.seen != seen or (questions and row.question not in questions):
        raise _refuse(Conflict(ELSEWHERE))
    return row


def _decided(
    portal_id: uuid.UUID, user_id: uuid.UUID, row: ProblemRow, action: str, **details: str
) -> ProblemRow:
    """Forget a problem, have its customer looked at, and commit."""
    store.forget(portal_id, row.id)
    links.let_be_due(portal_id, row.connection_id, [_customer(row)])
    _audit(row, portal_id, user_id, action, **details)
    db.session.commit()
    announce_due(row.connection_id, interactive=True)
    return row


def _tell(portal_id: uuid.UUID, user_id: uuid.UUID, row: ProblemRow, action: str, **told: str) -> None:
    entry = EntryData(
        kind=row.kind,
        record_id=row.our_id or _customer(row),
        customer_id=_customer(row),
        action=action,
        **told,  # type: ignore[arg-type]
    )
    history.add(portal_id, [entry], actor=str(user_id), run_id=None)


def _audit(row: ProblemRow, portal_id: uuid.UUID, user_id: uuid.UUID, action: str, **details: str) -> None:
    told = {"connection": str(row.connection_id), **details}
    audit.record(portal_id, str(user_id), action, str(row.our_id or row.customer_id or row.id), told)


def _require_free(portal_id: uuid.UUID, row: ProblemRow, their_id: str) -> None:
    other = store.linked_there(portal_id, row.connection_id, "customer", their_id)
    if other is not None and other != row.customer_id:
        label = provider_label(portal_id, row.connection_id)
        raise _refuse(
            Refused(
                f"That customer in {label} is linked to another one here. "
                "Unlink this one, then merge the two here."
            )
        )


def _customer(row: ProblemRow) -> uuid.UUID:
    if row.customer_id is None:
        raise _refuse(Conflict(GONE))
    return row.customer_id


def _contact(row: ProblemRow) -> uuid.UUID:
    if row.our_id is None:
        raise _refuse(Conflict(GONE))
    return row.our_id


def _refuse(error: Conflict | NotFound | Refused) -> Conflict | NotFound | Refused:
    """Give up what is held before a decision is refused."""
    db.session.rollback()
    return error
