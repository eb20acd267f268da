"""The plan of an import, and of a sync: what brings one customer and its contacts to agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeVar

from webapp.sdk.directory import CustomerDetail
from webapp.sdk.provider import Capabilities
from webapp.sdk.records import ContactRecord, CustomerRecord
from webapp.sync.draft import Draft
from webapp.sync.link import Link, Side, fields_of, known
from webapp.sync.merge import Rule, any_changed, changed
from webapp.sync.people import edited, plan_people
from webapp.sync.shared import SharedFields, leaders, sharing
from webapp.sync.steps import (
    Choices,
    Delete,
    Limits,
    OpenItem,
    OurCustomer,
    Plan,
    Restore,
    TheirCustomer,
    Unlink,
)
from webapp.sync.terms import Terms, Vet, as_planned

Of = TypeVar("Of", OurCustomer, TheirCustomer)

NO_FIELDS: SharedFields = {}

Answer = Literal["create", "merge", "clone"]
"""What to do with a provider's customer: ``create`` and ``clone`` make a new one, ``merge`` takes ours."""


def plan_import(
    theirs: CustomerDetail,
    ours: OurCustomer | None,
    answer: Answer,
    *,
    choices: Choices | None = None,
    limits: Limits | None = None,
    vet: Vet = as_planned,
    shared: SharedFields = NO_FIELDS,
) -> Plan:
    """Plan bringing over one customer of the provider with its contacts.

    A merge that was begun before is taken up where it stands: give the links it left in ``ours``.
    """
    terms = Terms(limits=limits or Limits(), choices=choices or Choices(), vet=vet, shared=shared)
    seen = TheirCustomer(customer=sharing(theirs.customer, shared), contacts=theirs.contacts)
    if answer == "merge":
        if ours is None:
            raise ValueError("A merge needs the customer to merge with.")
        return _plan_merge(_sharing(ours, shared), sharing(theirs.customer, shared), seen, terms)
    draft = Draft(None, theirs.customer.id, terms)
    from_there = {name for name in shared if leaders(shared).get(name) != "ours"}
    if draft.create(draft.customer, "ours", sharing(theirs.customer, from_there), reason="imported"):
        plan_people(draft, None, seen, deletions=False)
    return draft.plan((), _ids(seen))


def plan_sync(
    ours: OurCustomer,
    theirs: TheirCustomer,
    *,
    rule: Rule,
    capabilities: Capabilities,
    limits: Limits | None = None,
    vet: Vet = as_planned,
    shared: SharedFields = NO_FIELDS,
) -> Plan:
    """Plan what brings a linked customer and its contacts to agreement again.

    Without ``limits``, theirs are those of the capabilities and the portal has none.
    """
    link = ours.link
    if link is None:
        raise ValueError("Only linked customers are synced: import it, or link it, first.")
    limits = limits or Limits(theirs=capabilities.max_lengths)
    terms = Terms(limits=limits, rule=rule, inactive=capabilities.inactive, vet=vet, shared=shared)
    ours, theirs = _sharing(ours, shared), _sharing(theirs, shared)
    draft = Draft(ours.customer.id, link.their_id, terms)
    draft.carry((link, *ours.contact_links))
    if theirs.customer is None:
        _plan_missing_there(draft, ours, link, theirs)
    elif ours.deleted:
        _plan_deleted_here(draft, ours, link, theirs, theirs.customer, capabilities)
    else:
        _plan_both(draft, ours, link, theirs, theirs.customer)
    return draft.plan(_ids(ours), _ids(theirs))


def may_be_merged(ours: OurCustomer, theirs: TheirCustomer) -> bool:
    """Tell whether the twin vanished or went inactive: then another one there may have taken it in."""
    if ours.deleted or ours.link is None:
        return False
    return theirs.gone if theirs.customer is None else _went_inactive(ours.link, theirs.customer)


def _plan_merge(ours: OurCustomer, customer: CustomerRecord, theirs: TheirCustomer, terms: Terms) -> Plan:
    draft = Draft(ours.customer.id, customer.id, terms)
    if draft.merge(ours.customer, customer, ours.link, why="merged") or ours.link:
        plan_people(draft, ours, theirs, deletions=False)
    return draft.plan(_ids(ours), _ids(theirs))


