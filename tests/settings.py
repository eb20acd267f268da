"""Settings for tests: valid ones, of which a test changes what it is about."""

import base64
from typing import Any

from webapp.config import Settings

ENVIRONMENT = {
    "DATABASE_URL": "postgresql://tandem@127.0.0.1/tandem",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "TANDEM_SECRET_KEY": "for tests only, of no use elsewhere",
    "TANDEM_KEYS": "test:" + base64.b64encode(bytes(range(32))).decode(),
    "TANDEM_BASE_URL": "http://127.0.0.1:5000",
}
"""The environment of an installation that is set up right."""


def make_settings(**environment: Any) -> Settings:
    """Make settings from `ENVIRONMENT` with the variables given, such as `DATABASE_URL=database_url`."""
    changed = {name: str(value) for name, value in environment.items()}
    return Settings.from_environment(ENVIRONMENT | changed)
