"""What the doctor finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LEVELS = ("ok", "warning", "fault")
"""From well to bad: nothing to do; look at it soon; something does not work."""

CLOCK_APART = 5.0
"""Seconds by which clocks may differ."""

NTP = "Set it by NTP (timedatectl set-ntp true)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    ``subject`` says of what in its area; ``says`` what was found and what that means; ``remedy`` what to do,
    blank when there is nothing to do.
    """

    area: str
    subject: str
    level: str
    says: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """Makes the findings of one area."""

    name: str

    def ok(self, subject: str, says: str) -> Finding:
        """All is well."""
        return Finding(area=self.name, subject=subject, level="ok", says=says)

    def warning(self, subject: str, says: str, remedy: str) -> Finding:
        """Something works, and should be looked at before it does not."""
        return Finding(area=self.name, subject=subject, level="warning", says=says, remedy=remedy)

    def fault(self, subject: str, says: str, remedy: str) -> Finding:
        """Something does not work."""
        return Finding(area=self.name, subject=subject, level="fault", says=says, remedy=remedy)


def worst(findings: Iterable[Finding]) -> str:
    """Return the worst level of all; well when there is nothing."""
    return max((each.level for each in findings), key=LEVELS.index, default=LEVELS[0])


def clock_words(off: float) -> str:
    """Say of a clock that it is so many seconds ahead of the database's, and what that means."""
    way = "ahead of" if off > 0 else "behind"
    return (
        f"clock is {duration(abs(off))} {way} the database's, which all work goes by: times in logs are off, "
        "and certificates may seem to have ended."
    )


def duration(seconds: float) -> str:
    """Say a duration in words, in the unit that fits."""
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if abs(seconds) >= 10 else f"{seconds:.1f} s"


def halves(sentence: str) -> tuple[str, str]:
    """Part what is wrong from its remedy in a sentence that says both, with a colon between."""
    wrong, _, remedy = sentence.partition(": ")
    return f"{wrong.rstrip('.')}.", f"{remedy[:1].upper()}{remedy[1:]}"