def _plan_both(
    draft: Draft, ours: OurCustomer, link: Link, theirs: TheirCustomer, customer: CustomerRecord
) -> None:
    """Plan a customer that lives on both sides; one that is refused does not keep its contacts back."""
    if theirs.survivors and _went_inactive(link, customer) and ours.customer.data.active:
        reason = (
            "It went inactive there, and another customer is like it: link it to that one, or mark it "
            "inactive here as well."
        )
        _ask_about_merge(draft, theirs.survivors, reason)
        # Who agrees on it now would not be asked any more.
        customer = replace(customer, data=replace(customer.data, active=None))
    draft.merge(ours.customer, customer, link, why="alike")
    plan_people(draft, ours, theirs, deletions=True)


def _plan_missing_there(draft: Draft, ours: OurCustomer, link: Link, theirs: TheirCustomer) -> None:
    fields = fields_of(ours.customer.data)
    if not theirs.gone:
        draft.unconfirmed.append(link.their_id)
    elif ours.deleted:
        draft.steps.append(
            Unlink(ref=draft.customer, link=link, along=ours.contact_links, reason="deleted on both sides")
        )
    elif theirs.survivors:
        _ask_about_merge(draft, theirs.survivors, "It is gone there, and another customer is like it.")
    elif any_changed(fields, link.agreed_ours) or edited(ours.contacts, ours.contact_links, "ours"):
        reason = (
            "It was deleted there and edited here. Customers are never created there: unlink or delete it."
        )
        draft.open_items.append(OpenItem(ref=draft.customer, question="gone there", reason=reason))
    else:
        _delete(draft, "ours", ours.customer, ours.contacts, (link, *ours.contact_links))


def _plan_deleted_here(
    draft: Draft,
    ours: OurCustomer,
    link: Link,
    theirs: TheirCustomer,
    customer: CustomerRecord,
    capabilities: Capabilities,
) -> None:
    if _edited_there(link, customer) or edited(theirs.contacts, ours.contact_links, "theirs"):
        reason = "edited there after it was deleted here"
        draft.steps.append(Restore(ref=draft.customer, reason=reason))
        draft.merge(ours.customer, customer, link, why=reason)
    elif not capabilities.deletes_customers:
        reason = (
            "The provider does not delete customers: mark it inactive there, unlink it, or restore it here."
        )
        draft.open_items.append(
            OpenItem(ref=draft.customer, question="cannot be deleted there", reason=reason)
        )
    else:
        _delete(draft, "theirs", customer, theirs.contacts, (link, *ours.contact_links))


def _edited_there(link: Link, customer: CustomerRecord) -> bool:
    """Tell whether a customer was edited there since both agreed.

    What is read for the first time of one that did not move since is older than the agreement: no edit.
    """
    fields = fields_of(customer.data)
    if customer.version is not None and customer.version == link.agreed_their_version:
        fields = {name: fields[name] for name in known(link.agreed_theirs) if name in fields}
    return any_changed(fields, link.agreed_theirs)


def _went_inactive(link: Link, customer: CustomerRecord) -> bool:
    return customer.data.active is False and changed(False, link.agreed_theirs.get("active"))


def _ask_about_merge(draft: Draft, survivors: tuple[str, ...], reason: str) -> None:
    draft.open_items.append(
        OpenItem(ref=draft.customer, question="merged there", reason=reason, survivors=survivors)
    )


def _delete(
    draft: Draft,
    side: Side,
    customer: CustomerRecord,
    contacts: Sequence[ContactRecord],
    links: tuple[Link, ...],
) -> None:
    draft.steps.append(
        Delete(
            ref=draft.customer,
            side=side,
            before=fields_of(customer.data),
            contacts={contact.id: fields_of(contact.data) for contact in contacts},
            link=links[0],
            along=links[1:],
            reason="deleted there" if side == "ours" else "deleted here",
        )
    )


def _sharing(side: Of, shared: SharedFields) -> Of:
    """Leave out the custom fields a plan is not about: other connections', and those not shared."""
    return replace(side, customer=sharing(side.customer, shared)) if side.customer else side


def _ids(side: OurCustomer | TheirCustomer) -> tuple[str, ...]:
    return tuple(contact.id for contact in side.contacts)
