"""Unlinking: how the links of a customer end, and what is told of writes that nobody will ask about."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from webapp.services import audit
from webapp.store import conflict_list, history, intents, links, problem_list
from webapp.store.history import EntryData
from webapp.store.intents import Intent
from webapp.store.links import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Whether there were links that ended, and the writes of which it is not known whether they arrived."""

    linked: bool
    in_doubt: tuple[Intent, ...]


def end_links(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    customer_id: uuid.UUID,
    actor: str,
    *,
    run_id: uuid.UUID | None = None,
) -> Ended:
    """End the links of a customer the caller holds, and of its contacts.

    What waited of them for a person waits no longer. What may have been sent is told as such; the caller
    audits it (``audit_given_up``) once no more rows are to be locked.
    """
    conflict_list.forget_customer(portal_id, connection_id, customer_id)
    problem_list.forget_customer(portal_id, connection_id, customer_id)
    ended = links.of_customer_and_contacts(portal_id, customer_id, connection_id)
    links.end(portal_id, connection_id, [links.as_value(row) for row in ended])
    in_doubt = give_up(portal_id, connection_id, customer_id)
    if ended:
        history.add(portal_id, [_unlinked(ended, customer_id)], actor=actor, run_id=run_id)
    return Ended(linked=bool(ended), in_doubt=tuple(in_doubt))


def give_up(portal_id: uuid.UUID, connection_id: uuid.UUID, customer_id: uuid.UUID) -> list[Intent]:
    """Drop the writes for a customer and its contacts that are in doubt, and tell the history of them."""
    rows = intents.give_up(portal_id, connection_id, customer_id)
    for row in rows:
        entries = map(history.from_json, row.told)
        told = [replace(entry, action=f"maybe_{entry.action}") for entry in entries]
        history.add(portal_id, told, actor=row.actor, run_id=row.run_id)
    return rows


def audit_given_up(portal_id: uuid.UUID, rows: Iterable[Intent]) -> None:
    """Write down writes there of which nobody will find out whether they arrived."""
    for row in rows:
        details = {
            "connection": str(row.connection_id),
            "run": str(row.run_id) if row.run_id else "",
            "fields": sorted(name for name, value in row.sent.items() if value not in (None, "")),
            "customer": row.their_customer_id,
        }
        audit.record(portal_id, row.auditor, f"provider.{_deed(row)}_in_doubt", row.their_id, details)


def _deed(row: Intent) -> str:
    verb = "update" if intents.is_update(row) else "deletion" if intents.is_delete(row) else "creation"
    return f"{intents.record_kind(row)}_{verb}"


def _unlinked(ended: Collection[Link], customer_id: uuid.UUID) -> EntryData:
    """Tell in one entry that the links ended; both sides keep every value, so there is none to tell."""
    twin = next((row.their_id for row in ended if row.kind == "customer"), None)
    people = sum(row.kind == "contact" for row in ended)
    return EntryData(
        kind="customer",
        record_id=customer_id,
        customer_id=customer_id,
        action="unlinked",
        old=twin,
        new=f"with {people} contact{'s' if people > 1 else ''}" if people else None,
    )
