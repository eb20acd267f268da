"""Whether a value a plugin returned is what it promised, down to the last field."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_NEVER_BLANK = {"id", "customer_id"}


def misfit(value: object, kind: Any, where: str = "it") -> str:
    """Name the first part of ``value`` that is not of the annotated ``kind``; blank when all of it is."""
    if kind is Any:
        return ""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _misfit_of_union(value, get_args(kind), where)
    if origin is not None:
        return _misfit_of_collection(value, origin, get_args(kind), where)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return f"{where} is {type(value).__name__}, not {getattr(kind, '__name__', kind)}"
    if dataclasses.is_dataclass(kind):
        return _misfit_of_fields(value, kind, where)
    if isinstance(value, datetime) and value.tzinfo is None:
        return f"{where} is a time without a zone"
    return ""


def _misfit_of_union(value: object, kinds: tuple[Any, ...], where: str) -> str:
    if value is None and type(None) in kinds:
        return ""
    faults = [misfit(value, kind, where) for kind in kinds if kind is not type(None)]
    return "" if "" in faults else faults[0]


def _misfit_of_collection(value: object, origin: Any, kinds: tuple[Any, ...], where: str) -> str:
    if not isinstance(value, origin) or isinstance(value, str):
        return f"{where} is {type(value).__name__}, not {origin.__name__}"
    parts: list[str] = []
    if isinstance(value, Mapping):
        parts = [misfit(name, kinds[0], f"a key of {where}") for name in value]
        parts += [misfit(item, kinds[1], f"{where}[{name!r}]") for name, item in value.items()]
    elif isinstance(value, Sequence):
        parts = [misfit(item, kinds[0], f"{where}[{index}]") for index, item in enumerate(value)]
    return next(filter(None, parts), "")


def _misfit_of_fields(value: object, kind: Any, where: str) -> str:
    for name, field_kind in _fields(kind):
        part = getattr(value, name)
        if name in _NEVER_BLANK and part == "":
            return f"{where}.{name} is blank"
        fault = misfit(part, field_kind, f"{where}.{name}")
        if fault:
            return fault
    return ""


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in dataclasses.fields(kind))
