"""What the logs look like: one line for each event, key=value, without the values of variables."""

from __future__ import annotations

import logging
import sys

import structlog

FIRST = ["timestamp", "level", "event"]


def configure() -> None:
    """Write logs as lines for people and machines alike.

    A traceback is on the line of its event, and shows no variables: they may hold tokens or people's data.
    They go to the error stream: the other one is for what a command was asked to print.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=FIRST, bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
