"""What must hold on every scene, whoever looks at it and with whatever."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"

NARROW = 320
"""Also what a page of 1280 has left at 400 % zoom, and one of 640 at 200 %."""

HIGHEST_ROW = 84
"""A row of a table on a desk, in pixels: a title of two lines and a second line."""

_TOO_WIDE = """() => {
    const beyond = [...document.querySelectorAll("main *, .side *")].filter((each) =>
        each.getBoundingClientRect().right > innerWidth + 1 && each.checkVisibility() &&
        !each.closest(".chips, .tabs, thead, code"));
    return document.documentElement.scrollWidth > innerWidth || beyond.length ?
        beyond.map((each) => `${each.tagName}.${each.className.baseVal ?? each.className}`).slice(0, 4) : [];
}"""
_FAULTS = """async (rules) => {
    const asked = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
    return (await axe.run(document, asked)).violations
        .filter((each) => ["serious", "critical"].includes(each.impact))
        .map((each) => `${each.id}: ${each.nodes.map((node) => node.target).slice(0, 3).join("; ")}`);
}"""
_SMALL = """() => [...document.querySelectorAll("main :is(a.btn, button, select, input:not([type=hidden]))")]
    .filter((each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter((each) => !each.closest(".visually-hidden") && !["checkbox", "radio"].includes(each.type))
    .map((each) => [each, each.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.width < 22 || box.height < 22))
    .map(([each, box]) => `${each.className} ${Math.round(box.width)}x${Math.round(box.height)}`)
    .slice(0, 4)"""
_TALL = """(most) => [...document.querySelectorAll(".list > tbody > tr")]
    .map((row) => [row, row.getBoundingClientRect().height])
    .filter(([row, height]) => height > (row.innerText.length > 150 ? 4 * most : most))
    .map(([row, height]) => `${row.id} is ${Math.round(height)} high`).slice(0, 4)"""
_DARKNESS = "() => getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number)"


def beyond_the_edge(page: Page) -> list[str]:
    """Name what makes a page scroll sideways."""
    return page.evaluate(_TOO_WIDE)


def barriers(page: Page, *rules: str) -> list[str]:
    """Name what keeps people out, as serious or critical as axe takes it; by some of its rules or by all."""
    if page.evaluate("() => !window.axe"):
        page.evaluate(AXE.read_text("utf-8"))
    return page.evaluate(_FAULTS, list(rules))


def squeezed(page: Page) -> list[str]:
    """Name rows of tables that are far higher than their text needs: a column of theirs has no room."""
    return page.evaluate(_TALL, HIGHEST_ROW)


def hard_to_hit(page: Page) -> list[str]:
    """Name what is too small to hit; a box to tick is as large as its row."""
    return page.evaluate(_SMALL)


def lightness(page: Page) -> float:
    """Tell how light the page behind everything is, 255 being white."""
    return max(page.evaluate(_DARKNESS))
