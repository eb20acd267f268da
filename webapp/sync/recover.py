"""What became of a write that may have been sent before a crash.

A twin that merely looks equal proves nothing: it may have been there before. So the intent names the ids
that existed, and only a new one can be ours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from webapp.sdk.directory import CustomerDetail
from webapp.sdk.records import ContactRecord, Value
from webapp.sync.ledger import Intent
from webapp.sync.link import (
    Data,
    Fields,
    Kind,
    Link,
    Record,
    agreeing,
    fields_of,
    kind_of,
    known,
    with_primary,
)
from webapp.sync.normal import name_key
from webapp.sync.steps import Loss


@dataclass(frozen=True, slots=True)
class CreateAgain:
    """Nothing new is there: the create never arrived."""


@dataclass(frozen=True, slots=True)
class Adopt:
    """The create arrived: this contact is the one."""

    their_id: str


@dataclass(frozen=True, slots=True)
class Hold:
    """It cannot be told. A person looks; until then neither ours nor these are planned."""

    their_ids: tuple[str, ...]


Recovery = CreateAgain | Adopt | Hold


def recover_create(intent: Intent, existing_now: Iterable[ContactRecord]) -> Recovery:
    """Decide about an intent that was never fulfilled, by what its customer has at the provider now."""
    new = [contact for contact in existing_now if contact.id not in intent.existing]
    if not new:
        return CreateAgain()
    if len(new) == 1 and _is_what_was_sent(intent, new[0]):
        return Adopt(new[0].id)
    return Hold(tuple(sorted(contact.id for contact in new)))


def adopted_link(intent: Intent, record: ContactRecord) -> Link:
    """Link our contact with the one its create made there.

    What was not sent was not agreed on, nor what is there in its place by now: somebody may have edited it.
    """
    there = known(fields_of(record.data))
    sent = {
        name: value
        for name, value in known(fields_of(intent.data)).items()
        if name != "primary" and (name not in there or _is_alike(value, there[name]))
    }
    told = {name: there.get(name, value) for name, value in sent.items()}
    if "primary" in there:
        told["primary"] = there["primary"]
    return Link(
        kind="contact",
        our_id=intent.our_id,
        their_id=record.id,
        agreed_ours=sent,
        agreed_theirs=told,
        agreed_their_version=record.version,
    )


def arrived(changes: Fields, record: Data) -> dict[str, Value]:
    """Return what is to be seen, in what a record holds now, of an update that may have been sent.

    One that takes two calls may have arrived in part.
    """
    there = fields_of(record)
    return {name: value for name, value in changes.items() if there.get(name) == value}


def lost(losses: Iterable[Loss], record: Record) -> tuple[Loss, ...]:
    """Return the values that stood in a record when an update of it was sent, and do not any more.

    A mapping may have let the update arrive as something else than was sent: then it is not ``arrived``, and
    yet it took their place.
    """
    there = fields_of(record.data)
    return tuple(loss for loss in losses if loss.field == "primary" or there.get(loss.field) != loss.lost)


def updated_links(links: Iterable[Link], arrived: Fields, record: Record) -> tuple[Link, ...]:
    """Return the links that move since an update of ``record`` has ``arrived``: both sides agreed on that.

    ``links`` are those of its customer and of the contacts of that. Whatever was edited here meanwhile is a
    change since then.
    """
    moved = []
    for link in links:
        after = link
        if link.their_id == record.id and link.kind == kind_of(record):
            after = replace(agreeing(link, ours=arrived, theirs=arrived), agreed_their_version=record.version)
        if arrived.get("primary") is True:
            after = with_primary(after, primary=after.their_id == record.id)
        if after is not link:
            moved.append(after)
    return tuple(moved)


def was_deleted(kind: Kind, their_id: str, reading: CustomerDetail | None, moved: Collection[str]) -> bool:
    """Tell whether a deletion that may have been sent arrived, by a reading of its customer; ``None``: gone.

    ``moved`` are contacts of that customer that another one there has by now. A merge took them along: they
    were not deleted, and neither was the customer that was taken in with them.
    """
    if kind == "customer":
        return reading is None and not moved
    there = {contact.id for contact in reading.contacts} if reading else set()
    return their_id not in there and their_id not in moved


def ended_links(links: Iterable[Link], kind: Kind, their_id: str) -> tuple[Link, ...]:
    """Return the links that end since a record there was deleted: of a customer, its contacts' as well.

    ``links`` are those of its customer and of the contacts of that. A customer that is linked to another one
    there by now keeps all of them.
    """
    links = tuple(links)
    ended = tuple(link for link in links if (link.kind, link.their_id) == (kind, their_id))
    return links if ended and kind == "customer" else ended


def _is_alike(sent: Value, there: Value) -> bool:
    """Tell whether two values are one but for case and space, which a mapping may change."""
    if isinstance(sent, str) and isinstance(there, str):
        return name_key(sent) == name_key(there)
    return sent == there


def _is_what_was_sent(intent: Intent, record: ContactRecord) -> bool:
    sent, there = known(fields_of(intent.data)), known(fields_of(record.data))
    return all(there[name] == sent[name] for name in sent.keys() & there.keys() - {"primary"})
