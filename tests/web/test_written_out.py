"""Times and numbers on pages: written for who reads them, never as they are stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, nodes

TEMPLATES = Path(__file__).parents[2] / "webapp" / "web" / "templates"
MACROS = "macros/ui.html"
"""Macros are given counts to write out; the bar of a progress wants its own as it is."""

PAGES = sorted({path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.*")} - {MACROS})

COUNTS = {
    "changed",
    "cloned",
    "contacts",
    "count",
    "created",
    "customers",
    "done",
    "failed",
    "length",
    "merged",
    "pages",
    "pending",
    "people",
    "skipped",
    "times",
    "total",
    "unread",
}
"""What counts are called; a run's number is its name and is written as it is."""


def is_raw(expression: nodes.Expr) -> bool:
    """Tell whether an expression gives a time or a count as it is stored."""
    if isinstance(expression, nodes.Filter):
        return expression.name in ("length", "count", "sum")
    if isinstance(expression, nodes.Getattr):
        name = expression.attr
    elif isinstance(expression, nodes.Getitem) and isinstance(expression.arg, nodes.Const):
        name = str(expression.arg.value)
    else:
        name = expression.name if isinstance(expression, nodes.Name) else ""
    return name in COUNTS or name == "now" or name.endswith("_at")


def written(node: nodes.Node) -> list[nodes.Expr]:
    """List the expressions that text is made of."""
    parts = [part for each in node.find_all(nodes.Output) for part in each.nodes]
    parts += [part for each in node.find_all(nodes.Concat) for part in each.nodes]
    choices = [part for part in parts if isinstance(part, nodes.CondExpr)]
    return [*parts, *(branch for each in choices for branch in (each.expr1, each.expr2) if branch)]


def raw_in(source: str) -> list[int]:
    """Return the lines of a template on which something is written as it is stored."""
    tree = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).parse(source)
    return sorted({each.lineno for each in written(tree) if is_raw(each)})


@pytest.mark.parametrize("page", PAGES)
def test_a_page_writes_times_and_counts_for_its_reader(page):
    assert raw_in((TEMPLATES / page).read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "{{ run.created_at }}",
        "{{ found.total }} customers",
        "{{ counts['failed'] }}",
        "{{ 'of ' ~ found.total }}",
        "{{ rows|length }}",
        "{{ found.total if found else '' }}",
    ],
)
def test_what_is_written_as_it_is_stored_is_seen(source):
    assert raw_in(source) == [1]


@pytest.mark.parametrize(
    "source",
    [
        "{{ run.created_at|when }}",
        "{{ found.total|number }}",
        "{{ ui.chip(found.total) }}",
        "{{ run.number }}",
    ],
)
def test_what_is_written_out_is_let_through(source):
    assert raw_in(source) == []
