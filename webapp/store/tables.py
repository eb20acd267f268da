"""All tables at once: importing this makes every one of them known to SQLAlchemy and to migrations."""

from __future__ import annotations

from webapp.store import (
    audit,
    connections,
    customers,
    history,
    intents,
    links,
    mails,
    mirror,
    notices,
    portals,
    processes,
    runs,
    sessions,
)

TABLES = (
    audit,
    connections,
    customers,
    history,
    intents,
    links,
    mails,
    mirror,
    notices,
    portals,
    processes,
    runs,
    sessions,
)
"""Every module with tables."""
