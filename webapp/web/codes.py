"""QR codes, as an SVG within the page."""

from __future__ import annotations

import segno
from flask import Flask
from markupsafe import Markup


def bind(app: Flask) -> None:
    """Give QR codes to an application's templates."""
    app.jinja_env.filters["qr_code"] = qr_code


def qr_code(text: str) -> Markup:
    """Draw a text as a QR code: dark on light, since readers take no other."""
    drawn = segno.make(text, error="m", micro=False)
    return Markup(drawn.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None, light="#fff"))
