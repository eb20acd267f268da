"""The border plugins are called across: their own faults are caught here and named with their name."""

from __future__ import annotations

import traceback
from collections.abc import Generator
from contextlib import contextmanager

from webapp.outside.account import OutsideAccount
from webapp.sdk import ProviderError, RateLimited, Unavailable


class PluginFault(Unavailable):
    """A plugin raised what it may not, or returned what it did not promise.

    The run fails and names the plugin; the connection stays. It counts as ``Unavailable``, since a write may
    have happened before the fault, so that an intent is looked up like after an answer that was lost.
    """

    def __init__(self, provider: str, what: str, *, effect_unknown: bool = False) -> None:
        super().__init__(
            f"The plugin {provider} failed: {what}. Report it to the plugin's author; nothing here is lost.",
            effect_unknown=effect_unknown,
        )
        self.provider = provider
        self.what = what


@contextmanager
def border(provider: str, account: OutsideAccount | None = None, *, writes: bool = False) -> Generator[None]:
    """Run a plugin's code: its refusals reach the budget, its faults become ``PluginFault``.

    What stopped the account (a lost fence, a failing store) is raised as it was, even if the plugin
    swallowed it.
    """
    try:
        yield
    except Exception as error:
        _raise_stop(account)
        if account is not None and isinstance(error, RateLimited):
            account.penalise(error)
        if isinstance(error, ProviderError):
            raise
        # The text of the error may quote data of people: only its kind and place are told.
        raise PluginFault(provider, _kind_and_place(error), effect_unknown=writes) from None
    _raise_stop(account)


def _raise_stop(account: OutsideAccount | None) -> None:
    if account is not None and account.stopped_by is not None:
        raise account.stopped_by


def _kind_and_place(error: Exception) -> str:
    last = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        last = f"{frame.f_globals.get('__name__', '?')}, line {line}"
    return f"{type(error).__name__} in {last}"
