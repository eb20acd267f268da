"""What people are told of: one table; a kind more is one entry more, and its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from webapp.services.reader import Reader

OUTCOMES = (
    ("failed", "{} failed; the run says why."),
    ("partly", "{} came only partly."),
    ("changed", "{} changed meanwhile and can be looked at again."),
)
"""What else may have come of a run, and how it is said."""


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in words: what happened, and what it means or what next."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of notice.

    Who holds ``permission`` hears it, and beside them the one whom a notice is for; without a permission
    only that one. ``about`` names what it is about: a run, a connection, or
    what waits at one (its conflicts, problems or brake). ``look`` is how grave it is:
    ok, warn or bad. A mail goes out after ``wait``, unless it was read by then. ``solved`` says that such a
    matter came to its end, and is blank where it has none.
    """

    name: str
    label: str
    hint: str
    about: str
    look: str
    words: Callable[[Mapping[str, Any], Reader], Words]
    action: str
    permission: str | None = "connections"
    wait: timedelta = timedelta()
    solved: str = ""


def _attention(details: Mapping[str, Any], reader: Reader) -> Words:
    reason = details.get("reason", "")
    return Words(
        f"{details['label']} needs attention",
        f"{reason} Nothing is lost; changes wait until somebody reconnects.".strip(),
    )


def _keys(details: Mapping[str, Any], reader: Reader) -> Words:
    return Words(
        f"The secrets of {details['label']} cannot be opened",
        f"{details.get('reason', '')} Whoever runs Tandem finds out more with: tandem keys list.".strip(),
    )


def _leaving(details: Mapping[str, Any], reader: Reader) -> Words:
    due = reader.moment(datetime.fromisoformat(details["due"]))
    return Words(
        f"{details['name']} is to be deleted on {due}",
        "An Owner asked for that. Until then everything works as before, and it can be taken back.",
    )


def _restored(details: Mapping[str, Any], reader: Reader) -> Words:
    return Words(
        f"An older database is in use: the sync with {details['label']} is held",
        "Nothing is written on either side. Look at what differs, then let it go on.",
    )


def _braked(details: Mapping[str, Any], reader: Reader) -> Words:
    held = ", ".join(
        f"{reader.counted(int(each['records']), each['kind'])} "
        + ("here" if each["side"] == "ours" else f"in {details['label']}")
        for each in details["brakes"]
    )
    return Words(
        f"The brake holds the sync with {details['label']}",
        f"It would delete or blank {held}. None of that is done until somebody has looked; the rest goes on.",
    )


def _contested(details: Mapping[str, Any], reader: Reader) -> Words:
    waiting = reader.counted(int(details["records"]), "conflict")
    since = reader.moment(datetime.fromisoformat(details["since"]))
    return Words(
        f"{waiting} with {details['label']} {_wait(details)} for more than a day",
        f"Changed on both sides, the oldest since {since}. Each side keeps its own until somebody chooses.",
    )


def _stuck(details: Mapping[str, Any], reader: Reader) -> Words:
    waiting = reader.counted(int(details["records"]), "record")
    return Words(
        f"{waiting} could not be brought into step with {details['label']}",
        "They are tried no more until somebody has looked. Each says why, and what would help; "
        "the rest goes on.",
    )


def _wait(details: Mapping[str, Any]) -> str:
    return "waits" if int(details["records"]) == 1 else "wait"


def _spent(details: Mapping[str, Any], reader: Reader) -> Words:
    until = _until(details, reader)
    return Words(
        f"Today’s calls to {details['label']} are used up",
        f"Imports and refreshes go on {until}. What people do by hand still works: calls are kept for it.",
    )


def _waits(details: Mapping[str, Any], reader: Reader) -> Words:
    reason = details.get("reason", "")
    return Words(
        f"Work with {details['label']} waits",
        f"{reason} It is tried again {_until(details, reader)}; nothing is lost meanwhile.".strip(),
    )


def _failed(details: Mapping[str, Any], reader: Reader) -> Words:
    label, failed = details["label"], int(details["failed"])
    if not details["arrived"]:
        title = f"An import from {label} failed"
    elif failed:
        title = f"{reader.counted(failed, 'customer')} could not be imported from {label}"
    else:
        title = f"{reader.counted(int(details['partly']), 'customer')} came only partly from {label}"
    return Words(title, _outcome(details, reader))


