"""``tandem sync``: a pass now, or what one would do."""

from __future__ import annotations

import sys
import uuid
from collections import Counter
from collections.abc import Iterator

import click

from webapp.cli import follow
from webapp.cli.application import (
    connection_named,
    connection_option,
    in_application,
    portal_named,
    portal_option,
)
from webapp.sdk import ContactData, CustomerData, Value
from webapp.services import sync
from webapp.services.entries import text_of
from webapp.services.labels import name_of
from webapp.services.sync_plans import Planned
from webapp.store import passes
from webapp.store.passes import Standing
from webapp.store.runs import Run
from webapp.sync.link import Fields, Side
from webapp.sync.steps import Agree, Conflict, Create, Delete, Restore, Step, Unlink, Update

SOMETHING_WAITS = 3


@click.command("sync")
@portal_option
@connection_option
@click.option(
    "--dry-run", is_flag=True, help="Print what a pass would do by what is known, and write nothing."
)
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until the pass is over.")
@in_application
def sync_now(portal_key: str, connection_name: str, *, dry_run: bool, wait: bool) -> None:
    """Bring linked customers and their contacts to agreement now.

    Ends with 0 when both sides are in step, 3 when something failed or waits for a person, 1 when it could
    not run. With --dry-run: 0 when nothing is to be done, else 3.
    """
    portal = portal_named(portal_key)
    connection = connection_named(portal, connection_name)
    place, label = (portal.id, connection.id), name_of(connection)
    if dry_run:
        sys.exit(SOMETHING_WAITS if _print_plan(place, label) else 0)
    run = sync.request(*place, cause="command")
    if not wait or run is None:
        return
    ended = follow.sync(portal.id, run.id)
    standing = passes.standing(*place)
    click.echo("\n".join([_in_words(ended), *_waiting(standing)]))
    sys.exit(SOMETHING_WAITS if any(True for _ in _waiting(standing)) else 0)


def _print_plan(place: tuple[uuid.UUID, uuid.UUID], label: str) -> bool:
    """Print the plan of whatever is due, customer by customer, and its sum; tell whether there is any."""
    counts: Counter[str] = Counter()
    for planned in sync.preview(*place):
        lines = list(_lines(planned, label, counts))
        if lines:
            counts["customers"] += 1
            click.echo("\n".join([planned.name or str(planned.our_id), *(f"  {line}" for line in lines)]))
    click.echo(_sum(counts, label))
    return bool(counts["customers"])


def _lines(planned: Planned, label: str, counts: Counter[str]) -> Iterator[str]:
    """Say what would be done for a customer, and count it."""
    if planned.dirty.brake == "held":
        counts["waits"] += 1
        yield "held by the brake until somebody has looked"
    if planned.plan is None:
        counts["read"] += 1
        yield f"is read from {label} first"
        return
    for step in planned.plan.steps:
        counts[_side(step)] += 1
        yield _step(step, label)
    for conflict in planned.plan.conflicts:
        counts["conflicts"] += 1
        yield _conflict(conflict, label)
    open_items, refusals = planned.plan.open_items, planned.plan.refusals
    for reason in (*(each.reason for each in open_items), *(each.reason for each in refusals)):
        counts["waits"] += 1
        yield f"waits: {reason}"


def _side(step: Step) -> Side:
    return step.side if isinstance(step, Create | Update | Delete) else "ours"


def _step(step: Step, label: str) -> str:
    where = label if _side(step) == "theirs" else "here"
    if isinstance(step, Update):
        changes = "; ".join(
            f"{_field(name)} “{text_of(step.before.get(name)) or ''}” → “{text_of(value) or ''}”"
            for name, value in step.changes.items()
        )
        return f"{where}: change {step.ref.kind} {_called(step.before)}: {changes} ({step.reason})"
    if isinstance(step, Create):
        return f"{where}: add {step.ref.kind} {_name(step.data)} ({step.reason})"
    if isinstance(step, Delete):
        return f"{where}: delete {step.ref.kind} {_called(step.before)} ({step.reason})"
    return f"{where}: {_VERBS[type(step)]} {step.ref.kind} ({step.reason})"


_VERBS: dict[type[Step], str] = {Agree: "note as equal the", Restore: "restore the", Unlink: "unlink the"}


def _conflict(conflict: Conflict, label: str) -> str:
    ours, theirs = _text(conflict.ours), _text(conflict.theirs)
    return f"conflict: {_field(conflict.field)} is “{ours}” here and “{theirs}” in {label}"


def _text(value: Value) -> str:
    return text_of(value) or ""


def _field(name: str) -> str:
    return name.replace("_", " ")


def _called(before: Fields) -> str:
    parts = (before.get("name"), before.get("first_name"), before.get("last_name"))
    return " ".join(str(part) for part in parts if part) or str(before.get("email") or "")


def _name(data: CustomerData | ContactData) -> str:
    if isinstance(data, CustomerData):
        return data.name
    return " ".join(part for part in (data.first_name, data.last_name) if part) or data.email or ""


def _sum(counts: Counter[str], label: str) -> str:
    if not counts["customers"]:
        return "Nothing is to be done: both sides are in step as far as is known."
    parts = [f"{counts['ours']:,} writes here", f"{counts['theirs']:,} in {label}"]
    words = {"conflicts": "conflicts", "waits": "wait for a person", "read": "to be read first"}
    parts += [f"{counts[name]:,} {said}" for name, said in words.items() if counts[name]]
    who = "1 customer" if counts["customers"] == 1 else f"{counts['customers']:,} customers"
    return f"{who}: {', '.join(parts)}. Nothing was written."


def _in_words(run: Run) -> str:
    counts = run.counts
    parts = [
        f"{counts.get('looked', 0):,} customers looked at",
        f"{counts.get('here', 0):,} records written here",
        f"{counts.get('there', 0):,} there",
        f"{counts.get('calls', 0):,} calls",
    ]
    return f"Run {run.number}: {', '.join(parts)}."


def _waiting(standing: Standing) -> Iterator[str]:
    """Say what is left, as far as anything is."""
    found = {
        "conflicts wait for a decision": standing.conflicts,
        "problems wait for a person": standing.problems,
        "records failed and are tried again": standing.retrying,
        "customers are held by the brake": standing.braked,
    }
    yield from (f"{number:,} {words}." for words, number in found.items() if number)
