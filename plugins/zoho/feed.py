"""Reading what changed, newest first, as pure steps: how far was it read, and is there more?

Kept are the mark (all that changed before it has been told), the target (the mark to be, once the last page
is stored) and the next page. The mark is inclusive and overlaps: Zoho's times are of seconds, and a second
may not have been over when it was read.

When a row goes meanwhile, those behind it move up, and one would slip from a page to come onto one read
already. So pages overlap: each is cut to begin with the last rows of the page before. Where it holds none of
them, a page that begins earlier is asked for; and where that holds none either, the pass begins again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from plugins.zoho.mapping import instant, text
from plugins.zoho.pages import DEEPEST, PATIENCE, PER_PAGE, Page
from webapp.sdk import Unavailable

OVERLAP = timedelta(seconds=2)

SETTLED = timedelta(seconds=60)
"""After so long, clocks apart included, no more changes come with a time already read."""

OVERLAP_ROWS = 5
STEP_BACK_ROWS = PER_PAGE // 4

_START = "0001-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Where the reading stands.

    ``top`` stands for page 1 as it was in the last pass that ended, if all on it had settled by then: while
    it stays the same there is nothing new, however many customers share the mark's second. ``rising`` is
    the top of the pass under way. ``page`` is asked for next, in pages of ``size``; ``told`` rows were read
    before it, of which it ought to hold one of ``tail``, the last.
    """

    mark: str = ""
    target: str = ""
    page: int = 1
    size: int = PER_PAGE
    told: int = 0
    tail: tuple[str, ...] = ()
    top: str = ""
    rising: str = ""
    doubts: int = 0


def after(state: Pass | None, page: Page, now: datetime) -> tuple[Pass, bool]:
    """Return where the reading stands after ``page``, and whether the pass goes on.

    Without a state, what stands beyond the newest page is left to the census.
    """
    first, state = state is None, state or Pass()
    if not page.rows and page.number > 1:
        return _again(state), True
    if _slipped(state, page):
        if (state.page - 1) * state.size > state.told - STEP_BACK_ROWS:
            return _cut(state, STEP_BACK_ROWS), True
        if state.doubts < PATIENCE:
            return _again(state), True
    stamps = _stamps(page)
    newest = stamps[0].isoformat() if stamps else ""
    state = replace(state, target=max(state.target, state.mark, newest))
    unchanged = False
    if page.number == 1:
        rising = _digest(page) if stamps and now - stamps[0] > SETTLED else ""
        unchanged = bool(rising) and rising == state.top
        state = replace(state, rising=rising)
    if first or unchanged or not page.more or _beyond(state, stamps):
        return Pass(mark=state.target, top=state.rising), False
    if page.number >= DEEPEST:
        raise Unavailable("The provider's list does not end.")
    return _onwards(state, page), True


def to_cursor(state: Pass) -> str:
    """Write a state down."""
    return json.dumps(asdict(state), separators=(",", ":"))


def from_cursor(cursor: str | None) -> Pass | None:
    """Take a state up again."""
    if not cursor:
        return None
    kept = Pass(**json.loads(cursor))
    return replace(kept, tail=tuple(kept.tail))


def _stamps(page: Page) -> list[datetime]:
    stamps = [instant(row, "last_modified_time") for row in page.rows]
    known = [stamp for stamp in stamps if stamp]
    if len(known) < len(stamps):
        raise Unavailable("The provider listed a customer without telling when it was changed.")
    if any(later > earlier for earlier, later in pairwise(known)):
        # Where to stop would be a guess, and a guess misses changes.
        raise Unavailable("The provider's list is not in the order asked for.")
    return known


def _beyond(state: Pass, stamps: list[datetime]) -> bool:
    return bool(stamps) and stamps[-1] < _floor(state)


def _floor(state: Pass) -> datetime:
    if not state.mark:
        return datetime.fromisoformat(_START)
    return datetime.fromisoformat(state.mark).astimezone(UTC) - OVERLAP


def _slipped(state: Pass, page: Page) -> bool:
    """Tell whether rows may have moved from this page onto one read already."""
    overlaps = page.size == state.size and bool(state.tail)
    return overlaps and not any(text(row, "contact_id") in state.tail for row in page.rows)


def _onwards(state: Pass, page: Page) -> Pass:
    """Ask for the page that follows; where Zoho keeps to a size of its own, pages cannot overlap."""
    if page.size != state.size or (page.number > 1 and not state.tail):
        return replace(state, page=page.number + 1, size=page.size, tail=())
    last = tuple(text(row, "contact_id") or "" for row in page.rows[-OVERLAP_ROWS:])
    return _cut(replace(state, told=page.number * page.size, tail=last), OVERLAP_ROWS)


def _cut(state: Pass, overlap: int) -> Pass:
    """Ask for the page that reaches furthest of those that begin so many rows before the last one told."""
    begin = state.told - overlap
    size = max(range(PER_PAGE // 2, PER_PAGE + 1), key=lambda size: (begin // size + 1) * size)
    return replace(state, page=begin // size + 1, size=size)


def _again(state: Pass) -> Pass:
    """Begin again at the newest: rows have gone meanwhile."""
    if state.doubts >= PATIENCE:
        raise Unavailable(
            f"The provider's list is empty at page {state.page} and yet goes on. It is read again later."
        )
    return replace(state, page=1, size=PER_PAGE, told=0, tail=(), doubts=state.doubts + 1)


def _digest(page: Page) -> str:
    told = [(text(row, "contact_id"), text(row, "last_modified_time")) for row in page.rows]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
