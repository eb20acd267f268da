"""A draft: a sample contact before it has ids and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields of a contact and of its persons, the primary one first.

    age_of_edit says when it was last changed: 0 when it was made, 1 just now.
    """

    fields: dict[str, Any]
    persons: list[dict[str, Any]]
    age_of_edit: float = 0.0
