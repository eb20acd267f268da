"""``tandem drift``: what differs between a portal and its provider, and why, for scripts and operators."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict

import click

from webapp.cli.application import (
    connection_named,
    connection_option,
    in_application,
    portal_named,
    portal_option,
)
from webapp.sdk import Address, Value
from webapp.services import custom_fields, drift
from webapp.services.drift import EXPLAINED, MEANT, Difference

UNEXPLAINED = 1


@click.command("drift")
@portal_option
@connection_option
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each difference.")
@click.option("--all", "everything", is_flag=True, help="Print also what is in step, though unlike.")
@in_application
def report(portal_key: str, connection_name: str, *, as_json: bool, everything: bool) -> None:
    """Compare both sides of every linked customer; nothing is asked of the provider, and nothing written.

    Ends with 0 when all that differs is explained (it waits, failed, or needs a person), else with 1.
    """
    portal = portal_named(portal_key)
    connection = connection_named(portal, connection_name)
    counts: Counter[str] = Counter()
    compared = Counter[str]()
    labels = custom_fields.labels(portal.id)
    found = drift.differences(
        portal.id, connection.id, looked=lambda number: compared.update({"customers": number})
    )
    for each in found:
        counts[each.reason] += 1
        if everything or each.reason not in MEANT:
            click.echo(_as_json(each) if as_json else _in_words(each, labels))
    unexplained = sum(count for reason, count in counts.items() if reason not in EXPLAINED)
    if not as_json:
        click.echo(_summary(compared["customers"], counts, unexplained))
    sys.exit(UNEXPLAINED if unexplained else 0)


def _in_words(each: Difference, labels: Mapping[str, str]) -> str:
    who = f"{each.customer}, {each.record}" if each.record else each.customer
    what = labels.get(each.field, each.field) or each.kind
    values = f"here {_text(each.ours)!r}, there {_text(each.theirs)!r}"
    return f"{each.reason}\t{who}\t{what}\t{values}\t{each.note}".rstrip("\t")


def _as_json(each: Difference) -> str:
    return json.dumps(asdict(each), default=str, ensure_ascii=False)


def _text(value: Value) -> str:
    if isinstance(value, Address):
        return ", ".join(part for part in asdict(value).values() if part)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value or ""


def _summary(customers: int, counts: Counter[str], unexplained: int) -> str:
    differing = sum(count for reason, count in counts.items() if reason not in MEANT)
    if not differing:
        return f"{customers} linked customers compared: both sides are in step."
    parts = ", ".join(f"{counts[reason]} {reason}" for reason in drift.REASONS if counts[reason])
    remedy = " Read everything anew (Drift report, ⋯), then sync." if unexplained else ""
    return (
        f"{customers} linked customers compared, {differing} differences ({parts}); "
        f"{unexplained} explained by nothing.{remedy}"
    )
