"""Of a log's lines only those are told that went wrong, and of these only what is nobody's data."""

from __future__ import annotations

import io
from contextlib import redirect_stderr

import pytest
import structlog

from webapp import logs
from webapp.services import tally
from webapp.services.troubles import MOST, troubles


@pytest.fixture(autouse=True)
def logs_as_before():
    # Lines are about nothing: a request that was made before leaves what its thread's lines were about.
    structlog.contextvars.clear_contextvars()
    yield
    logs.configure()


def written(form: str) -> list[str]:
    """Log an error as Tandem does, and something that is none; return the lines."""
    said = io.StringIO()
    with redirect_stderr(said):
        logs.configure(form)
        log = structlog.get_logger(tally.__name__)
        log.info("request", status=200)
        try:
            tally.Tally(None).flush(1)
        except TypeError:
            log.exception("look.failed", reference="0a1b2c3d", customer="Ada Lovelace", why="ada@x.example")
    return said.getvalue().splitlines()


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_an_error_keeps_its_reference_and_what_was_raised(form: str):
    [told] = troubles(written(form))
    assert told.pop("timestamp")
    assert told == {"level": "error", "event": "look.failed", "reference": "0a1b2c3d", "raised": "TypeError"}


def test_our_own_code_is_named_by_its_place():
    line = (
        'level=error event=page_failed exception="Traceback:\\n  File \\"/home/ada/x/webapp/web/runs.py\\", '
        'line 7, in show\\nsqlalchemy.exc.DataError: (ada)"'
    )
    [told] = troubles([line])
    assert told["at"] == "webapp/web/runs.py:7"
    assert told["raised"] == "sqlalchemy.exc.DataError"
    assert "ada" not in str(told)


def test_the_words_of_a_journal_before_a_line_do_no_harm():
    line = 'Nov 22 adas-machine tandem[7]: {"level": "warning", "event": "sweep.failed", "error": "X"}'
    assert troubles([line]) == [{"level": "warning", "event": "sweep.failed", "error": "X"}]


def test_the_last_ones_are_kept_of_many():
    told = troubles(f"level=warning event=look.failed reference={number:08x}" for number in range(MOST + 2))
    assert (len(told), told[-1]["reference"]) == (MOST, f"{MOST + 1:08x}")


@pytest.mark.parametrize("line", ["", "words", "{", '{"level": 3}', "[1]", 'level="error', "level=info a=b"])
def test_what_is_no_line_of_ours_is_left_out(line: str):
    assert troubles([line]) == []
