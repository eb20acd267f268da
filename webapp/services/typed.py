"""What a person typed against what they saw: which fields they changed, and where somebody was quicker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.sdk import Address, Value
from webapp.services.errors import Conflict
from webapp.sync.link import Fields, is_blank, parts_of

LINES = ("street", "street2")
"""The parts of an address that may have several lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What came back of a form: the ``version`` and the values it showed, and what is typed in it now.

    A field that the form did not have is in neither; one missing from ``seen`` was unknown.
    """

    version: int
    seen: Fields
    typed: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who or what changed a field last, and when; blank and None where that is not known."""

    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A field that somebody else changed while a person typed another value for it."""

    field: str
    typed: Value
    now: Value
    change: Change


class Moved(Conflict):
    """Somebody changed the same fields meanwhile: nothing was written, and a person has to see both.

    ``version`` and ``now`` are the record as it is, ``typed`` what the person would have it be.
    """

    def __init__(self, clashes: tuple[Clash, ...], *, version: int, now: Fields, typed: Fields) -> None:
        super().__init__("Somebody else changed this while you typed. Nothing was saved: look at both.")
        self.clashes = clashes
        self.version = version
        self.now = now
        self.typed = typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What to write, the fields that clash, and those that only others changed."""

    changes: Fields
    clashes: tuple[str, ...]
    meanwhile: tuple[str, ...]


def compare(form: Form, *, version: int, now: Fields) -> Compared:
    """Tell what a person changed from what others did since; a value that was not seen is never replaced."""
    seen = now if form.version == version else form.seen
    edited = [name for name, typed in form.typed.items() if not _is(typed, seen.get(name))]
    open_ = [name for name in edited if not _is(form.typed[name], now.get(name))]
    clashes = tuple(name for name in open_ if seen.get(name) != now.get(name))
    return Compared(
        changes={name: form.typed[name] for name in open_ if name not in clashes},
        clashes=clashes,
        meanwhile=tuple(
            name for name in form.typed if name not in clashes and seen.get(name) != now.get(name)
        ),
    )


def edits(form: Form) -> dict[str, Value]:
    """Return what a person typed that differs from what the form showed."""
    return {name: typed for name, typed in form.typed.items() if not _is(typed, form.seen.get(name))}


def wished(form: Form, now: Fields) -> dict[str, Value]:
    """Return the record as a person would have it: what they typed, and what else it holds now."""
    return {**now, **edits(form)}


def as_typed(value: Value) -> Value:
    """Return a value as a form sends it back that nobody touched: without line ends and outer spaces."""
    if isinstance(value, Address):
        return Address(
            **{part: _lines(text) if part in LINES else _line(text) for part, text in parts_of(value).items()}
        )
    return _line(value) if isinstance(value, str) else value


def _is(typed: Value, value: Value) -> bool:
    """Tell whether what is typed is a value that nobody touched; unknown is shown as blank."""
    return is_blank(typed) if value is None else typed in (value, as_typed(value))


def _line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "").strip()


def _lines(text: str) -> str:
    return "\n".join(
        line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ).strip()
