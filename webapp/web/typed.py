"""What people type into the forms of customers and contacts: read from a request, and shown again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from flask import request

from webapp.sdk import Address, Value
from webapp.services.checks import Faults
from webapp.services.errors import Invalid
from webapp.services.holding import Binned
from webapp.services.typed import Change, Clash, Form, Moved, as_typed
from webapp.store.custom_fields import OwnField
from webapp.sync.link import ADDRESS_PARTS, Fields, from_json, parts_of, to_json

CUSTOMER_TEXTS = ("name", "company_name", "website")
CONTACT_TEXTS = (
    "salutation",
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
    "designation",
    "department",
)
ADDRESS = "billing_address"
YES_NO: Mapping[Value, Value] = {"yes": True, "no": False}
UNCHOSEN = "Choose which value stays."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form as it is shown: its ``values``, what it was made of, and what is wrong with it.

    ``faults`` and ``clashes`` are by field, and what was ``chosen`` of the latter. ``binned`` says that the
    record was deleted meanwhile.
    """

    values: Fields
    version: int = 0
    seen: Fields = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    clashes: Mapping[str, Clash] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    binned: Binned | None = None

    @property
    def kept(self) -> str:
        """What was seen, as the form sends it back."""
        return json.dumps(to_json(self.seen), ensure_ascii=False)

    def text(self, name: str) -> str:
        """The text of a field, or of a part of an address by its dotted name."""
        if name in self.values:
            value, part = self.values[name], ""
        else:
            whole, _, part = name.partition(".")
            value = self.values.get(whole)
        if isinstance(value, Address):
            return parts_of(value).get(part, "")
        if isinstance(value, bool):
            return "yes" if value else "no"
        return value if isinstance(value, str) else ""

    @property
    def status(self) -> int:
        """How a request that ended in this form is answered."""
        if self.faults:
            return 422
        return 409 if self.clashes or self.binned else 200


def typed_texts(names: tuple[str, ...], prefix: str = "") -> dict[str, Value]:
    """Read texts; those the form did not have are left out."""
    form = request.form
    return {name: as_typed(form[prefix + name]) for name in names if prefix + name in form}


def typed_own(fields: Collection[OwnField]) -> dict[str, Value]:
    """Read custom fields; those the form did not have are left out."""
    typed = typed_texts(tuple(each.name for each in fields))
    chosen = {each.name for each in fields if each.field.kind == "yes_no"}
    return {name: YES_NO.get(value, value) if name in chosen else value for name, value in typed.items()}


def typed_customer() -> dict[str, Value]:
    """Read the fields of a customer; the address only where the form had one."""
    typed = typed_texts((*CUSTOMER_TEXTS, "currency"))
    parts = {
        part: request.form[f"{ADDRESS}.{part}"]
        for part in ADDRESS_PARTS
        if f"{ADDRESS}.{part}" in request.form
    }
    return {**typed, ADDRESS: as_typed(Address(**parts))} if parts else typed


def form_of(typed: Fields) -> Form:
    """Read what a form showed and what is typed in it, with the values that were chosen to stay.

    Raises ``Faults`` for a field that clashed and of which nothing was chosen.
    """
    seen, chosen = _seen(), dict(typed)
    faults = {}
    for name in request.form.getlist("clash"):
        choice = request.form.get(f"take-{name}")
        if choice == "now" and name in chosen:
            chosen[name] = as_typed(seen.get(name)) if seen.get(name) is not None else _blank(chosen[name])
        elif choice != "typed":
            faults[name] = UNCHOSEN
    if faults:
        raise Faults(faults)
    return Form(version=request.form.get("version", 0, type=int), seen=seen, typed=chosen)


def refused(error: Invalid | Moved | Binned, typed: Fields, changes: Mapping[str, Change]) -> Sheet:
    """Return the form as it is shown again: nothing that was typed or chosen is lost.

    ``changes`` tell of a record that clashed before who changed which field.
    """
    if isinstance(error, Moved):
        clashes = {clash.field: clash for clash in error.clashes}
        return Sheet(values=error.typed, version=error.version, seen=error.now, clashes=clashes)
    seen = _seen()
    faults: Mapping[str, str] = {}
    if isinstance(error, Faults):
        faults = error.faults
    elif isinstance(error, Invalid):
        faults = {error.field: error.reason}
    return Sheet(
        values={**seen, **typed},
        version=request.form.get("version", 0, type=int),
        seen=seen,
        faults=faults,
        clashes={
            name: Clash(field=name, typed=typed[name], now=seen.get(name), change=changes.get(name, Change()))
            for name in request.form.getlist("clash")
            if name in typed
        },
        chosen={name: request.form.get(f"take-{name}", "") for name in request.form.getlist("clash")},
        binned=error if isinstance(error, Binned) else None,
    )


def _seen() -> Fields:
    """Read what the form showed; what cannot be read was not seen."""
    try:
        kept = json.loads(request.form.get("seen", "{}"))
        seen = from_json(kept) if isinstance(kept, dict) else {}
    except (ValueError, TypeError, RecursionError):
        return {}
    return {name: value for name, value in seen.items() if _is_whole(value)}


def _is_whole(value: Value) -> bool:
    return not isinstance(value, Address) or all(isinstance(text, str) for text in parts_of(value).values())


def _blank(value: Value) -> Value:
    return Address() if isinstance(value, Address) else ""