def _finished(details: Mapping[str, Any], reader: Reader) -> Words:
    return Words(f"Your import from {details['label']} is finished", _outcome(details, reader))


def _outcome(details: Mapping[str, Any], reader: Reader) -> str:
    """Say what came of a run: "Run 7: 17 customers imported. 40 contacts came along. 3 failed."."""
    arrived, contacts = int(details["arrived"]), int(details["contacts"])
    said = [
        f"{reader.counted(arrived, 'customer')} imported. {reader.counted(contacts, 'contact')} came along."
    ]
    if not arrived:
        said = ["Nobody was imported."]
    for name, words in OUTCOMES:
        count = int(details.get(name, 0))
        said += [words.format(reader.number(count))] if count else []
    return f"Run {details['number']}: {' '.join(said)}"


def _until(details: Mapping[str, Any], reader: Reader) -> str:
    until = details.get("until")
    return f"after {reader.moment(datetime.fromisoformat(until))}" if until else "later"


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="portal.deletion",
            label="The portal is to be deleted",
            hint="An Owner asked for that; it can be taken back for seven days.",
            about="portal",
            look="bad",
            words=_leaving,
            action="See when",
            permission="users",
            solved="The portal stays.",
        ),
        Kind(
            name="connection.attention",
            label="A connection needs attention",
            hint="The provider no longer lets Tandem in, and somebody has to reconnect.",
            about="connection",
            look="bad",
            words=_attention,
            action="See the connection",
            solved="Connected again.",
        ),
        Kind(
            name="connection.keys",
            label="Secrets cannot be opened",
            hint="The key that a connection’s secrets were sealed with is missing or wrong.",
            about="connection",
            look="bad",
            words=_keys,
            action="See the connection",
            solved="The secrets can be opened again.",
        ),
        Kind(
            name="connection.restored",
            label="An older database is in use",
            hint="It was restored from a copy, and the sync waits until somebody has looked.",
            about="connection",
            look="bad",
            words=_restored,
            action="See what differs",
            solved="Somebody looked, and the sync goes on.",
        ),
        Kind(
            name="sync.brake",
            label="The brake holds a sync",
            hint="A pass would delete or blank so much that somebody has to look first.",
            about="brake",
            look="bad",
            words=_braked,
            action="See what is held",
            solved="Nothing is held any more.",
        ),
        Kind(
            name="sync.conflict",
            label="A conflict waits for more than a day",
            hint="The same field was changed on both sides, and nobody has chosen yet.",
            about="conflicts",
            look="warn",
            words=_contested,
            action="See the conflicts",
            solved="All of them are settled.",
        ),
        Kind(
            name="sync.problems",
            label="Records are out of step",
            hint="They failed again and again, or ask for a decision, and wait for somebody.",
            about="problems",
            look="warn",
            words=_stuck,
            action="See the problems",
            solved="None is left.",
        ),
        Kind(
            name="run.failed",
            label="An import failed, wholly or in part",
            hint="Some customers, or all of them, could not be imported.",
            about="run",
            look="bad",
            words=_failed,
            action="See what failed",
            wait=timedelta(minutes=2),
        ),
        Kind(
            name="limits.day",
            label="The day’s calls are used up",
            hint="Imports and refreshes wait until the provider’s day ends.",
            about="connection",
            look="warn",
            words=_spent,
            action="See the connection",
            solved="There are calls again.",
        ),
        Kind(
            name="limits.pause",
            label="Work with a provider waits for long",
            hint="The provider asks for a long pause, or has not answered for a while.",
            about="connection",
            look="warn",
            words=_waits,
            action="See the connection",
            solved="Work goes on again.",
        ),
        Kind(
            name="run.finished",
            label="An import of yours finished",
            hint="It ended while you were away from it.",
            about="run",
            look="ok",
            words=_finished,
            action="See the import",
            permission=None,
            wait=timedelta(minutes=2),
        ),
    )
}
"""Every kind of notice by its name, in the order in which settings list them."""


def kinds_for(permissions: frozenset[str]) -> frozenset[str]:
    """Name the kinds that whoever holds these permissions hears, whoever caused them."""
    return frozenset(kind.name for kind in KINDS.values() if kind.permission in permissions)
