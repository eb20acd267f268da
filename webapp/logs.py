"""What the logs look like: one line for each event, key=value or JSON, without the values of variables.

What a line is about (``request``, ``run``, ``connection``, ``provider``) is bound once, where it begins, and
stands on every line until it ends: in the web process, on the ring, in the worker, on each outside call.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

FIRST = ["timestamp", "level", "event", "request", "run", "connection", "provider"]

_OWN_WORDS = ("  ", "Traceback ", "\nDuring ", "\nThe above ")
"""How the parts of a traceback begin that say where, and not what."""

_QUOTED = re.compile(r"""(?<!\w)(?:'[^'\n]*'|"[^"\n]*")""")
_DETAIL = re.compile(r"^(?:DETAIL|CONTEXT|HINT|LINE \d+): .*\n?(?: *\^\n?)?", re.MULTILINE)
log = structlog.get_logger(__name__)

_SECRET_ADDRESS = re.compile(r"(/hooks/)[^/\s\"'?#]+")
"""An address that is a secret by itself: where a provider's webhook arrives."""

_ODD = re.compile(r'["\\]|[^ -~]')


def configure(form: str = "logfmt", level: str = "info") -> None:
    """Write logs as lines for people and machines alike; `form` is logfmt or json.

    A traceback is on the line of its event, and shows no variables: they may hold tokens or people's data.
    They go to the error stream: the other one is for what a command was asked to print. What libraries log
    becomes lines of the same kind, from warnings on.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(traceback_of),
            structlog.processors.UnicodeDecoder(),
            without_secret_addresses,
            as_json if form == "json" else as_logfmt,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # One write a line: processes that share a file do not write into each other's lines.
        logger_factory=lambda *names: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _take_over_libraries()


def take_over_crashes() -> None:
    """Make a line of whatever ends this process or one of its threads, instead of a traceback over many."""

    def crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.error("process.crashed", exc_info=(kind, error, trace))

    def crash_of_thread(found: threading.ExceptHookArgs) -> None:
        name = found.thread.name if found.thread else ""
        log.error(
            "thread.crashed", thread=name, exc_info=(found.exc_type, found.exc_value, found.exc_traceback)
        )

    sys.excepthook, threading.excepthook = crash, crash_of_thread


def begin(**about: str) -> None:
    """Forget what the lines before were about; those that follow are about this."""
    clear_contextvars()
    bind(**about)


def bind(**about: str) -> None:
    """Put this on every line of the work under way; what is blank is left out."""
    bind_contextvars(**{name: value for name, value in about.items() if value})


def bound(**about: str) -> AbstractContextManager[None]:
    """Put this on every line until the block ends."""
    return bound_contextvars(**about)


def about(name: str) -> str:
    """Return what the lines are about now, by name; blank when nothing is bound."""
    return str(get_contextvars().get(name, ""))


def without_secret_addresses(
    logger: object, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Take the secret part out of every address of a webhook, whoever wrote it down."""
    return {
        name: _SECRET_ADDRESS.sub(r"\1…", value) if isinstance(value, str) else value
        for name, value in event.items()
    }


def as_logfmt(logger: object, method: str, event: structlog.typing.EventDict) -> str:
    """Render ``key=value`` on one line; whatever could end it, or move a terminal, is escaped."""
    return " ".join(f"{name}={_quoted(value)}" for name, value in _in_order(event).items())


def as_json(logger: object, method: str, event: structlog.typing.EventDict) -> str:
    """Render one object on one line, in ASCII alone."""
    return json.dumps(_in_order(event), default=str).replace("\x7f", "\\u007f")


def traceback_of(exc_info: structlog.typing.ExcInfo) -> str:
    """Write where an error came from, without the values its message quotes: they may be people's data."""
    told = traceback.TracebackException(*exc_info)
    return "".join(_without_values(told.format())).rstrip("\n")


def _without_values(parts: Iterator[str]) -> Iterator[str]:
    for part in parts:
        yield part if part.startswith(_OWN_WORDS) else _QUOTED.sub("…", _DETAIL.sub("", part))


class _Lines(logging.Handler):
    """Makes a line of ours of what a library logs."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger(record.name).log(
            record.levelno,
            "library",
            logger=record.name,
            message=record.getMessage(),
            exc_info=record.exc_info,
        )


def _take_over_libraries() -> None:
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _Lines)]:
        root.removeHandler(handler)
    root.addHandler(_Lines(logging.WARNING))


def _in_order(event: structlog.typing.EventDict) -> dict[str, Any]:
    rest = [name for name in event if name not in FIRST]
    return {name: event[name] for name in [*(each for each in FIRST if each in event), *rest]}


def _quoted(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    plain = _ODD.sub(_escaped, text)
    return f'"{plain}"' if plain != text or " " in text or "=" in text else plain


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
