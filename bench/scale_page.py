"""docs/scale.md: what a simulation found, as curves and tables, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.curves import curves
from bench.fleet import WORKING_DAY
from bench.outcomes import BULK_BUSY, PUSH_BUSY
from webapp.store.due import RUNG_AT_ONCE
from webapp.worker.schedule import EVERY

DOCS = Path(__file__).parent.parent / "docs"
PAGE = "scale.md"
TEMPLATE = Path(__file__).with_name("scale.template.md")

Row = Mapping[str, Any]


def write_page(kept: Mapping[str, Any]) -> Path:
    """Write the page and its curves from what was kept; return where it is."""
    for name, drawn in charts_of(kept).items():
        (DOCS / name).write_text(drawn)
    page = DOCS / PAGE
    page.write_text(page_of(kept))
    return page


def page_of(kept: Mapping[str, Any]) -> str:
    """Return the page's text."""
    load = kept["load"]
    return TEMPLATE.read_text().format(
        poll=load["poll"],
        edits=load["edits"] * WORKING_DAY,
        imports=load["imports"] * WORKING_DAY,
        answer=kept["answer"],
        look_ms=round(kept["costs"]["look"] * 1000),
        poll_ms=round(kept["costs"]["poll"] * 1000),
        calls=kept["costs"]["calls"],
        statements=kept["costs"]["statements"],
        bulk_busy=BULK_BUSY,
        push_busy=PUSH_BUSY,
        rung=RUNG_AT_ONCE,
        every=EVERY,
        enough="\n".join(map(_enough, kept["enough"])),
        counts="\n".join(map(_counts, kept["counts"])),
        half="\n".join(map(_half, kept["half"])),
        shared="\n".join(map(_shared, kept["shared"])),
    )


def charts_of(kept: Mapping[str, Any]) -> dict[str, str]:
    """Return the page's curves by their file names."""
    enough, half = kept["enough"], kept["half"]
    costs = [(row["connections"], row["sweep_seconds"] * 1e6 / row["connections"]) for row in kept["counts"]]
    late = {"median": _points(enough, "late_median"), "p95": _points(enough, "late_p95")}
    fair = {"with half the workers": _points(half, "fairness")}
    return {
        "scale-late.svg": curves("How late polls are", "seconds", late),
        "scale-fair.svg": curves("How fair the wait is", "1 where all wait alike", fair),
        "scale-sweep.svg": curves("What a sweep costs", "µs of a core a connection", {"a sweep": costs}),
    }


def _points(rows: Sequence[Row], name: str) -> list[tuple[float, float]]:
    return [(row["connections"], row[name]) for row in rows]


def _enough(row: Row) -> str:
    cells = f"{row['push']} | {row['bulk']} | {_late(row)} | {row['person_p95']:g} s"
    return f"| {row['connections']:,} | {cells} | {row['looks_a_second']:,g} |"


def _counts(row: Row) -> str:
    size, read = row["connections"], row["sweep_rows"]
    sweep = f"{row['sweep_statements']} | {read:,} | {read / size:.2g} | {row['sweep_seconds'] * 1000:.3g} ms"
    return f"| {size:,} | {sweep} | {row['look_statements']} | {row['look_rows']} |"


def _half(row: Row) -> str:
    cells = (
        f"{row['bulk']} | {row['busy']:.0%} | {_late(row)} | {row['fairness']:g} | {row['person_p95']:g} s"
    )
    imports = f"{row['import_p95']:g} s" if row["import_p95"] else "none came"
    return f"| {row['connections']:,} | {cells} | {imports} |"


def _shared(row: Row) -> str:
    return f"| {row['looks']} | {row['used']:.0%} | {row['fairness']:g} | {row['person_p95']:g} s |"


def _late(row: Row) -> str:
    return f"{row['late_median']:g} / {row['late_p95']:g} / {row['late_most']:g} s"
