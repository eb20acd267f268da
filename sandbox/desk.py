"""The desk an edit is done at: one organization's register, at one moment, under the settings in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.records import Comment, Contact
from sandbox.register import Register
from sandbox.settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """What an edit needs to know; `reserve_ids(n)` returns the first of n ids nobody has."""

    register: Register
    settings: Settings
    now: int
    reserve_ids: Callable[[int], int]

    def next_id(self) -> str:
        """Return an id above all earlier ones."""
        return str(self.reserve_ids(1))

    def comment(self, contact: Contact, description: str, operation: str = "updated") -> None:
        """Write a line into a contact's history."""
        line = Comment(self.next_id(), self.now, description, operation)
        self.register.comments.setdefault(contact.id, []).append(line)
