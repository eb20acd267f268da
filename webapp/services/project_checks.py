"""Checks of what was typed of a project, and the key it gets by its name."""

from __future__ import annotations

import re
import uuid
from datetime import date

from webapp.services import locales
from webapp.store.project_list import keys_like
from webapp.store.projects import STATUSES
from webapp.store.search import search_text
from webapp.sync.link import Fields

LONGEST = {"name": 200, "description": 5_000}
SHORT_KEY = 3
_KEY = re.compile(r"[A-Z][A-Z0-9]{1,9}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def faults_of(changes: Fields, whole: Fields) -> dict[str, str]:
    """Say by field why changes of a project cannot be taken; ``whole`` is the project with them."""
    faults = {name: why for name, value in changes.items() if (why := _fault(name, str(value or "")))}
    days = [day_of(whole[name]) for name in ("starts_on", "ends_on")]
    if days[0] and days[1] and days[1] < days[0] and not {"starts_on", "ends_on"} & set(faults):
        faults["ends_on"] = "It ends before it starts: choose a later day."
    return faults


def day_of(value: object) -> date | None:
    """Read a day as forms write it; what is none is nothing."""
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def key_for(portal_id: uuid.UUID, name: str) -> str:
    """Make a key of a name that no project of the portal has yet."""
    letters = re.sub(r"[^A-Z0-9]", "", search_text([name], []).upper())
    stem = letters[:SHORT_KEY] if len(letters) > 1 and letters[0].isalpha() else f"P{letters[:2]}1"
    taken = keys_like(portal_id, stem)
    numbered = (f"{stem}{number}" if number > 1 else stem for number in range(1, len(taken) + 2))
    return next(key for key in numbered if key not in taken)


def _fault(name: str, text: str) -> str:
    """Say why a text cannot be taken for a field."""
    if name == "name" and not text.strip():
        return "A project needs a name: give it one."
    if len(text) > LONGEST.get(name, len(text)):
        return f"This has {len(text)} characters, and the portal takes {LONGEST[name]}: shorten it."
    if _CONTROL.search(text):
        return "This holds a character that cannot be kept: type it anew."
    if name == "key" and not _KEY.fullmatch(text):
        return "Use 2 to 10 letters and digits for a key, a letter first."
    if name == "status" and text not in STATUSES:
        return "Choose one of the statuses."
    if name == "currency" and text not in locales.currencies():
        return "Choose the currency it is billed in."
    return "This is no day: choose one." if name.endswith("_on") and text and not day_of(text) else ""
