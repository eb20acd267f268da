"""One view, two answers."""

from __future__ import annotations

import pytest
from flask import Flask
from jinja2 import DictLoader

from webapp.web.render import block, page

TEMPLATES = {
    "frame.html": "<html>{% block main %}{% endblock %}{{ shared }}</html>",
    "macros/ui.html": "{% macro icon(name) %}<i>{{ name }}</i>{% endmacro %}",
    "list.html": (
        "{% extends 'frame.html' %}"
        "{% block main %}<h1>Head</h1>"
        "{% block rows %}<ul id='rows'>{{ name }}{{ ui.icon('x') }}</ul>{% endblock %}"
        "{% block bar %}<p id='bar'>{{ shared }}</p>{% endblock %}{% endblock %}"
    ),
}


@pytest.fixture
def app():
    """An application with a page of two parts."""
    app = Flask(__name__)
    app.jinja_loader = DictLoader(TEMPLATES)
    app.context_processor(lambda: {"shared": "everywhere"})
    app.jinja_env.globals["ui"] = app.jinja_env.get_template("macros/ui.html").module
    app.add_url_rule("/one", "one", lambda: page("list.html", fragment="rows", name="<b>"))
    app.add_url_rule("/two", "two", lambda: page("list.html", fragment=("rows", "bar"), name="n"))
    app.add_url_rule("/none", "none", lambda: page("list.html", name="n", status=422))
    return app


def ask(app, address, **headers):
    """Ask as HTMX does for a part of a page, with further headers."""
    return app.test_client().get(address, headers={"HX-Request": "true"} | headers)


def test_a_plain_request_gets_the_page(app):
    text = app.test_client().get("/one").text
    assert text.startswith("<html><h1>Head</h1><ul")
    assert text.endswith("everywhere</html>")


def test_htmx_gets_the_block_alone_escaped_and_with_the_macros(app):
    assert ask(app, "/one").text == "<ul id='rows'>&lt;b&gt;<i>x</i></ul>"


def test_several_blocks_come_together(app):
    assert ask(app, "/two").text == "<ul id='rows'>n<i>x</i></ul>\n<p id='bar'>everywhere</p>"


@pytest.mark.parametrize(
    "header", ["HX-Boosted", "HX-History-Restore-Request", "HX-Request-Type"], ids=lambda name: name
)
def test_htmx_gets_the_page_when_it_replaces_all_of_it(app, header):
    value = "full" if header == "HX-Request-Type" else "true"
    assert ask(app, "/one", **{header: value}).text.startswith("<html>")


def test_a_view_without_a_fragment_answers_with_the_page_and_its_status(app):
    answer = ask(app, "/none")
    assert (answer.status_code, answer.text.startswith("<html>")) == (422, True)


def test_a_block_that_does_not_exist_is_an_error(app):
    with app.test_request_context(), pytest.raises(KeyError):
        block("list.html", "missing")
