"""Whether a value a plugin returned is what it promised, down to the last field, and can be kept."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain, islice
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

MOST_ENTRIES = 5_000
"""How many entries a page, a list or a mapping may hold."""

LONGEST_TEXT = 65_536
LONGEST_ID = 255
"""Characters of a text, and bytes of what names a record: that is part of keys."""

LARGEST = 1_000_000_000
YEARS = range(1000, 9000)
"""What numbers and times may be, so that whatever reads them later can."""

_IDS = {"id", "customer_id"}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_EXACT = (str, bool, int)


def misfit(value: object, kind: Any, where: str = "it") -> str:
    """Name the first part of ``value`` that is not of the annotated ``kind``; blank when all of it is.

    Only the SDK's own classes fit, and only plain texts and numbers: a subclass may answer otherwise each
    time it is asked. It runs code of the value's, so let it run within the border.
    """
    if kind is Any:
        return ""
    origin = get_origin(kind)
    if origin is Literal:
        words = get_args(kind)
        return "" if type(value) is str and value in words else f"{where} is none of {', '.join(words)}"
    if origin in (Union, types.UnionType):
        return _misfit_of_union(value, get_args(kind), where)
    if origin is not None:
        return _misfit_of_collection(value, origin, get_args(kind), where)
    exact = kind in _EXACT or dataclasses.is_dataclass(kind)
    if type(value) is not kind if exact else not isinstance(value, kind):
        return f"{where} is {type(value).__name__}, not {getattr(kind, '__name__', kind)}"
    if dataclasses.is_dataclass(kind):
        return _misfit_of_fields(value, kind, where)
    return _unkeepable(value, where)


def plain(value: object) -> object:
    """Copy a mapping or sequence, which may be of any class, as far as one may reach."""
    if isinstance(value, Mapping):
        return dict(islice(value.items(), MOST_ENTRIES + 1))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return tuple(islice(value, MOST_ENTRIES + 1))
    return value


def storable(text: str) -> bool:
    """Tell whether a database can hold a text: neither NUL nor half a character."""
    return not _UNSTORABLE.search(text)


def _unkeepable(value: object, where: str) -> str:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            return f"{where} is longer than {LONGEST_TEXT:,} characters"
        return "" if storable(value) else f"{where} holds NUL or half a character"
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            return f"{where} is a time without a zone"
        return "" if value.year in YEARS else f"{where} is of the year {value.year}"
    if type(value) is int and not 0 <= value <= LARGEST:
        return f"{where} is not between 0 and {LARGEST:,}"
    return ""


def _misfit_of_union(value: object, kinds: tuple[Any, ...], where: str) -> str:
    if value is None and type(None) in kinds:
        return ""
    faults = [misfit(value, kind, where) for kind in kinds if kind is not type(None)]
    return "" if "" in faults else faults[0]


def _misfit_of_collection(value: object, origin: Any, kinds: tuple[Any, ...], where: str) -> str:
    plain_tuple = origin is not tuple or type(value) is tuple
    if not isinstance(value, origin) or isinstance(value, str) or not plain_tuple:
        return f"{where} is {type(value).__name__}, not {origin.__name__}"
    if isinstance(value, Mapping | Sequence) and len(value) > MOST_ENTRIES:
        return f"{where} holds more than {MOST_ENTRIES:,} entries"
    parts: Iterator[str] = iter(())
    if isinstance(value, Mapping):
        entries = value.items()
        parts = chain.from_iterable(_misfits_of_entry(name, item, kinds, where) for name, item in entries)
    elif isinstance(value, Sequence):
        parts = (misfit(item, kinds[0], f"{where}[{index}]") for index, item in enumerate(value))
    return next(filter(None, parts), "")


def _misfits_of_entry(name: object, item: object, kinds: tuple[Any, ...], where: str) -> Iterator[str]:
    yield misfit(name, kinds[0], f"a key of {where}")
    yield misfit(item, kinds[1], f"{where}[{str(name)[:40]!r}]")


def _misfit_of_fields(value: object, kind: Any, where: str) -> str:
    for name, field_kind in _fields(kind):
        part = getattr(value, name)
        fault = misfit(part, field_kind, f"{where}.{name}")
        if not fault and name in _IDS:
            fault = _misfit_of_id(part, f"{where}.{name}")
        if fault:
            return fault
    return ""


def _misfit_of_id(value: str, where: str) -> str:
    if not value.strip():
        return f"{where} is blank"
    return f"{where} is longer than {LONGEST_ID} bytes" if len(value.encode()) > LONGEST_ID else ""


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in dataclasses.fields(kind))
