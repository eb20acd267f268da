"""All tables at once: importing this makes every one of them known to SQLAlchemy and to migrations."""

from __future__ import annotations

from webapp.store import (
    audit,
    conflicts,
    connections,
    customers,
    drift,
    history,
    intents,
    links,
    mails,
    invitations,
    marks,
    mirror,
    notices,
    portals,
    problems,
    processes,
    projects,
    runs,
    sessions,
    webhooks,
)

TABLES = (
    audit,
    conflicts,
    connections,
    customers,
    drift,
    history,
    intents,
    links,
    mails,
    marks,
    mirror,
    notices,
    invitations,
    portals,
    problems,
    processes,
    projects,
    runs,
    sessions,
    webhooks,
)
"""Every module with tables."""
