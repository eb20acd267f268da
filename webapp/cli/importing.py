"""``tandem refresh``, ``import`` and ``runs``: what pages do with the provider's customers, for scripts."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import click

from webapp.cli import follow
from webapp.cli.application import (
    connection_named,
    connection_option,
    in_application,
    portal_named,
    portal_option,
)
from webapp.services import imports, runs
from webapp.services import refresh as refreshing
from webapp.services.project_rights import project_named
from webapp.store.columns import now
from webapp.store.runs import Query, Run, Selection
from webapp.store.search import words

SOME_FAILED = 3
ALL_FAILED = 4
NOT_WHOLE = ("failed", "changed", "partly")
KINDS = {
    "created": "imported",
    "merged": "merged",
    "cloned": "cloned",
    "added": "only added to the project",
    "skipped": "skipped",
    "failed": "failed",
    "changed": "changed meanwhile",
    "cancelled": "not begun",
    "partly": "of them only partly",
}


@click.command("refresh")
@portal_option
@connection_option
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until it is done.")
@in_application
def refresh(portal_key: str, connection_name: str, *, wait: bool) -> None:
    """Read what changed at the provider since the last time."""
    portal = portal_named(portal_key)
    connection = connection_named(portal, connection_name)
    asked_at = now()
    refreshing.request(portal.id, connection.id)
    if wait:
        view = follow.refresh(portal.id, connection.id, asked_at)
        click.echo(f"{view.label} is read: {view.organization_name}, as of now.")


@click.command("import")
@portal_option
@connection_option
@click.option("--project", "project_key", metavar="KEY", help="Import into this project as well.")
@click.option("--all", "everyone", is_flag=True, help="Import everyone who is not here yet.")
@click.option("--search", metavar="TEXT", help="Import whom a search finds, by name, e-mail or phone.")
@click.option("--ids", metavar="A,B", help="Import the customers with these ids of the provider.")
@click.option(
    "--duplicates", required=True, type=click.Choice(imports.DUPLICATES), help="When a name exists here."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@in_application
def import_customers(
    portal_key: str,
    connection_name: str,
    *,
    project_key: str | None,
    everyone: bool,
    search: str | None,
    ids: str | None,
    duplicates: str,
    as_json: bool,
) -> None:
    """Import customers with their contacts, and wait for the end.

    Ends with 0 when all were imported, 3 when some failed or came only partly, 4 when all failed, 1 when it
    could not run.
    """
    selection = selected(everyone=everyone, search=search, ids=ids)
    portal = portal_named(portal_key)
    connection = connection_named(portal, connection_name)
    project = project_named(portal.id, project_key).id if project_key else None
    started = imports.start(portal.id, connection.id, None, selection, duplicates, project_id=project)
    progress = follow.run(portal.id, started.id)
    click.echo(
        json.dumps(summary(progress, portal.id), indent=2) if as_json else in_words(progress, portal.id)
    )
    sys.exit(exit_code(progress))


def selected(*, everyone: bool, search: str | None, ids: str | None) -> Selection:
    """Make the selection of exactly one of the three ways to give it."""
    given = [everyone, search is not None, ids is not None]
    if sum(given) != 1:
        raise click.UsageError("Give one of --all, --search and --ids.")
    if ids is not None:
        return Selection(ids=frozenset(each.strip() for each in ids.split(",") if each.strip()))
    if search is not None and not words(search):
        raise click.UsageError("Give --search a text to search for; to import everyone, say --all.")
    return Selection(queries=(Query(q=search or ""),))


@click.command("runs")
@portal_option
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@in_application
def list_runs(portal_key: str, *, as_json: bool) -> None:
    """List the newest runs of a portal."""
    rows = runs.runs(portal_named(portal_key).id).runs
    if as_json:
        keys = ("number", "kind", "state", "provider", "who", "total", "counts")
        click.echo(json.dumps([{key: getattr(row, key) for key in keys} for row in rows], indent=2))
        return
    for row in rows:
        click.echo(f"{row.number}\t{row.kind}\t{row.state}\t{row.provider}\t{row.total}\t{row.who or '–'}")


def exit_code(progress: runs.Progress) -> int:
    """Tell success, some failed and all failed apart, for scripts."""
    if progress.state != "done":
        return SOME_FAILED if imported(progress) else ALL_FAILED
    if not not_whole(progress):
        return 0
    return SOME_FAILED if imported(progress) else ALL_FAILED


def imported(progress: runs.Progress) -> int:
    """Count the customers that came, those among them that were only added to the project."""
    return sum(progress.counts.get(kind, 0) for kind in ("created", "merged", "cloned", "added"))


def not_whole(progress: runs.Progress) -> int:
    """Count the customers that were to come and did not, or only partly."""
    return sum(progress.counts.get(kind, 0) for kind in NOT_WHOLE)


def summary(progress: runs.Progress, portal_id: uuid.UUID) -> dict[str, Any]:
    """Say what became of a run, for scripts."""
    return {
        "run": progress.number,
        "state": progress.state,
        "total": progress.total,
        **progress.counts,
        "problems": [
            {"id": row.their_id, "name": row.name, "reason": row.reason}
            for row in problems(progress, portal_id)
        ],
    }


def in_words(progress: runs.Progress, portal_id: uuid.UUID) -> str:
    """Say what became of a run, for people."""
    counts = progress.counts
    parts = [f"{counts[kind]:,} {word}" for kind, word in KINDS.items() if counts.get(kind)]
    lines = [f"Run {progress.number}: {', '.join(parts) or 'nobody imported'}."]
    if counts.get("contacts"):
        lines.append(f"{counts['contacts']:,} contacts came along.")
    lines += [f"  {row.name}: {row.reason}" for row in problems(progress, portal_id)]
    return "\n".join(lines)


def problems(progress: runs.Progress, portal_id: uuid.UUID) -> list[runs.ItemRow]:
    """List the customers that did not come, or only partly, with their reasons."""
    if not not_whole(progress):
        return []
    run = runs.run(portal_id, progress.run.id)
    return [row for state in NOT_WHOLE for row in _every_item(run, state)]


def _every_item(run: Run, state: str) -> Iterator[runs.ItemRow]:
    page = runs.items(run, state=state)
    yield from page.items
    for number in range(2, page.pages + 1):
        yield from runs.items(run, state=state, number=number).items
