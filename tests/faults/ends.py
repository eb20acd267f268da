"""The end states a fault may lead to: what is seen of it, and what people are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end state; ``words`` name it in the table, ``meaning`` explains it.

    ``state`` and ``rests`` are the connection's: for how many seconds, at least and at most. ``told`` is what
    people read at the connection and at the run; ``asked`` is how many calls more are made at once than
    without the fault. The customer of a run comes to ``item`` with ``reason``. It lasts over ``rounds`` of
    pauses. In a pass Harbour's ``problem`` is the question and words of the reason. ``then`` is what happens
    next, where the work does not just go on. ``changes``: Zoho holds something else in the end than without
    the fault.
    """

    words: str
    meaning: str
    state: str = "connected"
    rests: tuple[float, float] | None = None
    told: str = ""
    item: str = "done"
    reason: str = ""
    problem: tuple[str, str] | None = None
    rounds: int = 1
    then: Callable[[World], None] | None = None
    changes: bool = False

    @property
    def at_once(self) -> bool:
        """Tell whether the work is done as if nothing had happened."""
        is_calm = self.state == "connected" and self.rests is None and self.problem is None
        return is_calm and self.then is None and not self.changes


@dataclass(frozen=True, slots=True)
class Never:
    """What cannot happen to a call, and why."""

    reason: str


def _next_poll(world: World) -> None:
    world.refresh_is_wanted()
    world.look(interactive=True)


def _next_census(world: World) -> None:
    world.census_is_due()
    world.look(interactive=False)


def _import_again(world: World) -> None:
    world.confirm([world.subject])
    world.look(interactive=False)


def _nothing(world: World) -> None:
    """Leave it: it is for a person to decide."""


