"""Curves as SVG: a few lines over sizes that grow tenfold, readable on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 196, 44, 48
LINES = 4
"""How high the scale is drawn: so many lines above zero."""

COLOURS = ("#2f6fde", "#c2410c", "#15803d", "#9333ea")

_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#334155}line{stroke:#94a3b8;stroke-opacity:.4}"
    "@media(prefers-color-scheme:dark){text{fill:#cbd5e1}}"
)

Points = Sequence[tuple[float, float]]


def curves(title: str, unit: str, lines: Mapping[str, Points]) -> str:
    """Draw lines by their names: sizes on a scale of powers of ten, values on an even one from zero."""
    sizes = sorted({size for points in lines.values() for size, _ in points})
    top = _top(max(value for points in lines.values() for _, value in points))
    parts = [_text(LEFT, 22, f"{title}, {unit}", "start"), *_scale(top), *_sizes(sizes)]
    for number, (name, points) in enumerate(lines.items()):
        placed = [(_across(size, sizes), _up(value, top)) for size, value in points]
        parts += _line(placed, name, COLOURS[number], HEIGHT - BOTTOM - 22 * (len(lines) - number - 1))
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    label = f'role="img" aria-label="{escape(title)}"'
    inner = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label}>\n<style>{_STYLE}</style>\n{inner}\n</svg>\n'
    )


def _top(most: float) -> float:
    """Return a round number that no value exceeds, and that divides well."""
    if most <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(most))
    return next(power * step for step in (1, 2, 4, 8, 10) if power * step >= most)


def _across(size: float, sizes: Sequence[float]) -> float:
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])
    share = (math.log10(size) - first) / (last - first) if last > first else 0.5
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _up(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)


def _scale(top: float) -> list[str]:
    values = [top * step / LINES for step in range(LINES + 1)]
    right = WIDTH - RIGHT
    lines = [
        f'<line x1="{LEFT}" y1="{_up(value, top)}" x2="{right}" y2="{_up(value, top)}"/>' for value in values
    ]
    return lines + [_text(LEFT - 8, _up(value, top) + 4, f"{value:,g}", "end") for value in values]


def _sizes(sizes: Sequence[float]) -> list[str]:
    return [_text(_across(size, sizes), HEIGHT - BOTTOM + 20, f"{size:,.0f}", "middle") for size in sizes]


def _line(placed: Points, name: str, colour: str, named_at: float) -> list[str]:
    path = " ".join(f"{x},{y}" for x, y in placed)
    dots = [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in placed]
    begins = WIDTH - RIGHT + 16
    key = f'<rect x="{begins}" y="{named_at - 9}" width="14" height="4" fill="{colour}"/>'
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *dots,
        key,
        _text(begins + 20, named_at - 3, name, "start"),
    ]


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
