"""The name a portal is asked by: its own alone, so that nothing is linked or compared with another's."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

import structlog
from flask import Flask, abort, request

from webapp.config import is_loopback
from webapp.services import context

ASKED_BY_NUMBER = ("/healthz", "/readyz", "/metrics")
"""What load balancers ask at whatever address they find the process."""

log = structlog.get_logger(__name__)


def bind(app: Flask) -> None:
    """Guard an application's requests."""
    app.before_request(refuse_foreign_hosts)


def refuse_foreign_hosts() -> None:
    """Refuse a request that was sent to another host; on this machine its names are one."""
    if request.path in ASKED_BY_NUMBER:
        return
    if not is_own(context.settings().base_url, f"{request.scheme}://{request.host}"):
        log.warning("host.refused", host=request.host)
        abort(421)


def is_own(base_url: str, asked: str) -> bool:
    """Tell whether an address is the portal's; to the loopback address belong all its names and ports."""
    base, given = _parts(base_url), _parts(asked)
    if base is None or given is None:
        return False
    if is_loopback(base.hostname) and is_loopback(given.hostname):
        return True
    return (base.hostname, _port(base)) == (given.hostname, _port(given))


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
