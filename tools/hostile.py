"""Writes docs/hostile-plugins.md from the table the tests play: `python -m tools.hostile`."""

from __future__ import annotations

from pathlib import Path

from tests.hostile import table
from tests.hostile.plugin import ACCOUNT, CALLS, DIRECTORY, PURE
from tests.hostile.table import TABLE, End
from tools.matrix import Matrix, meanings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "hostile-plugins.md"

_MATRIX = Matrix("misdeed", TABLE)

_INTRODUCTION = """\
# What happens when a plugin misbehaves

What Tandem does when the plugin of a provider breaks its promises, by mistake or on purpose: each misdeed, at
each call it gets. It is no wish. The tests play every cell (`tests/hostile`): they let a plugin misbehave,
check that it is named and that nothing it told goes further, and let it live in a portal beside an honest
one: the others go on, and once it behaves both sides hold the same, nothing lost and nothing twice.
`python -m tools.hostile` writes this page from the table they play.
"""

_MISDEEDS = """\
## The misdeeds

| misdeed | is |
|---|---|
| raises | any exception; its text, which may quote people's data, is shown nowhere |
| ends the process | `SystemExit`, `GeneratorExit`; others that are no `Exception` end a look, then it rests |
| exhausts memory or stack | `MemoryError`, `RecursionError` |
| raises nonsense of the SDK | a pause that is no number, a limit there is not, an error whose text fails |
| returns nothing | `None` |
| returns another type | a number, an object, bytes, a list of anything |
| returns texts nobody can keep | NUL, half a character, line breaks in an address |
| floods | more than 5,000 entries at once, texts of a million characters |
| returns without end | collections that tell their entries for ever |
| tells of another record | another customer than was asked for, or another customer's contact |
| tells a record twice | the same id twice in one answer |
| ids that are numbers | `7` where a text was promised |
| ids that are blank or endless | nothing, spaces, 300 characters |
| ids that change | a class of its own that looks like a text and answers otherwise each time |
| calls foreign hosts | a call to a host that is none of its provider's, with the refusal kept to itself |
| never returns | a loop deaf to every `Exception` |
"""

_OUTSIDE = """\
## Time

- Pages wait 5 seconds for a plugin, 30 when a connection is ended, and then go on without it; for a minute
  their process does not ask it again.
- A start waits a minute for one plugin.
- A look of a worker is interrupted after 120 seconds. A plugin that lets nothing interrupt it is killed along
  with its work-horse, 20 seconds later at most; the worker goes on with others. The connection rests for ten
  minutes and names the plugin.
- A list of more than 20,000 pages is taken for one without end: the connection rests for ten minutes at a
  time, and says so.
- One opened account may make 50 calls that leave the budget out, for tokens; all others keep to the budget.

## What stays

- A plugin is code that runs with the rights of the portal: it could open a connection of its own, or end its
  process outright (`os._exit`). What stands here keeps its faults from spreading; it makes no stranger's code
  safe to install. Install plugins you trust, and let the firewall of the machines name the providers' hosts.
- A thread that was left behind because it let nothing interrupt it goes on until its process is replaced.
- That a plugin tells values nobody entered at the provider cannot be known. The brake stops it from
  deleting or blanking much at once, the history keeps what was overwritten, and an import can be undone.
"""


def page() -> str:
    """Return the page as it ought to be."""
    return "\n".join([_INTRODUCTION, _MISDEEDS, _matrix(), _MATRIX.never(), _ends(), _OUTSIDE])


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def _matrix() -> str:
    parts = (
        ("At the start, and while pages wait", (CALLS[0], *PURE)),
        ("Authorising and opening", ACCOUNT),
        ("Reading and writing", DIRECTORY),
    )
    return "\n".join(f"## {title}\n\n{_MATRIX.rows(calls, code=True)}" for title, calls in parts)


def _ends() -> str:
    return meanings(each for each in vars(table).values() if isinstance(each, End))


if __name__ == "__main__":
    main()
