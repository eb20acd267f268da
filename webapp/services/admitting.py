"""Taking customers into a project in the caller's transaction: of its currency only, and while it goes on.

Customers are locked before the project, and both before the audit's chain.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from webapp.extensions import db
from webapp.sdk import Skip
from webapp.services.errors import NotFound, Refused
from webapp.services.project_rights import UNKNOWN, why_no_import
from webapp.store import history, project_currencies
from webapp.store import project_people as store
from webapp.store.customers import Customer
from webapp.store.history import EntryData
from webapp.store.portals import Portal
from webapp.store.projects import OVER, Project
from webapp.store.run_data import RunData


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What came of it: the customers that are in the project now and were not, and why others are not."""

    added: tuple[uuid.UUID, ...]
    refused: dict[uuid.UUID, str] = field(default_factory=dict)


def admit(
    portal_id: uuid.UUID,
    project_id: uuid.UUID,
    customer_ids: Collection[uuid.UUID],
    *,
    actor: str,
    run_id: uuid.UUID | None = None,
) -> Admitted:
    """Have a project be for customers too, as far as it takes them.

    One without a currency gets the portal's base currency. Raises ``NotFound`` for an unknown project and
    ``Refused`` for one that is over.
    """
    held = {each.id: each for each in store.held_customers(portal_id, customer_ids)}
    project = locked_project(portal_id, project_id)
    base = base_currency(portal_id)
    refused = {each: _why_not(held.get(each), project, base) for each in customer_ids}
    fitting = [each for each in customer_ids if not refused[each]]
    given = project_currencies.give(portal_id, fitting, base)
    told = [
        EntryData(
            kind="customer", record_id=each, customer_id=each, action="changed", field="currency", new=base
        )
        for each in given
    ]
    history.add(portal_id, told, actor=actor, run_id=run_id)
    added = store.add_customers(portal_id, project_id, fitting, run_id=run_id)
    return Admitted(
        added=tuple(each for each in fitting if each in added),
        refused={each: why for each, why in refused.items() if why},
    )


def why_not(run: RunData) -> str:
    """Say why an import may not go on into its project; blank if it may, and for one into the portal."""
    return why_no_import(run.portal_id, run.project_id, run.started_by) if run.project_id else ""


def take_in(run: RunData, customer_ids: Collection[uuid.UUID], *, begun: bool) -> None:
    """Have the project of an import be for customers, in the commit of whoever carries it out.

    Raises ``Skip`` where that may not be, or not any more; what was ``begun`` at the provider is brought to
    its end by whoever began it.
    """
    if run.project_id is None:
        return
    why = "" if begun else why_no_import(run.portal_id, run.project_id, run.started_by)
    if why:
        raise Skip(why)
    actor = str(run.started_by or f"provider:{run.connection_id}")
    try:
        done = admit(run.portal_id, run.project_id, customer_ids, actor=actor, run_id=run.id)
    except (NotFound, Refused) as error:
        raise Skip(error.reason) from error
    if done.refused:
        raise Skip(" ".join(done.refused.values()))


def take_currency_back(
    portal_id: uuid.UUID, run_id: uuid.UUID, customer_id: uuid.UUID, *, actor: str, undo_id: uuid.UUID
) -> str:
    """Take a currency back that an import gave to a customer, held and off its project; say why it stays."""
    given = project_currencies.given_by(portal_id, run_id, customer_id)
    if not given:
        return ""
    if not project_currencies.take(portal_id, customer_id):
        return f"It keeps {given}, the currency it got: it is in another project."
    told = EntryData(
        kind="customer",
        record_id=customer_id,
        customer_id=customer_id,
        action="changed",
        field="currency",
        old=given,
        new="",
    )
    history.add(portal_id, [told], actor=actor, run_id=undo_id)
    return ""


def locked_project(portal_id: uuid.UUID, project_id: uuid.UUID) -> Project:
    """Hold a project that goes on; raises ``NotFound`` and ``Refused``."""
    project = store.locked(portal_id, project_id)
    if project is None:
        raise NotFound(UNKNOWN)
    if project.status in OVER:
        raise Refused(f"“{project.name}” is {project.status}: reopen it to add customers.")
    return project


def base_currency(portal_id: uuid.UUID) -> str:
    """Return the currency of the portal, which a customer without one gets."""
    return db.session.get_one(Portal, portal_id).currency


def _why_not(customer: Customer | None, project: Project, base: str) -> str:
    if customer is None:
        return "It is not here any more."
    currency = customer.currency or base
    if currency == project.currency:
        return ""
    return f"{customer.name} is billed in {currency}, and “{project.name}” is in {project.currency}."
