"""The switches of the sandbox: limits, and every behaviour of Zoho's that is not settled by evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

PERSON_WRITES = ("create", "update", "delete", "primary")
EMAIL_RULES = ("shared", "contact", "organization")
LEFT_OUT = ("kept", "cleared")


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set at the start and through the control side; 0 means no limit.

    bumping_person_writes: which writes to a person move its contact's last_modified_time; only
    "update" is proven.
    unique_person_emails: how far a person's e-mail must be unique; Zoho's own rule is not known.
    custom_fields_left_out: what becomes of those that a PUT with other ones leaves out; not known either.
    """

    location: str = "us"
    latency_ms: int = 0
    calls_per_minute: int = 0
    calls_per_day: int = 10_000
    concurrency: int = 10
    flood_block: bool = False
    flood_block_seconds: int = 3600
    access_token_seconds: int = 3600
    code_seconds: int = 120
    tokens_per_refresh_token: int = 10
    grants_per_client: int = 10
    throttle_seconds: int = 600
    throttle_status: int = 400
    refresh_tokens_per_user: int = 20
    access_tokens_per_refresh_token: int = 15
    expired_token_code: int = 57
    filter_by_modified_time: bool = False
    org_wide_persons: bool = True
    bumping_person_writes: tuple[str, ...] = ("update",)
    unique_person_emails: str = "shared"
    custom_fields_left_out: str = "kept"

    def changed(self, values: dict[str, Any]) -> Settings:
        """Return these settings with the given ones changed; raise ValueError naming what is wrong."""
        known = {each.name for each in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"There is no setting {name!r}; there are {', '.join(sorted(known))}.")
            self._check(name, value)
        given = dict(values)
        if "bumping_person_writes" in given:
            given["bumping_person_writes"] = tuple(given["bumping_person_writes"])
        return replace(self, **given)

    def as_json(self) -> dict[str, Any]:
        """Return the settings as the control side shows them."""
        return asdict(self)

    def _check(self, name: str, value: Any) -> None:
        current = getattr(self, name)
        if name == "bumping_person_writes":
            if not isinstance(value, list | tuple) or not set(value) <= set(PERSON_WRITES):
                raise ValueError(f"{name} is a list out of {', '.join(PERSON_WRITES)}.")
        elif name == "unique_person_emails" and value not in EMAIL_RULES:
            raise ValueError(f"{name} is one of {', '.join(EMAIL_RULES)}.")
        elif name == "custom_fields_left_out" and value not in LEFT_OUT:
            raise ValueError(f"{name} is one of {', '.join(LEFT_OUT)}.")
        elif type(value) is not type(current):
            raise ValueError(f"{name} is {type(current).__name__}, not {value!r}.")
        elif isinstance(value, int) and value < 0:
            raise ValueError(f"{name} cannot be negative.")
