"""Asks the hooks of plugins: one plugin at a time, for so long and no longer, whatever it does.

A plugin runs in a thread of its own, which has neither a portal nor a transaction. One that does not come
back is left there, and not asked again for a while.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TypeVar

import pluggy

from webapp.bounded import Overran, within
from webapp.sdk import Address, RunEnd, Value, Veto, Writing

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds in which a plugin has to answer whether a record may be written."""

PATIENCE_AFTER = 20.0
"""Seconds that a plugin may take for the end of a run."""

REST = 60.0
"""Seconds for which a plugin that did not come back is not asked."""

MOST_REASON = 500
"""Characters of a plugin's reason that are kept."""

BEFORE_WRITE = "tandem_before_write"
AFTER_RUN = "tandem_after_run"
HOOKS = (BEFORE_WRITE, AFTER_RUN)


class HookFault(Exception):
    """A plugin's hook failed; the text names the plugin and says what becomes of it."""

    def __init__(self, plugin: str, hook: str, what: str) -> None:
        super().__init__(f"The plugin {plugin} failed in {hook}: {what}. Report it to the plugin's author.")
        self.plugin = plugin
        self.hook = hook
        self.what = what


class _Faulty(Exception):
    """What a plugin answered is not what the hook promises; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooked:
    """A plugin, what brought it, and the hooks it answers."""

    name: str
    distribution: str
    version: str
    manager: pluggy.PluginManager

    @property
    def hooks(self) -> tuple[str, ...]:
        """The hooks it answers, beside that for a provider."""
        return tuple(hook for hook in HOOKS if getattr(self.manager.hook, hook).get_hookimpls())


class Hooks:
    """The hooks of all plugins of this installation, asked in the order of the plugins' names."""

    def __init__(
        self,
        plugins: Iterable[Hooked] = (),
        *,
        patience: float = PATIENCE,
        patience_after: float = PATIENCE_AFTER,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plugins = tuple(sorted(plugins, key=lambda plugin: plugin.name))
        self._patience = patience
        self._patience_after = patience_after
        self._clock = clock
        self._rests: dict[str, float] = {}
        self._before = tuple(each for each in self.plugins if BEFORE_WRITE in each.hooks)
        self._after = tuple(each for each in self.plugins if AFTER_RUN in each.hooks)

    @property
    def vet(self) -> bool:
        """Tell whether any plugin is to be asked before a record is written."""
        return bool(self._before)

    @property
    def hear(self) -> bool:
        """Tell whether any plugin hears of runs that ended."""
        return bool(self._after)

    def before_write(self, writing: Writing) -> Mapping[str, Value] | Veto:
        """Return what is to be written instead of ``writing.values``, or a veto. Raises ``HookFault``."""
        for plugin in self._before:
            # What is given away must not change under our hands.
            told = replace(writing, values=MappingProxyType(dict(writing.values)))
            answer = self._ask(plugin, BEFORE_WRITE, self._patience, _before(plugin, told))
            if isinstance(answer, Veto):
                return answer
            writing = replace(writing, values={**writing.values, **answer})
        return writing.values

    def after_run(self, run: RunEnd) -> tuple[HookFault, ...]:
        """Tell all plugins that a run ended; return what went wrong."""
        faults = []
        for plugin in self._after:
            try:
                self._ask(plugin, AFTER_RUN, self._patience_after, _after(plugin, run))
            except HookFault as fault:
                faults.append(fault)
        return tuple(faults)

    def _ask(self, plugin: Hooked, hook: str, patience: float, call: Callable[[], T]) -> T:
        late = f"it took longer than {patience:g} seconds"
        if self._clock() < self._rests.get(plugin.name, float("-inf")):
            raise HookFault(plugin.name, hook, late)
        try:
            answer = within(patience, partial(_held, call))
        except Overran:
            self._rests[plugin.name] = self._clock() + REST
            raise HookFault(plugin.name, hook, late) from None
        if isinstance(answer, _Raised):
            raise HookFault(plugin.name, hook, answer.words)
        return answer


@dataclass(frozen=True, slots=True)
class _Raised:
    """Stands for the answer of a plugin that raised."""

    words: str


def _held(call: Callable[[], T]) -> T | _Raised:
    """Return what a call came to, whatever it raises."""
    try:
        return call()
    except _Faulty as fault:
        return _Raised(_printable(str(fault)))
    except BaseException as error:  # noqa: BLE001 - a plugin may fail in any way
        # The text of the error may quote data of people: only its kind and place are told.
        return _Raised(_kind_and_place(error))


def _before(plugin: Hooked, writing: Writing) -> Callable[[], Mapping[str, Value] | Veto]:
    def ask() -> Mapping[str, Value] | Veto:
        answer = getattr(plugin.manager.hook, BEFORE_WRITE)(writing=writing)
        if answer is None:
            return {}
        if type(answer) is Veto:
            return _veto(answer, writing)
        if not isinstance(answer, Mapping):
            raise _Faulty(f"it returned {type(answer).__name__}, not a Veto, a mapping of fields, or None")
        return {name: _value(name, value, writing) for name, value in dict(answer).items()}

    return ask


def _after(plugin: Hooked, run: RunEnd) -> Callable[[], None]:
    def tell() -> None:
        getattr(plugin.manager.hook, AFTER_RUN)(run=run)

    return tell


def _veto(veto: Veto, writing: Writing) -> Veto:
    if type(veto.reason) is not str or not _printable(veto.reason).strip():
        raise _Faulty("its veto has no reason")
    if type(veto.field) is not str or (veto.field and veto.field not in writing.values):
        raise _Faulty("its veto names a field that is not to be written")
    return Veto(reason=_printable(veto.reason).strip()[:MOST_REASON], field=veto.field)


def _value(name: object, value: object, writing: Writing) -> Value:
    """Return an adjusted value if it may stand for the one it replaces."""
    if type(name) is not str or name not in writing.values:
        raise _Faulty(f"it adjusts {name!r}, which is not to be written")
    planned = writing.values[name]
    if type(value) is not type(planned):
        raise _Faulty(f"it makes {name} {type(value).__name__}, not {type(planned).__name__}")
    texts = [getattr(value, part) for part in Address.__slots__] if isinstance(value, Address) else [value]
    if isinstance(value, str | Address) and not all(type(text) is str and _keepable(text) for text in texts):
        raise _Faulty(f"it puts into {name} what is no text")
    if value in ("", Address()) and planned != value:
        raise _Faulty(f"it blanks {name}: that takes a person")
    return value


def _keepable(text: str) -> bool:
    """Tell whether a text can be kept: no database takes a zero, nor half a character."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _kind_and_place(error: BaseException) -> str:
    last = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        last = f"{frame.f_globals.get('__name__', '?')}, line {line}"
    return _printable(f"{type(error).__name__} in {last}")
