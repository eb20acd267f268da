"""What the logs look like: one line for each event, key=value, without the values of variables."""

from __future__ import annotations

import structlog


def configure() -> None:
    """Write logs as lines for people and machines alike.

    A traceback is on the line of its event, and shows no variables: they may hold tokens or people's data.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
