"""The doors a plugin comes in by: pluggy hooks.

A distribution names what answers them, a module or an object, by an entry point: one of the group
``tandem.providers`` where it brings a provider, one of ``tandem.hooks`` where it does not. Each hook may be
left out, but for ``tandem_provider`` in the first group.
"""

from __future__ import annotations

from collections.abc import Mapping

import pluggy

from webapp.sdk.hooks import RunEnd, Veto, Writing
from webapp.sdk.provider import Provider
from webapp.sdk.records import Value

hookspec = pluggy.HookspecMarker("tandem")
hookimpl = pluggy.HookimplMarker("tandem")
"""Marks the function by which a plugin answers a hook."""


@hookspec
def tandem_provider() -> Provider:  # type: ignore[empty-body]
    """Return the provider this plugin describes."""


@hookspec(firstresult=True)
def tandem_before_write(writing: Writing) -> Veto | Mapping[str, Value] | None:
    """Say whether a sync or an import may write a record, here or at the provider, and with which values.

    ``None`` lets it be written as it is. A ``Veto`` keeps all of the record from being written, on both
    sides: it waits on the page *Problems* with the reason, and is looked at again when somebody edits it or
    asks for another try; an import reports it, and *Retry failed* takes it up. A mapping holds other values
    for some of ``writing.values``, of the same types and none of them blank: those are written in their
    place, and the other side keeps its own. Both count as agreed on, so that an adjusted value neither comes
    back nor is asked about again, until somebody edits one of the two.

    Plugins are asked one after another, by the names of their entry points; each is told what those before
    it made of the values, and the first veto ends it. It is a question, not news: it may be asked several
    times for one write, also where a plan is only shown, and not at all before a delete, nor about who is
    the primary contact. What a person types here of one linked record is asked about as it is saved, as a
    write at each provider it travels to, where ``before`` is what the form showed: a veto then stands in
    the form, and nothing was saved. So it is with a value that settles a conflict, where ``before`` holds
    the fields in question, with two customers that are merged here, and with many that are marked active or
    inactive at once. Adjustments wait for the sync, and so does a plugin that failed. The answer has to come
    within 2 seconds, from the arguments alone. Where a plugin raises, answers something
    else or too late, the record is not written either: its problem names the plugin, and the portal tries
    again by itself. All other records go on.
    """


@hookspec
def tandem_after_run(run: RunEnd) -> None:
    """Hear that a run ended, in a job of its own, once all that it did is kept.

    Syncs that found nothing to do are no runs. Nothing depends on what a plugin does now: one that raises, or
    takes longer than 20 seconds, is named in the log, and the others hear of the run all the same. It is told
    once at most: not when its worker dies right then, so whoever must know all has to ask the portal.
    """
