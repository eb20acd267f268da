"""What can be picked: the mirror's customers, each with its state beside the portal's links and customers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

STATES = ("", "new", "same_name", "imported", "inactive")
"""What the picker can be filtered for; blank is all."""

SORTS = ("name", "-name", "changed", "contacts")
"""How the picker can be sorted: by name either way, last changed there first, most contacts first."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows; ``more`` says that counting stopped there ("1,000+")."""

    value: int
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRow:
    """One customer at the provider as the picker shows it.

    ``state`` is new, imported, same_name or inactive. ``our_id`` and ``our_name`` name the customer here that it is
    linked to or shares its name with (``namesakes`` of them). ``why`` says why a row cannot be ticked and what would
    enable it, or what comes next. ``match`` names the person the search found when it is not the primary contact.
    ``contacts`` is None while they were not read.
    """

    their_id: str
    name: str
    primary_name: str
    primary_email: str
    primary_phone: str
    currency: str
    contacts: int | None
    active: bool
    state: str
    why: str
    match: str
    our_id: uuid.UUID | None
    our_name: str
    namesakes: int
    selectable: bool
    selected: bool
