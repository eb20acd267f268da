"""One view, two answers: the whole page, or just the block of it that HTMX asked for."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, make_response, render_template, request
from flask.wrappers import Response
from jinja2 import Environment
from markupsafe import Markup


class Macros:
    """The macros that pages are built of, by name; compiled when first used, since commands show no pages."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __getattr__(self, name: str) -> Any:
        """Find a macro once: a page of a list names them hundreds of times."""
        macro = getattr(self._environment.get_template("macros/ui.html").module, name)
        setattr(self, name, macro)
        return macro


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
    app.jinja_env.globals["ui"] = Macros(app.jinja_env)


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
