"""Writes docs/faults.md from the table the tests play: `python -m tools.faults`."""

from __future__ import annotations

from pathlib import Path

from tests.faults import ends
from tests.faults.ends import End
from tests.faults.table import CALLS, PASS_CALLS, TABLE
from tools.matrix import Matrix, meanings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "faults.md"

_MATRIX = Matrix("fault", TABLE)

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
| poll, linked | the poll, when customers have changed that are linked |
| detail, linked | one linked customer in full, right before something of it is written |
| update customer | a linked customer changed at Zoho |
| update contact | a linked contact changed there |
| make primary | a contact made the primary one there |
| mark inactive | a customer made inactive there |
| mark active | a customer made active there |
| create contact | a contact made there in a pass |
| delete contact | a contact deleted there |
| delete customer | a customer deleted there |
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
    return "\n".join([_INTRODUCTION, _CALLS, _matrix(), _MATRIX.never(), _ends(), _OUTSIDE])


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def _matrix() -> str:
    others = tuple(call for call in CALLS if call not in PASS_CALLS)
    return f"## Reading and importing\n\n{_MATRIX.rows(others)}\n## Passes\n\n{_MATRIX.rows(PASS_CALLS)}"


def _ends() -> str:
    used = {cell.words for row in TABLE.values() for cell in row.values() if isinstance(cell, End)}
    return meanings(each for each in vars(ends).values() if isinstance(each, End) and each.words in used)


if __name__ == "__main__":
    main()
