"""Scenes of a connection's webhook in all its states."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.extensions import db
from webapp.services import webhooks
from webapp.store.columns import now
from webapp.store.webhooks import Webhook

UNSIGNED = "It was not signed with the secret shown here."


def _webhook(**columns: Any) -> Shown:
    portal = Portal.new().connected(region="sandbox" if columns.pop("sandbox", False) else "eu")
    assert portal.connection_id is not None
    webhooks.make(portal.id, portal.connection_id, user_id=portal.user_id)
    if columns:
        chosen = update(Webhook).where(Webhook.connection_id == portal.connection_id)
        db.session.execute(chosen.values(**columns))
        db.session.commit()
    return _page(portal)


def _page(portal: Portal) -> Shown:
    return Shown(portal.address(f"connections/{portal.connection_id}/webhook"), portal)


@scene("webhook, not set up")
def not_set_up() -> Shown:
    return _page(Portal.new().connected())


@scene("webhook, none there")
def not_supported() -> Shown:
    return _page(Portal.new().connected(provider="ledgerly"))


@scene("webhook, waiting")
def waiting() -> Shown:
    return _webhook()


@scene("webhook, in the sandbox")
def in_the_sandbox() -> Shown:
    return _webhook(sandbox=True)


@scene("webhook, arrived")
def arrived() -> Shown:
    return _webhook(arrivals=1284, arrived_at=now() - timedelta(minutes=2))


@scene("webhook, turned away")
def turned_away() -> Shown:
    moment = now()
    return _webhook(
        arrivals=3,
        arrived_at=moment - timedelta(days=2),
        refused_at=moment - timedelta(minutes=4),
        refusal=UNSIGNED,
    )


@scene("webhook, not opened")
def not_opened() -> Shown:
    return _webhook(secret="lost:" + "A" * 60)
