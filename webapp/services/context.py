"""What services find in the running application: settings, providers, budget, Valkey and the safe.

``app.create_app`` puts them there once with ``bind``; nothing else in services looks into the application.
"""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app
from redis import Redis

from webapp.budget import Budget
from webapp.config import Settings
from webapp.outside import Caps
from webapp.providers import Registry
from webapp.store.secrets import Safe


def bind(
    app: Flask,
    settings: Settings,
    registry: Registry,
    valkey: Redis,
    budget: Budget,
    *,
    caps: Caps | None = None,
) -> None:
    """Put the parts that services need into an application; `caps` are those of each outside call."""
    app.config["TANDEM"] = settings
    app.extensions["tandem_providers"] = registry
    app.extensions["tandem_redis"] = valkey
    app.extensions["tandem_budget"] = budget
    app.extensions["tandem_safe"] = Safe(settings.keys)
    app.extensions["tandem_caps"] = caps or Caps()


def settings() -> Settings:
    """Return the settings the process was started with."""
    return cast(Settings, current_app.config["TANDEM"])


def registry() -> Registry:
    """Return the providers that plugins brought."""
    return cast(Registry, current_app.extensions["tandem_providers"])


def budget() -> Budget:
    """Return the budget of outside calls that all processes share."""
    return cast(Budget, current_app.extensions["tandem_budget"])


def caps() -> Caps:
    """Return what one outside call may take."""
    return cast(Caps, current_app.extensions["tandem_caps"])


def valkey() -> Redis:
    """Return the connection to Valkey."""
    return cast(Redis, current_app.extensions["tandem_redis"])


def safe() -> Safe:
    """Return what seals and opens secrets."""
    return cast(Safe, current_app.extensions["tandem_safe"])
