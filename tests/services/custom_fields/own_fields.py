"""What a customer has at a provider with custom fields of its own, and what of it is held here."""

from __future__ import annotations

from webapp.sdk import CustomField
from webapp.services import custom_fields, customers, editing
from webapp.services.holding import customer_fields
from webapp.services.typed import Form

TIER = CustomField(key="tier", label="Tier", kind="choice", choices=("Basic", "Plus", "Premium"))
SINCE = CustomField(key="since", label="Since", kind="date")
SCORE = CustomField(key="score", label="Score", kind="number", direction="from_provider")
CODE = CustomField(key="code", label="Code", max_length=6, required=True)
ALL = [TIER, SINCE, SCORE, CODE]
HELD = {"tier": "Plus", "since": "2024-03-01", "score": "7", "code": "A1"}


def choose(synced, **ways):
    """Choose which way fields go, as a person does who looked at them just now."""
    place = (synced.portal_id, synced.connection_id)
    seen = custom_fields.choosing(*place).seen
    return custom_fields.choose(*place, ways, seen=seen, user_id=synced.imports.place.user_id)


def linked(synced, **ways):
    """Import Arc, choose, and wait until all is quiet."""
    [(our_id, their_id)] = synced.linked("Arc", custom_fields=HELD)
    if ways:
        choose(synced, **ways)
        synced.look()
    synced.theirs.calls.clear()
    return our_id, their_id


def name_of(synced, key):
    return f"custom.{synced.connection_id}.{key}"


def held(synced, our_id):
    """Return what a customer here holds, by key."""
    return {name.rpartition(".")[2]: value for name, value in synced.here(our_id).custom_fields.items()}


def held_there(synced, their_id):
    return dict(synced.there(their_id).customer.data.custom_fields)


def edit(synced, our_id, **typed):
    """Save the form of a customer, as somebody sees it now, with custom fields typed in it."""
    row = synced.here(our_id)
    form = Form(
        version=row.version,
        seen=customer_fields(row),
        typed={name_of(synced, key): value for key, value in typed.items()},
    )
    return editing.edit_customer(synced.portal_id, our_id, synced.imports.place.user_id, form)


def shown(synced, our_id):
    """Return the label and the fields that a customer shows of each connection."""
    return [
        (group.label, {own.field.label: value for own, value in group.values})
        for group in customers.detail(synced.portal_id, our_id).own
    ]
