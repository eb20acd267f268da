"""One organization's register: its contacts and persons, with the indexes that keep 100,000 of them quick."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.records import Comment, Contact, Organization, Person

Key = tuple[Any, str]


def fold(name: str) -> str:
    """Return a name as Zoho compares it: case folded, white space collapsed."""
    return " ".join(name.split()).casefold() if name else name


def _primary_key(name: str) -> Callable[[Contact], str]:
    return lambda contact: getattr(contact.primary, name, "").casefold()


SORT_KEYS: dict[str, Callable[[Contact], Any]] = {
    "contact_name": lambda contact: contact.name.casefold(),
    "first_name": _primary_key("first_name"),
    "last_name": _primary_key("last_name"),
    "email": _primary_key("email"),
    "outstanding_receivable_amount": lambda contact: contact.outstanding_receivable_amount,
    "created_time": lambda contact: contact.created,
    "last_modified_time": lambda contact: contact.modified,
}


class Register:
    """The contacts and persons of one organization; whoever changes a contact calls `refile` afterwards."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.contacts: dict[str, Contact] = {}
        self.persons: dict[str, Person] = {}
        self.comments: dict[str, list[Comment]] = {}
        self._changed: set[str] = set()
        self._untold: dict[str, None] = {}
        self._ids_by_name: dict[str, str] = {}
        self._names_by_id: dict[str, str] = {}
        self._orders: dict[str, _Order] = {}
        self._matches: dict[Hashable, Matches] = {}
        self._persons_by_id: list[Person] | None = None

    def move_to(self, time_zone: str) -> None:
        """Let the organization live in another time zone; raise ValueError if there is none of that name."""
        try:
            ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
            raise ValueError(f"There is no time zone {time_zone!r}.") from None
        self.organization = replace(self.organization, time_zone=time_zone)

    def file(self, contact: Contact) -> None:
        """Take in a new contact with its persons."""
        self.contacts[contact.id] = contact
        for person in contact.persons:
            self.persons[person.id] = person
        self.refile(contact)

    def refile(self, contact: Contact) -> None:
        """Bring names, orders and lists up to date after a change to the contact."""
        name = fold(contact.name)
        earlier = self._names_by_id.get(contact.id)
        if earlier != name:
            if earlier is not None:
                self._ids_by_name.pop(earlier, None)
            self._names_by_id[contact.id] = name
            self._ids_by_name[name] = contact.id
        for order in self._orders.values():
            order.put(contact)
        self._note(contact.id)
        self._forget_lists()

    def drop(self, contact: Contact) -> None:
        """Forget a contact and its persons."""
        del self.contacts[contact.id]
        self.comments.pop(contact.id, None)
        self._ids_by_name.pop(self._names_by_id.pop(contact.id), None)
        for person in contact.persons:
            del self.persons[person.id]
        for order in self._orders.values():
            order.drop(contact.id)
        self._note(contact.id)
        self._forget_lists()

    def clear(self) -> None:
        """Forget every contact."""
        for contact_id in self.contacts:
            self._note(contact_id)
        kinds = (
            self.contacts,
            self.persons,
            self.comments,
            self._ids_by_name,
            self._names_by_id,
            self._orders,
        )
        for kept in kinds:
            kept.clear()
        self._forget_lists()

    def take_changed(self) -> set[str]:
        """Return the ids of all contacts that came, changed or went since the last time this was asked."""
        changed, self._changed = self._changed, set()
        return changed

    def take_untold(self) -> list[str]:
        """Return the ids of these contacts since the last time this was asked, the earliest change first."""
        untold, self._untold = self._untold, {}
        return list(untold)

    def named(self, name: str) -> Contact | None:
        """Find the contact that has this name, whatever its case and spacing."""
        contact_id = self._ids_by_name.get(fold(name))
        return None if contact_id is None else self.contacts[contact_id]

    def persons_by_id(self) -> list[Person]:
        """Return every person in ascending order of ids."""
        if self._persons_by_id is None:
            self._persons_by_id = sorted(self.persons.values(), key=lambda person: person.id)
        return self._persons_by_id

    def matches(
        self, key: Hashable, column: str, *, descending: bool, wanted: Callable[[Contact], bool]
    ) -> Matches:
        """Return the contacts that are wanted, in the order asked for; kept under `key` until a change."""
        found = self._matches.get(key)
        if found is None:
            if len(self._matches) > 50:
                self._matches.clear()
            order = self._orders.get(column)
            if order is None:
                order = self._orders[column] = _Order(SORT_KEYS[column], self.contacts.values())
            ids = order.ids(descending=descending)
            found = self._matches[key] = Matches(filter(wanted, map(self.contacts.__getitem__, ids)))
        return found

    def _note(self, contact_id: str) -> None:
        self._changed.add(contact_id)
        self._untold[contact_id] = None

    def _forget_lists(self) -> None:
        self._matches.clear()
        self._persons_by_id = None


class Matches:
    """A list of contacts that is only worked out as far as it was paged through."""

    def __init__(self, rest: Iterator[Contact]) -> None:
        self._rest = rest
        self._found: list[Contact] = []

    def page(self, number: int, size: int) -> tuple[list[Contact], bool]:
        """Return one page, counted from 1, and whether there is another."""
        missing = number * size + 1 - len(self._found)
        self._found.extend(islice(self._rest, max(0, missing)))
        return self._found[(number - 1) * size : number * size], len(self._found) > number * size


class _Order:
    """The ids of all contacts in the order of one column, kept up to date one by one."""

    def __init__(self, key: Callable[[Contact], Any], contacts: Any) -> None:
        self._key = key
        self._keys: dict[str, Key] = {contact.id: (key(contact), contact.id) for contact in contacts}
        self._sorted: list[Key] = sorted(self._keys.values())

    def put(self, contact: Contact) -> None:
        key = (self._key(contact), contact.id)
        if self._keys.get(contact.id) != key:
            self.drop(contact.id)
            self._keys[contact.id] = key
            insort(self._sorted, key)

    def drop(self, contact_id: str) -> None:
        key = self._keys.pop(contact_id, None)
        if key is not None:
            del self._sorted[bisect_left(self._sorted, key)]

    def ids(self, *, descending: bool) -> Iterator[str]:
        ordered = reversed(self._sorted) if descending else iter(self._sorted)
        return (contact_id for _, contact_id in ordered)
