"""The projects of the sample portal: who works on each, and the customers it is for, the first primary."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from webapp.extensions import db
from webapp.services import project_customers, project_members, projects
from webapp.store.columns import now
from webapp.store.customers import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A project as the sample tells it; ``begins`` and ``ends`` are weeks from today."""

    key: str
    name: str
    status: str
    currency: str
    begins: int
    ends: int
    description: str
    members: tuple[str, ...]
    customers: tuple[str, ...]


PROJECTS = (
    Sample(
        key="HAF", name="Hafenblick relaunch", status="active", currency="EUR", begins=-9, ends=12,
        description="New pages for letting flats.\nThe photographs come from the customer.",
        members=("lead@nordlicht.example", "plain@nordlicht.example"),
        customers=("Hafenblick Immobilien GmbH", "Stadtbibliothek Lüneburg"),
    ),
    Sample(
        key="KAF", name="Kaffeerösterei: shop", status="planned", currency="EUR", begins=3, ends=20,
        description="Labels for six roasts, then the shop.",
        members=("lead@nordlicht.example",),
        customers=(),
    ),
    Sample(
        key="MESA", name="Blue Mesa catalogue", status="on hold", currency="USD", begins=-20, ends=6,
        description="The autumn catalogue, waiting for prices.",
        members=("finance@nordlicht.example",),
        customers=("Blue Mesa Outfitters, Inc.",),
    ),
    Sample(
        key="WATT", name="Wattläufer website", status="completed", currency="EUR", begins=-40, ends=-8,
        description="",
        members=("plain@nordlicht.example",),
        customers=("Wattläufer Reisen",),
    ),
)  # fmt: skip


def add_projects(portal_id: uuid.UUID, people: dict[str, uuid.UUID], owner: uuid.UUID) -> None:
    """Make the sample's projects; ``people`` are its users by e-mail."""
    for sample in PROJECTS:
        made = projects.add(portal_id, owner, _typed(sample)).id
        project_members.add(portal_id, made, [people[each] for each in sample.members], owner)
        for name in sample.customers:
            found = select(Customer.id).where(Customer.portal_id == portal_id, Customer.name == name)
            project_customers.add(portal_id, made, db.session.scalars(found).all(), owner)
        projects.set_status(portal_id, made, owner, sample.status)


def _typed(sample: Sample) -> dict[str, str]:
    return {
        "name": sample.name,
        "key": sample.key,
        "status": "active",
        "currency": sample.currency,
        "starts_on": _day(sample.begins),
        "ends_on": _day(sample.ends),
        "description": sample.description,
    }


def _day(weeks: int) -> str:
    today: date = now().date()
    return (today + timedelta(weeks=weeks)).isoformat()
