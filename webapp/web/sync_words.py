"""How the sync of a connection stands, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from webapp.services.connection_views import ConnectionView
from webapp.services.sync_pages import Figures, SyncView
from webapp.store.columns import now
from webapp.store.passes import COUNTED
from webapp.web.formats import ago, counted, length_of_time, number, reader

CAUSES = {
    "edit": "Edit here",
    "poll": "Poll",
    "webhook": "Webhook",
    "person": "Sync now",
    "command": "Command line",
}
"""What set a pass off."""


def title(view: ConnectionView, sync: SyncView) -> str:
    """Say in a few words how it stands."""
    if sync.hold is not None:
        restored = sync.hold.why == "restored"
        return "An older database is in use" if restored else "Reconnected. Look before it goes on"
    if sync.brakes:
        return f"A pass is held: it would delete or blank {_records(view, sync.brakes[0])}"
    if sync.paused_at is not None:
        return "Paused"
    if not sync.standing.linked:
        return "Connected"
    if sync.on_its_way:
        return f"{counted(sync.on_its_way, 'change')} on the way"
    if sync.for_people:
        verb = "waits" if sync.for_people == 1 else "wait"
        return f"In sync, and {counted(sync.for_people, 'thing')} {verb} for you"
    return "In sync"


def text(view: ConnectionView, sync: SyncView) -> str:
    """Say what that means, and what is safe."""
    if sync.hold is not None:
        return _held(view, sync)
    if sync.brakes:
        return _braked(sync.brakes[0])
    if sync.paused_at is not None:
        return _paused(sync, ago(sync.paused_at, now()))
    if not sync.standing.linked:
        return "Nobody is linked yet. What you import is kept in step from then on."
    looked = f"Last looked {ago(view.refreshed_at, now())}." if view.refreshed_at else "Not looked yet."
    if sync.on_its_way:
        return f"What changed travels by itself. {looked}"
    if sync.for_people:
        return f"Everything else has arrived on both sides. {looked}"
    return f"Everything has arrived on both sides. {looked}"


def cause(name: str) -> str:
    """Say what set a pass off."""
    return CAUSES.get(name, "Pass")


def result(pass_: Figures) -> tuple[str, str, str | None]:
    """Say what came of a pass: the words, the kind of state, the icon."""
    return outcome(pass_.state, {name: getattr(pass_, name) for name in COUNTED})


def outcome(state: str, counts: Mapping[str, int]) -> tuple[str, str, str | None]:
    """Say what came of a pass by what it counted."""
    if state in ("running", "queued"):
        return ("Under way", "move", None) if state == "running" else ("Waits for its turn", "plain", "clock")
    if state in ("failed", "cancelled"):
        return "Stopped", "bad", None
    if counts.get("failed"):
        return f"{number(counts['failed'])} failed", "bad", None
    if counts.get("conflicts"):
        return counted(counts["conflicts"], "conflict"), "warn", "arrows-left-right"
    if counts.get("open"):
        return counted(counts["open"], "open item"), "warn", None
    return (
        ("Done", "ok", None) if counts.get("here") or counts.get("there") else ("Nothing to do", "plain", "")
    )


def moved(counts: Mapping[str, int], label: str) -> str:
    """Say what a pass brought over: "3 records written in Zoho Books, 1 here."."""
    there, here = counts.get("there", 0), counts.get("here", 0)
    if not there and not here:
        return "Nothing was written on either side."
    parts = [f"{counted(there, 'record')} written in {label}"] if there else []
    parts += [f"{number(here)} here" if parts else f"{counted(here, 'record')} written here"] if here else []
    return f"{', '.join(parts)}."


def when(time: datetime) -> str:
    """Write day and time, as plain text."""
    return reader().moment(time)


def described(figures: Figures) -> str:
    """Say in a line what a pass, or a day, came to."""
    parts = [f"{number(figures.there)} out", f"{number(figures.here)} in"]
    parts += [counted(figures.conflicts, "conflict")] if figures.conflicts else []
    parts += [f"{number(figures.failed)} failed"] if figures.failed else []
    return ", ".join([*parts, counted(figures.calls, "call")])


def _held(view: ConnectionView, sync: SyncView) -> str:
    assert sync.hold is not None
    if sync.hold.why == "reconnected":
        return (
            f"Both sides may have changed while {view.label} was disconnected. They are read, and nothing is "
            "written on either side until somebody has looked at what a pass would do."
        )
    lost = ""
    if sync.hold.remembers is not None:
        lost = f" It remembers nothing after {reader().moment(sync.hold.remembers)}"
        lost += f", and work went on until {reader().moment(sync.hold.known)}." if sync.hold.known else "."
    return (
        f"The database was restored from a copy, or this one is a copy.{lost} Nothing is written on either "
        "side until somebody has looked at what differs."
    )


def _paused(sync: SyncView, when: str) -> str:
    who = f" by {sync.paused_by}" if sync.paused_by else ""
    waiting = counted(sync.on_its_way, "change") if sync.on_its_way else "Whatever changes"
    verb = "wait" if sync.on_its_way > 1 else "waits"
    return f"Paused{who} {when}. Both sides are read, none is written. {waiting} {verb} until it goes on."


def _braked(brake: Mapping[str, Any]) -> str:
    share = round(100 * brake["records"] / brake["live"]) if brake.get("live") else 100
    return (
        f"That is {share} % of all that are linked{_lately(brake)}. Tandem does so only once a person has "
        "looked. Until then both sides keep what they have; small changes go on."
    )


def _lately(brake: Mapping[str, Any]) -> str:
    if not brake.get("lately"):
        return ""
    return f", and {counted(brake['lately'], str(brake['kind']))} went in the hour before"


def _records(view: ConnectionView, brake: Mapping[str, Any]) -> str:
    where = "here" if brake["side"] == "ours" else f"in {view.label}"
    return f"{counted(brake['records'], str(brake['kind']))} {where}"


def costs(polls: int, most: int | None, allowed: int | None) -> str:
    """Say what looking so often costs of a day's calls."""
    calls = f"{number(polls)} calls a day at least"
    if allowed is None or most is None:
        return f"{calls}, one for each look."
    spaced = " Looks are spread out so that they use no more than a third." if polls >= most else ""
    return f"{calls} of the {number(allowed)} your plan has, one for each look.{spaced}"


def spacing(sync: SyncView) -> str:
    """Say how far apart looks are."""
    return length_of_time(sync.spacing)
