"""Which contact here is which contact there: by link, then by e-mail, then by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from webapp.sdk.records import ContactData, ContactRecord
from webapp.sync.link import Link
from webapp.sync.normal import email_key, name_key

Why = Literal["linked", "same e-mail", "same name"]
Contacts = Sequence[ContactRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two contacts that are one person, and why we think so."""

    ours: ContactRecord
    theirs: ContactRecord
    why: Why
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Widow:
    """A link of which one side, or both, was not found."""

    link: Link
    ours: ContactRecord | None
    theirs: ContactRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """All contacts of one customer, each exactly once."""

    pairs: tuple[Pair, ...]
    ours_alone: tuple[ContactRecord, ...]
    theirs_alone: tuple[ContactRecord, ...]
    widows: tuple[Widow, ...]


def pair_contacts(ours: Contacts, theirs: Contacts, links: Iterable[Link] = ()) -> Pairing:
    """Pair the contacts of two sides, one to one.

    Only a unique match counts: where several share an e-mail, the name decides within that e-mail. The
    result does not depend on the order of either side.
    """
    pairs: list[Pair] = []
    widows: list[Widow] = []
    here, there = {contact.id: contact for contact in ours}, {contact.id: contact for contact in theirs}
    for link in links:
        mine, its = here.pop(link.our_id, None), there.pop(link.their_id, None)
        if mine and its:
            pairs.append(Pair(ours=mine, theirs=its, why="linked", link=link))
        else:
            widows.append(Widow(link=link, ours=mine, theirs=its))
    for mine, its, why in _matches(list(here.values()), list(there.values())):
        pairs.append(Pair(ours=here.pop(mine.id), theirs=there.pop(its.id), why=why))
    return Pairing(
        pairs=tuple(pairs),
        ours_alone=tuple(here.values()),
        theirs_alone=tuple(there.values()),
        widows=tuple(widows),
    )


def contact_name(data: ContactData) -> str:
    """Return a contact's full name."""
    return " ".join(part for part in (data.first_name, data.last_name) if part)


def _matches(ours: Contacts, theirs: Contacts) -> Iterator[tuple[ContactRecord, ContactRecord, Why]]:
    matched: set[str] = set()
    for mine, its in _by_email(ours, theirs):
        matched |= {f"ours {mine.id}", f"theirs {its.id}"}
        yield mine, its, "same e-mail"
    for mine, its in _unique(
        [contact for contact in ours if f"ours {contact.id}" not in matched],
        [contact for contact in theirs if f"theirs {contact.id}" not in matched],
        _name,
    ):
        yield mine, its, "same name"


def _by_email(ours: Contacts, theirs: Contacts) -> Iterator[tuple[ContactRecord, ContactRecord]]:
    here, there = _groups(ours, _email), _groups(theirs, _email)
    for email, mine in here.items():
        its = there.get(email, [])
        if len(mine) == len(its) == 1:
            yield mine[0], its[0]
        elif its:
            yield from _unique(mine, its, _name)


def _unique(
    ours: Contacts, theirs: Contacts, key: Callable[[ContactRecord], str]
) -> Iterator[tuple[ContactRecord, ContactRecord]]:
    there = _groups(theirs, key)
    for value, mine in _groups(ours, key).items():
        its = there.get(value, [])
        if len(mine) == len(its) == 1:
            yield mine[0], its[0]


def _groups(contacts: Contacts, key: Callable[[ContactRecord], str]) -> Mapping[str, list[ContactRecord]]:
    groups: defaultdict[str, list[ContactRecord]] = defaultdict(list)
    for contact in contacts:
        if value := key(contact):
            groups[value].append(contact)
    return groups


def _email(contact: ContactRecord) -> str:
    return email_key(contact.data.email)


def _name(contact: ContactRecord) -> str:
    return name_key(contact_name(contact.data))
