"""Asking plugins before a record is written, on either side: the one place where a plan meets their hooks."""

from __future__ import annotations

from functools import partial

from webapp.hooks import HookFault, Hooks
from webapp.sdk import Veto, Writing
from webapp.services import context, hook_faults
from webapp.services.accounts import provider_of
from webapp.store.connections import Connection
from webapp.store.customers import MAX_LENGTHS
from webapp.sync.link import Fields, Side
from webapp.sync.steps import Limits, Ref, Refusal
from webapp.sync.terms import Vet, as_planned


def vet_of(connection: Connection) -> Vet:
    """Return who is asked before a record of a connection's customers is written.

    A veto refuses the record until it changes; a plugin that fails refuses it for now, so that nothing is
    written which it might have kept back.
    """
    hooks = context.registry().hooks
    if not hooks.vet:
        return as_planned
    theirs = provider_of(connection).capabilities.max_lengths
    return partial(_vet, hooks, connection.provider, Limits(ours=MAX_LENGTHS, theirs=theirs))


def _vet(
    hooks: Hooks, provider: str, limits: Limits, ref: Ref, side: Side, values: Fields, before: Fields
) -> Fields | Refusal:
    lengths = limits.ours if side == "ours" else limits.theirs
    writing = Writing(
        kind=ref.kind,
        where="portal" if side == "ours" else "provider",
        provider=provider,
        values=values,
        before=before,
        max_lengths=lengths.get(ref.kind, {}),
    )
    try:
        answer = hooks.before_write(writing)
    except HookFault as fault:
        hook_faults.note(fault)
        return Refusal(ref=ref, side=side, field="", reason=str(fault), passing=True)
    if isinstance(answer, Veto):
        return Refusal(ref=ref, side=side, field=answer.field, reason=answer.reason)
    return answer
