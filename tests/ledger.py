"""A provider that exists nowhere but in tests."""

from typing import Any

from webapp.sdk import Capabilities, CredentialField, Provider, Region


def unused(*arguments: Any) -> Any:
    """Stand where a provider's function stands that no test here calls."""
    raise AssertionError(arguments)


EUROPE = Region(
    key="eu",
    label="Europe",
    endpoints={"api": "https://api.ledger.eu/v1", "accounts": "https://id.ledger.eu"},
)
AMERICA = Region(key="us", label="America", endpoints={"api": "https://api.ledger.com:8443/v1"})
LEDGER = Provider(
    name="ledger",
    label="Ledger",
    mark="LE",
    capabilities=Capabilities(calls_per_minute=60, calls_at_once=5),
    regions=(EUROPE, AMERICA),
    credentials=(CredentialField(name="token", label="Token", secret=True),),
    guide=("Make a token.",),
    authorize_url=unused,
    read_callback=unused,
    exchange=unused,
    organizations=unused,
    probe=unused,
    open=unused,
    revoke=unused,
)

KEYED = Provider(
    name="abacus",
    label="Abacus",
    mark="AB",
    capabilities=Capabilities(calls_per_minute=60, calls_at_once=5),
    regions=(Region(key="world", label="World", endpoints={"api": "https://api.abacus.example"}),),
    credentials=(CredentialField(name="api_key", label="API key", secret=True),),
    guide=(
        "Sign in to Abacus and open Settings, then API keys.",
        "Make a key, and copy it into the field here.",
    ),
    organizations=unused,
    probe=unused,
    open=unused,
)
"""One that is let in by keys alone."""
