"""The border plugins are called across: their own faults are caught here and named with their name."""

from __future__ import annotations

import math
import threading
import traceback
from collections.abc import Generator
from contextlib import contextmanager

from webapp.bounded import OutOfTime
from webapp.outside.account import OutsideAccount
from webapp.sdk import Fatal, ProviderError, RateLimited, Rejected, RetryLater, Skip, Unavailable
from webapp.shape import storable

LONGEST_WORDS = 10_000
LONGEST_FAULT = 500
"""Characters of what a plugin raises, and of what is said of its fault."""

LONGEST_PAUSE = 31 * 86_400.0
"""Seconds; a provider that asks for more is asked again by then."""

OVERRUN_REST = 600.0
"""Seconds a connection rests whose plugin did not come back: it took a worker for minutes."""

SCOPES = ("minute", "concurrency", "block", "day")


class PluginFault(Unavailable):
    """A plugin raised what it may not, or returned what it did not promise.

    The run fails and names the plugin; the connection stays. It counts as ``Unavailable``, since a write may
    have happened before the fault, so that an intent is looked up like after an answer that was lost.
    """

    def __init__(
        self, provider: str, what: str, *, after: float | None = None, effect_unknown: bool = False
    ) -> None:
        what = "".join(sign if sign.isprintable() else "?" for sign in what[:LONGEST_FAULT])
        super().__init__(
            f"The plugin {provider} failed: {what}. Report it to the plugin's author; nothing here is lost.",
            after=after,
            effect_unknown=effect_unknown,
        )
        self.provider = provider
        self.what = what


@contextmanager
def border(provider: str, account: OutsideAccount | None = None, *, writes: bool = False) -> Generator[None]:
    """Run a plugin's code: its refusals reach the budget, its faults become ``PluginFault``.

    What stopped the account (a lost fence, a failing store) is raised as it was, even if the plugin
    swallowed it. ``SystemExit`` is as good a fault as any; what else is no ``Exception`` passes in a main
    thread, where Ctrl-C is raised: whoever runs the look tells of it.
    """
    try:
        yield
    except BaseException as error:
        _raise_stop(account)
        if not _is_the_plugins(error):
            raise
        flaw = _flaw(error)
        if flaw:
            # The text of the error may quote data of people: only its kind and place are told.
            rest = OVERRUN_REST if isinstance(error, OutOfTime) else None
            what = f"{flaw}{_place(error)}"
            raise PluginFault(provider, what, after=rest, effect_unknown=writes) from None
        if isinstance(error, RetryLater) and error.after is not None:
            error.after = min(error.after, LONGEST_PAUSE)
        if account is not None and isinstance(error, RateLimited):
            account.penalise(error)
        raise
    _raise_stop(account)


def _raise_stop(account: OutsideAccount | None) -> None:
    if account is not None and account.stopped_by is not None:
        raise account.stopped_by


def _is_the_plugins(error: BaseException) -> bool:
    """Tell whether nobody but the plugin can have raised an error."""
    own = isinstance(error, Exception | SystemExit | GeneratorExit | OutOfTime)
    return own or threading.current_thread() is not threading.main_thread()


def _flaw(error: BaseException) -> str:
    """Say what is wrong with what a plugin raised; blank for an error of the SDK that keeps its promises."""
    if isinstance(error, OutOfTime):
        return "it did not come back in time"
    if not isinstance(error, Fatal | RetryLater | Skip):
        return type(error).__name__
    try:
        sound = _is_sound(error)
    except Exception:  # noqa: BLE001 - the code of the plugin's own error may fail in any way
        sound = False
    return "" if sound else f"a misshapen {type(error).__name__}"


def _is_sound(error: ProviderError) -> bool:
    words = [str(error)]
    if isinstance(error, Rejected):
        words += [error.reason, error.field]
    if isinstance(error, RateLimited) and error.scope not in SCOPES:
        return False
    if isinstance(error, RetryLater) and error.after is not None and not _is_pause(error.after):
        return False
    return all(type(each) is str and len(each) <= LONGEST_WORDS and storable(each) for each in words)


def _is_pause(after: float) -> bool:
    return type(after) in (int, float) and math.isfinite(after) and after >= 0


def _place(error: BaseException) -> str:
    last = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_globals.get("__name__")
        last = f" in {name if type(name) is str else '?'}, line {line}"
    return last