GOES_ON = End(words="goes on", meaning="Nothing is to be seen of it.")
RENEWS = End(
    words="renews, goes on",
    meaning="The token is renewed, once, and the call made again. Nothing is to be seen of it.",
)
ASKS_AGAIN = End(
    words="asks again",
    meaning="The list contradicts itself, so it is read again at once, three times at most.",
)
ASKS_EACH = End(
    words="asks for each",
    meaning="Whoever is missing in the list is asked for one by one; nobody is taken for gone who was not.",
)
ASKS_TWICE = End(
    words="asks again, then leaves out",
    meaning="The record is asked for again; after five refusals the others go on without it till the next "
    "census.",
)
WAITS = End(
    words="waits",
    meaning="The connection rests for 22 to 30 seconds, twice as long with each time in a row (half an hour "
    "at most), then the work goes on where it was. From half a minute on people are told why.",
    rests=(20, 31),
)
WAITS_LONGER = End(
    words="waits longer each time",
    meaning="The same, while it lasts: the connection rests longer each time and says why.",
    rests=(150, 241),
    told=r"failed: Internal error|makes no sense \(HTTP 500\)",
    rounds=4,
)
WAITS_AS_TOLD = End(
    words="waits as told",
    meaning="The connection rests for as long as Retry-After says, an hour, and says so.",
    rests=(3590, 3601),
    told="asks for a pause",
)
WAITS_A_MINUTE = End(
    words="waits a minute",
    meaning="The connection rests for a minute and says so; the pace is halved.",
    rests=(58, 61),
    told="asks for a pause",
)
WAITS_TEN_MINUTES = End(
    words="waits ten minutes",
    meaning="Zoho gives no tokens for now: the connection rests for the ten quiet minutes that clear it, and "
    "says so.",
    rests=(590, 601),
    told="gives no more tokens for now",
)
WAITS_FOR_THE_DAY = End(
    words="waits for the next day",
    meaning="The connection rests until the organization's day ends (an hour where that is not known), and "
    "says so.",
    rests=(1, 86_401),
    told="takes no more calls today",
)
WAITS_FIVE_SECONDS = End(
    words="waits 5 seconds",
    meaning="The connection rests for five seconds; fewer calls are made at once from then on.",
    rests=(3, 6),
)
WAITS_AND_ADOPTS = End(
    words="waits, adopts",
    meaning="The same as *waits*; then what was made is found by the intent put down before, and linked. "
    "Nothing is made twice.",
    rests=(20, 31),
)
WAITS_AND_FINDS = End(
    words="waits, finds it",
    meaning="The same as *waits*; then the value is found written, and not written again.",
    rests=(20, 31),
)
NEEDS_A_PERSON = End(
    words="needs attention",
    meaning="The connection needs attention and says why; a person reconnects, and the work goes on where it "
    "was.",
    state="attention",
    told="needs attention",
)
NEXT_POLL = End(
    words="next poll",
    meaning="Nothing came of it, and the mark stays where it was: the next poll tells what changed.",
    then=_next_poll,
)
NEXT_CENSUS = End(
    words="next census",
    meaning="A last page that leaves rows out looks like a shorter list: the next census finds the changes.",
    then=_next_census,
)
GONE = End(
    words="taken for gone",
    meaning="Having been asked for, the customer is taken for gone; what it was stays in the mirror.",
    changes=True,
)
LEFT_OUT = End(
    words="left out",
    meaning="After five pauses, and if Zoho answers otherwise, the others go on without it; the next census "
    "reads it again.",
    rounds=5,
    then=_next_census,
)
FAILS = End(
    words="fails",
    meaning="The customer fails with the reason, nothing of it is kept here, and the others go on. Imported "
    "again, it is made good.",
    item="failed",
    reason="already exists|Invalid value passed for email",
    then=_import_again,
)
FAILS_AFTER_THREE = End(
    words="fails after 3 times",
    meaning="After three pauses, and if Zoho answers otherwise, the customer fails with that reason and the "
    "others go on. Imported again, it is made good.",
    item="failed",
    reason="did not answer, 3 times",
    rounds=3,
    then=_import_again,
)
FAILS_AS_GONE = End(
    words="fails, gone",
    meaning="The customer fails since it was deleted at Zoho; nothing of it is linked, and the others go on.",
    item="failed",
    reason="deleted in Zoho Books by now",
    then=_nothing,
    changes=True,
)
COMES_BACK = End(
    words="comes back changed",
    meaning="The customer comes back for another look, and the others go on.",
    item="changed",
    reason="changed it after it was confirmed",
    then=_nothing,
    changes=True,
)
PARTLY = End(
    words="done, partly",
    meaning="The customer is linked, but for the contact that was refused; the run counts it as *partly* and "
    "names the reason.",
    item="done",
    reason="The contact .+ could not be written in Zoho Books: Invalid value passed for email",
    then=_nothing,
    changes=True,
)
IS_TRIED_AGAIN = End(
    words="a problem, tried again",
    meaning="The record becomes a problem with the reason, and the others go on. It is tried again after a "
    "minute, then less and less often, and after five tries it waits for a person.",
    problem=("failed", "already exists|Invalid value passed for email"),
)
IS_TRIED_AGAIN_AFTER_THREE = End(
    words="a problem after 3 times",
    meaning="After two pauses, and if Zoho answers otherwise, the customer is a problem that is tried again "
    "by itself, and the others go on.",
    rounds=3,
    problem=("failed", "did not answer"),
)
ASKS_GONE = End(
    words="asks: gone there",
    meaning="The provider is asked and says that the customer is gone; what was edited here is kept, and an "
    "open item asks a person what shall be of it. The others go on.",
    problem=("gone there", "deleted there and edited here"),
    changes=True,
)
BINNED = End(
    words="deleted here too",
    meaning="The provider is asked and says that the customer is gone. Who is primary is no edit that would "
    "keep it: it goes to the bin here.",
    changes=True,
)
ASKS_UNDELETABLE = End(
    words="asks: cannot be deleted",
    meaning="The customer stays at Zoho, linked and in the bin here; an open item offers to mark it inactive "
    "there, to unlink it or to restore it. The others go on.",
    problem=("cannot be deleted there", "transactions"),
    changes=True,
)
GONE_ALREADY = End(
    words="gone already",
    meaning="What was to be deleted is gone already, which is as it shall be.",
    changes=True,
)
