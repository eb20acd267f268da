"""Logs are lines: each event is one, whatever it holds, and says what it is about."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from webapp import logs

log = structlog.get_logger("tests")
HOSTILE = 'x\r\n2026 level=error event=forged\x1b[31m\x00\u2028\u202e\x85 "quoted" \\'


@pytest.fixture(params=["logfmt", "json"])
def written(request, capsys):
    """Return what was written since, in each of the formats."""
    logs.configure(request.param)
    logs.begin()
    yield lambda: capsys.readouterr().err
    logs.begin()
    logs.configure()


def test_whatever_is_logged_is_one_line_of_printable_characters(written):
    log.info("event", hostile=HOSTILE)
    line = written()
    assert line.endswith("\n")
    assert line[:-1].isprintable()


def test_nothing_that_is_logged_passes_for_another_key(capsys):
    logs.configure()
    log.info("event", reason=HOSTILE)
    line = capsys.readouterr().err
    assert line.partition("reason=")[2].startswith('"x\\r\\n2026 level=error event=forged\\x1b')


@given(st.text())
def test_a_value_is_read_back_as_it_was(text):
    line = logs.as_logfmt(None, "info", {"event": "e", "value": text})
    shown = line.partition(" value=")[2]
    if shown.startswith('"'):
        shown = shown[1:-1].encode("latin-1", "backslashreplace").decode("unicode_escape")
        shown = shown.replace('\\"', '"')
    assert line.isprintable()
    assert shown == text


def test_a_json_line_holds_what_was_logged(capsys):
    logs.configure("json")
    log.info("event", hostile=HOSTILE, count=3, blank=None)
    line = json.loads(capsys.readouterr().err)
    logs.configure()
    assert (line["event"], line["level"], line["hostile"]) == ("event", "info", HOSTILE)
    assert (line["count"], line["blank"]) == (3, None)


def test_a_traceback_is_on_the_line_of_its_event(written):
    try:
        raise RuntimeError("what\nhappened")
    except RuntimeError:
        log.exception("look.failed")
    lines = written().splitlines()
    assert len(lines) == 1
    assert "Traceback" in lines[0]


def test_lines_say_what_they_are_about_until_something_else_begins(written):
    logs.begin(request="r-1", run="")
    with logs.bound(run="run-1"):
        log.info("inside")
    log.info("after")
    logs.begin()
    log.info("elsewhere")
    inside, after, elsewhere = written().splitlines()
    assert "r-1" in inside and "run-1" in inside
    assert "r-1" in after and "run" not in after
    assert "r-1" not in elsewhere


def test_what_libraries_log_becomes_such_a_line_once(written):
    logs.configure()
    logging.getLogger("rq.worker").warning("gone\nwild: %s", 3)
    lines = written().splitlines()
    assert len(lines) == 1
    assert "rq.worker" in lines[0] and "gone\\nwild: 3" in lines[0]


def test_only_what_is_as_grave_as_the_level_is_written(capsys):
    logs.configure(level="warning")
    log.info("light")
    log.warning("grave")
    logs.configure()
    assert [line for line in capsys.readouterr().err.splitlines() if "light" in line] == []


def test_nothing_is_about_a_blank():
    logs.begin(request="")
    assert logs.about("request") == ""


@pytest.mark.parametrize(
    "message",
    [
        "invalid literal for int() with base 10: 'Ada Canary'",
        'the value "ada@canary.example" is too long',
        "duplicate key\nDETAIL:  Key (email)=(ada@canary.example) already exists.\nCONTEXT:  COPY ada canary",
        'nothing is called "O\'Ada Canary"',
    ],
)
def test_a_traceback_says_where_and_why_but_not_the_values_its_message_quotes(capsys, message):
    logs.configure()
    try:
        raise ValueError(message)
    except ValueError:
        log.exception("event")
    line = capsys.readouterr().err
    assert "ada" not in line.lower()
    assert "ValueError: " in line
    assert "test_logs.py" in line


def test_an_error_behind_an_error_keeps_its_values_to_itself_too(capsys):
    logs.configure()
    name = "Ada Canary"
    try:
        try:
            {}[name]
        except KeyError as error:
            raise RuntimeError("it failed") from error
    except RuntimeError:
        log.exception("event")
    line = capsys.readouterr().err
    assert "KeyError" in line
    assert "RuntimeError: it failed" in line
    assert "Ada" not in line.replace('name = \\"Ada Canary\\"', "")


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_the_secret_part_of_a_webhooks_address_is_taken_out_wherever_it_stands(capfd, form):
    logs.configure(form)
    secret = "Zm9v-bar_42"
    log = structlog.get_logger("x")
    log.warning(f"POST /hooks/{secret} came", path=f"https://p.example/hooks/{secret}?a=b")
    try:
        raise ValueError(f"no route to /hooks/{secret}")
    except ValueError:
        log.exception("page_failed")
    written = capfd.readouterr().err
    assert secret not in written
    assert written.count("/hooks/") == 4
