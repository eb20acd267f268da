"""What is promised of each misdeed of a plugin, at each call it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.faults.ends import Never
from tests.hostile.deeds import DEEDS
from tests.hostile.plugin import ACCOUNT, CALLS, DIRECTORY, LISTS, PURE


@dataclass(frozen=True, slots=True)
class End:
    """One end; ``words`` name it in the table."""

    words: str
    meaning: str


UNAVAILABLE = End(
    "unavailable",
    "The plugin is unavailable; *Connections*, `tandem plugin list`, `tandem doctor` and the log "
    "(`plugin_unavailable`) say which one and why. The portal starts, and other plugins are taken.",
)
REFUSED = End(
    "refused",
    "Connecting stops with a sentence that names the plugin; the connection is as it was before.",
)
NO_LINK = End("no link", "The page shows no link to the provider; the log names the plugin.")
TURNED_AWAY = End(
    "turned away",
    "The delivery is answered as one that cannot be read, and the log names the plugin "
    "(`webhook.plugin_fault`). The next poll finds what it was about.",
)
GIVEN_UP = End(
    "tried, given up",
    "It is tried again for ten minutes; then the connection is as it was before, and names the plugin.",
)
RESTS = End(
    "rests",
    "The connection rests, longer each time in a row (half an hour at most), and names the plugin from "
    "half a minute on. Nothing of the answer is kept, what was under way goes on where it was once the "
    "plugin answers, and a write that may have happened is looked up before it is sent again.",
)
ENDED = End("ended anyway", "The connection is ended all the same; the log says why nothing was given back.")
LEFT_OUT = End(
    "left out, rests",
    "While customers are read, the one is left out (`mirror.not_read`) and the others go on. In a run or a "
    "pass it *rests*; the third time in a row that customer fails, naming the plugin, and the others go on.",
)
STOPPED = End(
    "stopped",
    "The call is not made. The connection needs attention and names the plugin, even where the plugin kept "
    "the refusal to itself; the log says `plugin.stopped`.",
)
STOPPED_BEFORE = End(
    "stopped, given up", "The call is not made. The connection is as it was before, and names the plugin."
)
STOPPED_LAST = End("stopped, ended", "The call is not made, and the connection is ended all the same.")
IGNORED = End("ignored", "Nobody looks at what is returned.")

NO_ACCOUNT = Never("It is given no account to call by.")
NO_RECORD = Never("What it answers has no such part.")

_USUAL: Mapping[str, End] = {
    **dict.fromkeys(CALLS, RESTS),
    "tandem_provider": UNAVAILABLE,
    "authorize_url": REFUSED,
    "read_callback": REFUSED,
    "record_url": NO_LINK,
    "verify_webhook": TURNED_AWAY,
    "exchange": GIVEN_UP,
    "organizations": GIVEN_UP,
    "revoke": ENDED,
    "customer": LEFT_OUT,
}
_SILENT = ("revoke", "delete_contact", "delete_customer")
_OF_RECORDS = (*LISTS, "customer", "update_customer", "update_contact", "create_contact")
_NAMED = ("tandem_provider", "organizations", *_OF_RECORDS)
_ONE = ("customer", "update_customer", "update_contact", "create_contact")


def _row(calls: tuple[str, ...] = CALLS, *, otherwise: End | Never = NO_RECORD) -> Mapping[str, End | Never]:
    """Make a row: the usual ends for some calls, something else for the others."""
    return {call: _USUAL[call] if call in calls else otherwise for call in CALLS}


_ANSWERING = tuple(call for call in CALLS if call not in _SILENT)
_TELLING = tuple(call for call in _ANSWERING if call not in ("open", "verify_webhook", "probe"))

TABLE: Mapping[str, Mapping[str, End | Never]] = {
    "raises": _row(),
    "ends the process": _row(),
    "exhausts memory or stack": _row(),
    "raises nonsense of the SDK": _row(),
    "returns nothing": _row(_ANSWERING, otherwise=IGNORED),
    "returns another type": _row(_ANSWERING, otherwise=IGNORED),
    "returns texts nobody can keep": _row(_TELLING),
    "floods": _row(_TELLING),
    "returns without end": _row((*_TELLING, "probe")),
    "tells of another record": _row(_ONE),
    "tells a record twice": {
        **_row(("tandem_provider", "organizations", "customer")),
        **dict.fromkeys(LISTS, IGNORED),
    },
    "ids that are numbers": _row(_NAMED),
    "ids that are blank or endless": _row(_NAMED),
    "ids that change": _row(_NAMED),
    "calls foreign hosts": {
        **dict.fromkeys(("tandem_provider", *PURE), NO_ACCOUNT),
        **dict.fromkeys((*ACCOUNT, *DIRECTORY), STOPPED),
        **dict.fromkeys(("exchange", "organizations"), STOPPED_BEFORE),
        "revoke": STOPPED_LAST,
    },
    "never returns": _row(),
}
"""By misdeed, then by call."""

CELLS = [(misdeed, call) for misdeed in DEEDS for call in CALLS if isinstance(TABLE[misdeed][call], End)]
"""Every cell that can happen."""
