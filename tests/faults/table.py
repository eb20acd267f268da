"""The fault matrix: for each fault and each call to the provider, the end state that is promised."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults import ends
from tests.faults.ends import End, Never
from tests.faults.pass_scenes import PASS_SCENES
from tests.faults.scenes import SCENES as READING_AND_IMPORTING
from tests.faults.scenes import Scene

SCENES: Mapping[str, Scene] = {**READING_AND_IMPORTING, **PASS_SCENES}
CALLS = tuple(SCENES)
PASS_CALLS = tuple(PASS_SCENES)
LISTS = tuple(call for call, scene in SCENES.items() if scene.lists)
ONE_RECORD = tuple(call for call in CALLS if call not in LISTS)
WRITES = tuple(call for call in CALLS if SCENES[call].writes)
READS = tuple(call for call in CALLS if call not in (*WRITES, "token"))
IN_A_RUN = ("detail", "create", "update")
UPDATES = ("update customer", "update contact", "make primary", "mark inactive", "mark active")
DELETES = ("delete contact", "delete customer")
OF_ONE = tuple(call for call in PASS_CALLS if not SCENES[call].lists)
BARE = ("make primary", "mark inactive", "mark active", *DELETES)

NO_LIST = Never("It is no list.")
NO_RECORD = Never("It is about no single record.")
NOTHING_WRITTEN = Never("Nothing is written by it.")
NO_EFFECT = Never("Reading has no effect: it is as before it.")
NO_TOKEN = Never("No token is sent with it.")
OTHER_WORDS = Never("The accounts server tells its errors in `error`.")
NO_DELETE = Never("It deletes nothing.")
ONLY_CUSTOMERS = Never("Only customers have transactions.")
NO_SHAPE = Never("All it answers is that it was done: there is no shape to miss.")
NO_PAGE_BEFORE = Never("No page comes before it.")
NO_UNIQUE_NAME = Never("Only customers have a name of their own.")


def _row(end: End | Never, *others: tuple[tuple[str, ...] | str, End | Never]) -> Mapping[str, End | Never]:
    """Make a row: one end for all calls, but for the others."""
    row = dict.fromkeys(CALLS, end)
    for calls, other in others:
        row |= dict.fromkeys((calls,) if isinstance(calls, str) else calls, other)
    return row


_THROTTLED = ("token", ends.WAITS_TEN_MINUTES)
_SPOILED = (
    (("create", "create contact"), ends.WAITS_AND_ADOPTS),
    (("update", *UPDATES, *DELETES), ends.WAITS_AND_FINDS),
)
_OF_A_LIST = (ONE_RECORD, NO_LIST)
_FIRST_PAGES = ("list, first page", "poll, linked")

TABLE: Mapping[str, Mapping[str, End | Never]] = {
    "429 with 43 and Retry-After": _row(ends.WAITS_AS_TOLD, _THROTTLED),
    "429 with 44": _row(ends.WAITS_A_MINUTE, _THROTTLED),
    "429 with 45": _row(ends.WAITS_FOR_THE_DAY, _THROTTLED),
    "429 with 1070": _row(ends.WAITS_FIVE_SECONDS, _THROTTLED),
    "500 with 1000": _row(ends.WAITS),
    "500 with 1000, each time": _row(
        ends.WAITS_LONGER,
        (("persons of one", "one not listed"), ends.LEFT_OUT),
        (IN_A_RUN, ends.FAILS_AFTER_THREE),
        (OF_ONE, ends.IS_TRIED_AGAIN_AFTER_THREE),
    ),
    "502 with HTML": _row(ends.WAITS),
    "200 with `error`": _row(ends.WAITS),
    "200 with a code": _row(ends.WAITS),
    "empty body": _row(ends.WAITS),
    "cut JSON": _row(ends.WAITS, *_SPOILED),
    "JSON of another shape": _row(ends.WAITS, (BARE, NO_SHAPE)),
    "page shorter than it says": _row(
        ends.ASKS_EACH,
        (_FIRST_PAGES, ends.NEXT_CENSUS),
        ("list, later page", ends.ASKS_AGAIN),
        _OF_A_LIST,
    ),
    "rows twice across pages": _row(
        ends.GOES_ON,
        (_FIRST_PAGES, NO_PAGE_BEFORE),
        ("list, later page", ends.NEXT_POLL),
        _OF_A_LIST,
    ),
    "last page gone": _row(ends.ASKS_AGAIN, (_FIRST_PAGES, ends.NEXT_POLL), _OF_A_LIST),
    "connection refused": _row(ends.WAITS),
    "connection reset": _row(ends.WAITS),
    "stalled at 1 byte/s": _row(ends.WAITS, *_SPOILED),
    "time-out before the effect": _row(ends.WAITS),
    "time-out after the effect": _row(ends.WAITS, *_SPOILED, (READS, NO_EFFECT)),
    "401 with 57, once": _row(ends.RENEWS, ("token", NO_TOKEN)),
    "401 with 57, with a fresh token too": _row(ends.NEEDS_A_PERSON, ("token", NO_TOKEN)),
    "refresh token revoked": _row(ends.NEEDS_A_PERSON),
    "record gone": _row(
        NO_RECORD,
        (("persons of one", "one not listed"), ends.GONE),
        (("detail", "create"), ends.FAILS_AS_GONE),
        ("update", ends.COMES_BACK),
        (OF_ONE, ends.ASKS_GONE),
        ("make primary", ends.BINNED),
        (DELETES, ends.GONE_ALREADY),
    ),
    "name taken (3062)": _row(
        NOTHING_WRITTEN,
        (WRITES, NO_UNIQUE_NAME),
        ("update", ends.FAILS),
        ("update customer", ends.IS_TRIED_AGAIN),
    ),
    "value refused (4)": _row(
        ends.WAITS,
        (("persons of one", "one not listed"), ends.ASKS_TWICE),
        (("detail", "update"), ends.FAILS),
        ("create", ends.PARTLY),
        (OF_ONE, ends.IS_TRIED_AGAIN),
        ("token", OTHER_WORDS),
    ),
    "delete refused (3000)": _row(
        NO_DELETE, ("delete contact", ONLY_CUSTOMERS), ("delete customer", ends.ASKS_UNDELETABLE)
    ),
    "worker's clock 1 h ahead": _row(ends.GOES_ON),
    "worker's clock 1 h behind": _row(ends.GOES_ON),
    "organization's zone changed": _row(ends.GOES_ON),
}
"""By fault, then by call."""

CELLS = [(fault, call) for call in CALLS for fault, row in TABLE.items() if isinstance(row[call], End)]
"""Every cell that can happen, in the order that lays each scene once."""
