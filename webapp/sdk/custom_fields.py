"""A provider's custom fields: what an organization there keeps of its customers beyond the fields of all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from webapp.sdk.records import CUSTOM, Value

FieldKind = Literal["text", "number", "date", "yes_no", "choice"]
Direction = Literal["both", "from_provider", "from_portal"]

_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A field that an organization added to its customers.

    ``key`` names it there for ever, in letters, digits, ``_`` and ``-``; ``label`` is what people read.
    ``direction`` is what the provider permits: ``both``, or one way alone (``from_provider`` is read-only
    there). Values are texts: a ``number`` such as ``-12.5``, a ``date`` such as ``2026-03-01``, one of the
    ``choices``; of a ``yes_no`` they are true and false. ``""`` is blank. ``max_length`` counts characters.
    """

    key: str
    label: str
    kind: FieldKind = "text"
    direction: Direction = "both"
    choices: tuple[str, ...] = ()
    max_length: int | None = None
    required: bool = False

    @property
    def name(self) -> str:
        """What it is called among the changes of ``Directory.update_customer``."""
        return CUSTOM + self.key

    def fits(self, value: Value) -> bool:
        """Tell whether a value is of its kind; blank always is."""
        if value == "":
            return True
        if self.kind == "yes_no":
            return isinstance(value, bool)
        if not isinstance(value, str):
            return False
        if self.kind == "number":
            return bool(_NUMBER.fullmatch(value))
        if self.kind == "date":
            return _is_date(value)
        return self.kind == "text" or value in self.choices


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
