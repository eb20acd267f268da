"""One view, two answers: the whole page, or just the block of it that HTMX asked for."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Flask, current_app, g, make_response, render_template, request
from flask.wrappers import Response
from markupsafe import Markup
from werkzeug.local import LocalProxy


def bind(app: Flask) -> None:
    """Give the macros to an application's templates: pages and lone blocks find them as ``ui``."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    settings = app.config["TANDEM"]
    app.context_processor(
        lambda: {
            "portal": g.get("portal"),
            "profile": g.get("profile"),
            "client": g.get("client"),
            "sandboxed": bool(settings.sandbox_url),
            "read_only": settings.read_only,
        }
    )
    # Compiled when first used: commands and workers show no pages.
    macros = cache(lambda: app.jinja_env.get_template("macros/ui.html").module)
    app.jinja_env.globals["ui"] = LocalProxy(macros)


def wants_fragment() -> bool:
    """Tell whether HTMX asked for a part of the page and not for the page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Request-Type") != "full"
        and "HX-Boosted" not in headers
        and "HX-History-Restore-Request" not in headers
    )


def page(
    template: str, /, *, fragment: str | tuple[str, ...] = (), status: int = 200, **context: Any
) -> Response:
    """Answer with a page, or with its blocks named by ``fragment`` if HTMX asked for a part.

    A block stands alone when it is rendered as a fragment: what it imports or sets stands inside it.
    """
    names = (fragment,) if isinstance(fragment, str) else fragment
    if names and wants_fragment():
        return make_response(Markup("\n").join(block(template, name, **context) for name in names), status)
    return make_response(render_template(template, **context), status)


def block(template: str, name: str, /, **context: Any) -> Markup:
    """Render one block of a template."""
    parts = current_app.jinja_env.get_template(template)
    current_app.update_template_context(context)
    return Markup("".join(parts.blocks[name](parts.new_context(context))))
