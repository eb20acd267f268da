"""What a review says of a customer in words: what it becomes, what is asked, and what moved meanwhile."""

from __future__ import annotations

from webapp.extensions import db
from webapp.store.customers import Customer
from webapp.store.mirror import MirrorCustomer
from webapp.store.runs import Run, RunItem

_LABELS = {
    "name": "Name",
    "company_name": "Company name",
    "website": "Website",
    "currency": "Currency",
    "active": "Active",
    "primary_name": "Primary contact",
    "primary_email": "E-mail",
    "primary_phone": "Phone",
    "contacts_count": "Contacts",
}


def words_of(item: RunItem, label: str, *, waiting: bool) -> str:
    """Say what becomes of a customer, or what is asked; ``waiting`` for the details of a merge."""
    if item.reason:
        return item.reason
    if item.action == "merge" and item.basis == "before":
        reading = f" Its details are being read from {label}." if waiting else ""
        return f"They were linked before, and are linked again: only what differs is written.{reading}"
    if item.action == "merge":
        reading = f"Its details are being read from {label}." if waiting else "Both hold the same afterwards."
        return f"Linked to the customer in your portal. {reading}"
    if item.action == "add":
        return "It is in the portal and linked already. It is only added to the project."
    if item.action == "clone":
        return _clone_words(item)
    if item.action == "skip":
        return "Left out this time. It will be offered again."
    return _question(item) if item.action == "ask" else ""


def _clone_words(item: RunItem) -> str:
    if item.namesakes:
        return "A second customer of this name is made and linked. The existing one is not touched."
    return "It is made and linked, beside the other one of this name."


def _question(item: RunItem) -> str:
    twins = f"{item.twins + 1} of the ticked customers have this name. " if item.twins else ""
    if item.candidates > 1:
        return f"{twins}{item.candidates} customers here have this name: say which one to merge with."
    if item.candidates == 1:
        return f"{twins}A customer of this name is here already."
    if item.namesakes:
        return f"{twins}The customer of this name here is linked to another one there: choose Clone or Skip."
    return f"{twins}Clone brings this one along as well, Skip leaves it out."


def changes_of(
    run: Run, item: RunItem, row: MirrorCustomer | None, label: str
) -> tuple[tuple[str, str, str], ...]:
    """Tell what moved: what it is called, before, after; in general where no field can be named."""
    if item.state != "changed":
        return ()
    changes = []
    if row is not None:
        before = {name: value for name, value in item.seen.items() if name != "ours"}
        changes += _differences(before, row)
        if not changes and (row.version != item.seen_theirs or row.contacts_digest != item.seen_contacts):
            changes.append((f"Details or contacts in {label}", "", ""))
    ours = item.seen.get("ours")
    current = db.session.get(Customer, (run.portal_id, item.our_id)) if ours and item.our_id else None
    if ours and current is not None:
        changes += [(f"Here: {what}", old, new) for what, old, new in _differences(ours, current)]
    return tuple(changes)


def _differences(before: dict[str, object], row: MirrorCustomer | Customer) -> list[tuple[str, str, str]]:
    return [
        (_LABELS[name], _text(old), _text(getattr(row, name)))
        for name, old in before.items()
        if old is not None and getattr(row, name) != old
    ]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
