"""Writes docs/faults.md from the table the tests play: `python -m tools.faults`."""

from __future__ import annotations

from pathlib import Path

from tests.faults import ends
from tests.faults.ends import End, Never
from tests.faults.table import CALLS, TABLE

PAGE = Path(__file__).resolve().parent.parent / "docs" / "faults.md"

_INTRODUCTION = """\
# What happens when Zoho fails

What Tandem does when a call to the provider goes wrong: each fault, at each call. It is no wish. The tests
play every cell over HTTP against the sandbox, with PostgreSQL and Valkey (`tests/faults`): they check what
connection, run and customer come to and what people are told, end the fault, and check that all is as it
would have been without it. Nothing is there twice, nothing is lost, the mark of what was seen never passes a
failure, and nobody is taken for gone without having been asked for. `python -m tools.faults` writes this page
from the table they play.
"""

_CALLS = """\
## The calls

| call | is |
|---|---|
| list, first page | what changed, newest first: the poll |
| list, later page | the same, when more than a page changed |
| census | all customers, once a day |
| persons, all | all contacts, in the same census |
| persons of one | one customer in full, because its contacts are not known |
| one not listed | one customer in full, because the census did not tell of it |
| detail | one customer in full, right before something of it is written |
| create | a contact made at Zoho, by a merge |
| update | a customer changed at Zoho, by a merge |
| token | a new access token |
"""

_OUTSIDE = """\
## What stays

- A call that is under way when its time is up may take effect later still. An update is found written by
  then, or is written again, which is the same. A contact whose making arrives only after it was looked for
  would be made twice: Zoho takes no key that would prevent it. Calls are waited for 10 seconds, and what was
  made is looked for after a rest of 22 seconds at least.
- A page that leaves out rows and says it is the last cannot be told from a shorter list. The census finds
  what it left out, within a day.
"""


def page() -> str:
    """Return the page as it ought to be."""
    return "\n".join([_INTRODUCTION, _CALLS, _matrix(), _never(), _ends(), _OUTSIDE])


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def _matrix() -> str:
    lines = ["## The faults\n", f"| fault | {' | '.join(CALLS)} |", "|---" * (len(CALLS) + 1) + "|"]
    for fault, row in TABLE.items():
        cells = [cell.words if isinstance(cell, End) else f"– {_marks()[cell]}" for cell in row.values()]
        lines.append(f"| {fault} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _never() -> str:
    lines = [f"- {mark}: {never.reason}" for never, mark in _marks().items()]
    return "\n".join(["– means that it cannot happen, because\n", *lines]) + "\n"


def _marks() -> dict[Never, str]:
    found = (cell for row in TABLE.values() for cell in row.values() if isinstance(cell, Never))
    return {never: chr(ord("a") + number) for number, never in enumerate(dict.fromkeys(found))}


def _ends() -> str:
    used = {cell.words for row in TABLE.values() for cell in row.values() if isinstance(cell, End)}
    known = [each for each in vars(ends).values() if isinstance(each, End) and each.words in used]
    lines = [f"| {each.words} | {each.meaning} |" for each in known]
    return "\n".join(["## The ends\n", "| end | means |", "|---|---|", *lines]) + "\n"


if __name__ == "__main__":
    main()
