"""What came of a run, in a sentence that every page which tells of it shares."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.web.formats import counted, number

LEFT_OUT = (
    ("skipped", "{} left out"),
    ("cancelled", "{} not begun"),
    ("changed", "{} changed meanwhile and can be looked at again"),
)

ARRIVED = (
    ("created", "imported"),
    ("merged", "merged"),
    ("cloned", "cloned"),
    ("added", "only added to the project"),
)

UNDONE = (
    ("bin", "{} into the bin"),
    ("put_back", "{} put back"),
    ("take_off", "{} taken off the project"),
    ("kept", "{} kept"),
    ("failed", "{} failed"),
)


def imported(counts: Mapping[str, int]) -> str:
    """Say what arrived: "18 imported, 1 merged, 1 cloned. 52 contacts came along."."""
    parts = [f"{number(counts[key])} {verb}" for key, verb in ARRIVED if counts.get(key)]
    if not parts:
        return "Nobody was imported."
    contacts = counts.get("contacts", 0)
    if not any(counts.get(key) for key, _ in ARRIVED if key != "added"):
        return f"{', '.join(parts)}."
    return f"{', '.join(parts)}. {counted(contacts, 'contact')} came along."


def not_imported(counts: Mapping[str, int]) -> str:
    """Say what did not arrive, or not whole, or nothing: "3 could not be imported, 2 left out."."""
    failed = counts.get("failed", 0)
    parts = [f"{number(failed)} could not be imported"] if failed else []
    parts += [f"{number(counts['partly'])} came only partly"] if counts.get("partly") else []
    parts += [words.format(number(counts[key])) for key, words in LEFT_OUT if counts.get(key)]
    return f"{', '.join(parts)}." if parts else ""


def undone(counts: Mapping[str, int]) -> str:
    """Say what an undo did: "12 into the bin, 3 put back, 1 kept."."""
    parts = [words.format(number(counts[key])) for key, words in UNDONE if counts.get(key)]
    return f"{', '.join(parts)}." if parts else "Nothing was undone yet."
