"""Calls of code that may never come back: waited for so long, then left behind and interrupted."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class Overran(Exception):
    """The call did not come back in time."""


class OutOfTime(BaseException):
    """Raised in the middle of a job whose time is up; no ``Exception``, which too many let pass."""


class _Interrupted(SystemExit):
    """Ends the thread of a call nobody waits for any more; threads end by it without a word."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what ``call`` returns or raise what it raises, ``SystemExit`` too; ``Overran`` if it is late.

    It runs in a thread and a context of its own. One that hangs is interrupted between two of its steps: code
    that sleeps, or lets nothing interrupt it, goes on unheard.
    """
    future: Future[T] = Future()
    thread = Thread(target=_answer, args=(future, call), name="bounded", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive() and not future.done():
        identity = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, ctypes.py_object(_Interrupted))
        raise Overran
    return future.result()


def _answer(future: Future[T], call: Callable[[], T]) -> None:
    try:
        value = call()
    except BaseException as error:  # noqa: BLE001 - whoever waits is told
        future.set_exception(error)
    else:
        future.set_result(value)
