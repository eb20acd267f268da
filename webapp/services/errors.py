"""What a service says when it will not do a thing; ``web.errors`` turns each into a page or a fragment.

Every text is for people and names the remedy.
"""

from __future__ import annotations


class ServiceError(Exception):
    """Root of what services raise to whoever asked."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotFound(ServiceError):
    """There is no such record in this portal."""


class Refused(ServiceError):
    """The thing asked for is not allowed as matters stand; nothing was changed."""


class Conflict(ServiceError):
    """Somebody else was quicker; look again and decide anew."""


class Invalid(ServiceError):
    """A value cannot be taken; ``field`` names the one at fault."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
