"""Zoho's custom fields: which an organization has, what a contact holds of them, and how they are written.

The list of fields is that of zoho.com/books/api/v3/custom-fields (``GET /settings/fields``). A contact in
full names the fields that hold something, so one it leaves out is blank; a list's row promotes them as
``cf_…``, with ``…_unformatted`` beside a value that is shown otherwise, and is not known to name all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from plugins.zoho.mapping import Misshapen, Shape, text
from webapp.sdk import CUSTOM, CustomField, Value

PATH = "/settings/fields"
PARAMS = {"entity": "contact", "filter_custom_fields": "true"}

_KINDS: Mapping[str, Literal["text", "number", "date", "yes_no", "choice"]] = {
    "string": "text",
    "multiline": "text",
    "email": "text",
    "url": "text",
    "phone": "text",
    "autonumber": "text",
    "formula": "text",
    "number": "number",
    "decimal": "number",
    "amount": "number",
    "percent": "number",
    "date": "date",
    "check_box": "yes_no",
    "dropdown": "choice",
}
_COMPUTED = ("autonumber", "formula")
_YES_NO: Mapping[str, Value] = {"true": True, "false": False, "": ""}


def fields(body: Shape) -> tuple[CustomField, ...]:
    """Map the answer that lists custom fields; those of kinds that say nothing by themselves are left out."""
    rows = body.get("fields")
    if not isinstance(rows, list):
        raise Misshapen("an answer without fields")
    found = (_field(row) for row in rows if isinstance(row, dict))
    return tuple({field.key: field for field in found if field}.values())


def told(shape: Shape, known: Iterable[CustomField], *, in_full: bool) -> dict[str, Value]:
    """Return what a contact holds of the fields known; what cannot be read for sure is left out."""
    rows = shape.get("custom_fields")
    is_told = isinstance(rows, list)
    listed = {_key(row): row.get("value") for row in rows or () if isinstance(row, dict)} if is_told else {}
    found: dict[str, Value] = {}
    for field in known:
        if field.key in listed:
            raw = listed[field.key]
        elif in_full and is_told:
            raw = ""
        else:
            raw = shape.get(f"{field.key}_unformatted", shape.get(field.key))
        value = None if raw is None else _value(field, raw)
        if value is not None:
            found[field.key] = value
    return found


def present(body: Shape) -> dict[str, Any]:
    """Return what a contact in full holds in custom fields that can be written, as Zoho told it, by key."""
    shape = body.get("contact")
    rows = shape.get("custom_fields") if isinstance(shape, dict) else None
    listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {_key(row): row.get("value") for row in listed if row.get("data_type") not in _COMPUTED}


def body_of(changes: Mapping[str, Value], held: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is to be sent so that fields change and the others stay.

    Whether Zoho keeps those that are left out is not documented, so what it holds goes back as it is.
    """
    wanted = {**held, **{name.removeprefix(CUSTOM): value for name, value in changes.items()}}
    return [{"api_name": key, "value": value} for key, value in wanted.items() if key]


def at_fault(message: str, changes: Iterable[str], known: Iterable[CustomField]) -> str:
    """Return the name of the changed field that a refusal speaks of; blank if it is none of them."""
    words = message.lower()
    changed = [field for field in known if field.name in set(changes)]
    named = (field.name for field in changed if field.key in words or field.label.lower() in words)
    return next(named, "")


def _field(row: Shape) -> CustomField | None:
    data_type = (text(row, "data_type") or "").lower()
    key, label = _key(row), (text(row, "label") or text(row, "field_name_formatted") or "").strip()
    kind = _KINDS.get(data_type)
    if kind is None or not key.startswith("cf_") or not label or row.get("is_active") is False:
        return None
    longest = row.get("value_length")
    return CustomField(
        key=key,
        label=label,
        kind=kind,
        direction="from_provider" if data_type in _COMPUTED or row.get("is_read_only") is True else "both",
        choices=_choices(row) if kind == "choice" else (),
        max_length=longest if kind == "text" and type(longest) is int and longest > 0 else None,
        required=row.get("is_mandatory") is True,
    )


def _choices(row: Shape) -> tuple[str, ...]:
    options = row.get("values")
    offered = [each for each in options if isinstance(each, dict)] if isinstance(options, list) else []
    names = (text(each, "name") for each in offered if each.get("is_active") is not False)
    return tuple(dict.fromkeys(name for name in names if name))


def _key(row: Shape) -> str:
    return text(row, "api_name") or text(row, "placeholder") or ""


def _value(field: CustomField, raw: object) -> Value:
    """Return a value in the portal's spelling; None for one that is not of the field's kind."""
    value: Value = raw if isinstance(raw, str | bool) else None
    if field.kind == "yes_no" and isinstance(raw, str):
        value = _YES_NO.get(raw.lower())
    elif field.kind == "number" or (isinstance(raw, int | float) and not isinstance(raw, bool)):
        value = _number(raw)
    if field.kind == "choice" and isinstance(value, str):
        # An option that was taken from the list stays with whom had it.
        return value
    return value if value is not None and field.fits(value) else None


def _number(raw: object) -> str | None:
    if raw == "" or isinstance(raw, bool):
        return "" if raw == "" else None
    try:
        written = f"{Decimal(str(raw)):f}"
    except InvalidOperation:
        return None
    return written.rstrip("0").rstrip(".") if "." in written else written
