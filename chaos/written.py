"""What people wrote while a portal was being broken, told apart by words that nobody else writes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from threading import RLock
from typing import Literal

Side = Literal["here", "there"]


@dataclass(slots=True)
class Written:
    """Every word that is known to have been kept, and how many edits there were; for several threads.

    Of ``there`` only the last word of a field counts: who wrote it there had seen the one before. ``made``
    are the words that stand for a person each.
    """

    here: set[str] = field(default_factory=set)
    there: dict[tuple[str, str], str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    edits: Counter[str] = field(default_factory=Counter)
    lock: RLock = field(default_factory=RLock)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def word(self, side: Side) -> str:
        """Return a word that was not used before."""
        with self.lock:
            return f"{side}{next(self._numbers):05}"

    def keep_there(self, record: str, name: str, word: str) -> None:
        """Note what a field of a record there holds now."""
        self.there[record, name] = word

    def forget_there(self, *records: str) -> None:
        """Note that somebody there did away with records, who had seen what they hold."""
        for key in [key for key in self.there if key[0] in records]:
            del self.there[key]
