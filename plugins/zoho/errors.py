"""What an answer of Zoho's API means: its body when it succeeded, else an error sorted for the portal.

The ``code`` in the body decides, whatever the HTTP status: an error may come as HTTP 200.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from webapp.sdk import (
    Answer,
    AuthorizationLost,
    Gone,
    HasTransactions,
    ProviderError,
    RateLimited,
    Rejected,
    Unavailable,
)

_REFUSED = (14, 57)
_LIMITS: Mapping[int, tuple[str, float]] = {
    44: ("minute", 60.0),
    43: ("block", 3600.0),
    1070: ("concurrency", 5.0),
}
_DAY = 45
_NO_SUCH_ADDRESS = 5
_INTERNAL = 1000
_GONE = 1002
_TRANSACTIONS = 3000
_FOREIGN_ORGANIZATION = 6041
_NAME_AT_FAULT = (3062, 3013)
_LONGEST_PAUSE = 86400.0

# First match wins, so the longer wordings stand first.
_FIELD_WORDS: tuple[tuple[str, str], ...] = (
    ("contact name", "name"),
    ("customer name", "name"),
    ("company", "company_name"),
    ("website", "website"),
    ("first name", "first_name"),
    ("last name", "last_name"),
    ("salutation", "salutation"),
    ("designation", "designation"),
    ("department", "department"),
    ("e-mail", "email"),
    ("email", "email"),
    ("mobile", "mobile"),
    ("address", "billing_address"),
    ("attention", "billing_address"),
    ("street", "billing_address"),
    ("city", "billing_address"),
    ("state", "billing_address"),
    ("zip", "billing_address"),
    ("country", "billing_address"),
    ("phone", "phone"),
    ("currency", "currency"),
)


def refused(answer: Answer) -> bool:
    """Tell whether the token was refused: expired, revoked, or without the right to do this."""
    return answer.status == 401 or _code(_body(answer)) in _REFUSED


def lost(label: str) -> AuthorizationLost:
    """Return what to raise when a fresh token is refused as well."""
    return AuthorizationLost(
        f"{label} refuses this even with a fresh token: the authorisation lacks a permission, or the user "
        "who connected has no role that may do it. Please reconnect as a user who may read and edit contacts."
    )


def read(answer: Answer, *, label: str, write: bool, now: datetime) -> Mapping[str, Any]:
    """Return the body of a success; raise what the portal should do about anything else."""
    body = _body(answer)
    code = _code(body)
    if body is not None and code == 0 and 200 <= answer.status < 300:
        return body
    raise _trouble(answer, body, code, label=label, write=write, now=now)


def nonsense(label: str, what: str, *, write: bool = False) -> Unavailable:
    """Return what to raise for an answer of another shape than Zoho's; a write may have happened."""
    return Unavailable(f"{label} gave an answer that makes no sense: {what}.", effect_unknown=write)


def _trouble(
    answer: Answer,
    body: Mapping[str, Any] | None,
    code: int | None,
    *,
    label: str,
    write: bool,
    now: datetime,
) -> ProviderError:
    message = _message(body, answer.status)
    if limited := _limited(answer, code, f"{label}: {message}", now):
        return limited
    if answer.status >= 500 or code == _INTERNAL:
        return Unavailable(f"{label} failed: {message}", effect_unknown=write)
    if code == _FOREIGN_ORGANIZATION or (answer.status == 403 and code):
        return AuthorizationLost(
            f"{label} no longer lets this user into the organization ({message}). "
            "Please reconnect as a user of it."
        )
    if code is None or code == 0 or answer.status < 200 or 300 <= answer.status < 400:
        return nonsense(label, f"HTTP {answer.status} without a result", write=write)
    return _skipped(answer.status, code, message)


def _limited(answer: Answer, code: int | None, message: str, now: datetime) -> RateLimited | None:
    if code == _DAY:
        reset = answer.headers.get("x-rate-limit-reset", "")
        return RateLimited(message, scope="day", after=_seconds(reset) or _pause(answer, None, now))
    if code in _LIMITS or answer.status == 429:
        scope, pause = _LIMITS.get(code or 44, _LIMITS[44])
        return RateLimited(message, scope=scope, after=_pause(answer, pause, now))
    return None


def _skipped(status: int, code: int, message: str) -> ProviderError:
    if code == _NO_SUCH_ADDRESS:
        # "Invalid URL": the call itself is not known, which says nothing of the record.
        return Rejected(message)
    if code == _GONE or status == 404:
        return Gone(message)
    if code == _TRANSACTIONS:
        return HasTransactions(message)
    if code in _NAME_AT_FAULT:
        return Rejected(message, field="name")
    return Rejected(message, field=_field(message))


def _field(message: str) -> str:
    # What stands in quotes is the value, and a value may be called "Phone House".
    words = re.sub(r'"[^"]*"', "", message).lower().replace("_", " ")
    return next((field for word, field in _FIELD_WORDS if word in words), "")


def _message(body: Mapping[str, Any] | None, status: int) -> str:
    told = body.get("message") if body else None
    return told.strip()[:300] if isinstance(told, str) and told.strip() else f"HTTP {status}"


def _pause(answer: Answer, default: float | None, now: datetime) -> float | None:
    told = answer.headers.get("retry-after", "")
    if (seconds := _seconds(told)) is not None:
        return seconds
    try:
        return min(max((parsedate_to_datetime(told) - now).total_seconds(), 0.0), _LONGEST_PAUSE)
    except (ValueError, TypeError):
        return default


def _seconds(text: str) -> float | None:
    return min(float(text), _LONGEST_PAUSE) if text.strip().isdecimal() else None


def _body(answer: Answer) -> Mapping[str, Any] | None:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _code(body: Mapping[str, Any] | None) -> int | None:
    code = body.get("code") if body else None
    if isinstance(code, str) and len(code) < 10 and code.isdecimal():
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None
