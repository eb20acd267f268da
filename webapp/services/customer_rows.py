"""Customers as the list shows them: a row each, with the first of their people."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from webapp.services.client_users import ClientState, state_in_brief


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact as a list shows it, with where it stands as a ``client`` user."""

    id: uuid.UUID
    name: str
    designation: str
    email: str
    phone: str
    primary: bool
    client: ClientState


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A customer as the list shows it: the first people of ``people_count``, and whether it is in sync.

    ``linked`` are the ids of the connections it is linked to, none meaning "only here"; ``new`` from the
    last import.
    """

    id: uuid.UUID
    name: str
    currency: str
    active: bool
    people: tuple[Person, ...]
    people_count: int
    linked: tuple[uuid.UUID, ...]
    new: bool
    ticked: bool = False


def row_of(row: Row[Any]) -> CustomerRow:
    """Take what is shown of a customer from what the list read of it."""
    return CustomerRow(
        id=row.id,
        name=row.name,
        currency=row.currency,
        active=row.active,
        people=tuple(_person(each) for each in row.people or ()),
        people_count=row.people_count,
        linked=tuple(row.linked),
        new=row.new,
        ticked=bool(row._mapping.get("ticked")),
    )


def _person(told: dict[str, Any]) -> Person:
    name = " ".join(part for part in (told["first_name"], told["last_name"]) if part)
    return Person(
        id=uuid.UUID(told["id"]),
        name=name or told["email"] or "",
        designation=told["designation"] or "",
        email=told["email"] or "",
        phone=told["phone"] or told["mobile"] or "",
        primary=told["primary"],
        client=state_in_brief(
            came=told["came"],
            disabled=told["disabled"],
            invited_to=told["invited_to"],
            works=told["works"],
            email=told["email"] or "",
        ),
    )
