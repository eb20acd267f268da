"""What can go wrong at a provider, sorted by what the portal does next.

``Fatal``: the connection waits for a person. ``RetryLater``: the same call may succeed later.
``Skip``: this one record failed, the others go on. Anything else a plugin raises is a fault of the
plugin: it is caught at the border and reported under the plugin's name.
"""

from __future__ import annotations


class ProviderError(Exception):
    """Root of what a plugin may raise; the text is for people and holds no secrets."""


class Fatal(ProviderError):
    """The connection cannot go on until a person has acted."""


class AuthorizationLost(Fatal):
    """The provider no longer lets the portal in; reconnecting is the remedy."""


class AuthorizationDenied(Fatal):
    """A person, or the provider, said no while a connection was being made."""


class RetryLater(ProviderError):
    """The provider could not answer now. ``after`` is the pause it asked for, in seconds, if it did."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class RateLimited(RetryLater):
    """Too many calls. ``scope`` says which limit was hit.

    ``minute`` and ``concurrency`` narrow the pace, ``block`` stops until ``after``, ``day`` parks
    until the provider's day ends.
    """

    def __init__(self, message: str, *, scope: str, after: float | None = None) -> None:
        super().__init__(message, after=after)
        self.scope = scope


class Unavailable(RetryLater):
    """No answer, or one that makes no sense. ``effect_unknown``: a write may have happened."""

    def __init__(self, message: str, *, after: float | None = None, effect_unknown: bool = False) -> None:
        super().__init__(message, after=after)
        self.effect_unknown = effect_unknown


class Skip(ProviderError):
    """This record failed; the others go on."""


class Rejected(Skip):
    """The provider refuses a value. ``field`` is one of the record's fields, or blank if not told."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class Stale(Skip):
    """The record changed since it was read; read it again."""


class Gone(Skip):
    """The provider has no such record."""


class HasTransactions(Skip):
    """The provider keeps the record because it has transactions; marking it inactive is the remedy."""
