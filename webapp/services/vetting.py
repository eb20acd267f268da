"""Asking plugins before a record is written, on either side: the one place where a plan meets their hooks."""

from __future__ import annotations

import time
import uuid
from functools import partial

from webapp.hooks import HookFault, Hooks
from webapp.sdk import Veto, Writing
from webapp.services import context, hook_faults
from webapp.services.accounts import provider_of
from webapp.services.checks import Faults
from webapp.services.labels import is_available
from webapp.store import custom_fields, in_step
from webapp.store.connections import Connection
from webapp.store.customers import MAX_LENGTHS
from webapp.sync.link import SYNCED, Fields, Kind, Side
from webapp.sync.steps import Limits, Ref, Refusal
from webapp.sync.terms import Vet, as_planned

LOOKING = 3.0
"""Seconds for which a page that shows a plan asks plugins about it."""

SHOWN_ALONE = ("billing_address", "active")
"""Fields that are no single input of a form: what is said of them stands over it."""


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


def vet_to_look(connection: Connection) -> Vet:
    """Return who is asked about a plan that is only shown: as ``vet_of``, but for as long as a page can wait.

    What they are not asked about any more is shown as if they let it through.
    """
    vet = vet_of(connection)
    if vet is as_planned:
        return vet
    end = time.monotonic() + LOOKING

    def ask(ref: Ref, side: Side, values: Fields, before: Fields) -> Fields | Refusal:
        return vet(ref, side, values, before) if time.monotonic() < end else values

    return ask


def refuse_vetoed(
    portal_id: uuid.UUID, customer_id: uuid.UUID, kind: Kind, typed: Fields, before: Fields
) -> None:
    """Ask plugins about what a person is to write of a linked customer; raise ``Faults`` for a veto.

    Call it before anything is held: they may take their time. One that fails keeps nobody from saving here:
    it is asked again before anything is sent.
    """
    values = {name: value for name, value in typed.items() if name in SYNCED[kind]}
    if not values or not context.registry().hooks.vet:
        return
    ref = Ref(kind=kind, our_id=None, their_id=None)
    for each in in_step.linked_connections(portal_id, customer_id):
        if not is_available(each.Connection.provider):
            continue
        verdict = vet_of(each.Connection)(ref, "theirs", values, before)
        if isinstance(verdict, Refusal) and not verdict.passing:
            field = "" if verdict.field in SHOWN_ALONE else verdict.field
            raise Faults({field: verdict.reason})


def _vet(
    hooks: Hooks, provider: str, limits: Limits, ref: Ref, side: Side, values: Fields, before: Fields
) -> Fields | Refusal:
    lengths = limits.ours if side == "ours" else limits.theirs
    here = {custom_fields.plain_name(name): name for name in values}
    writing = Writing(
        kind=ref.kind,
        where="portal" if side == "ours" else "provider",
        provider=provider,
        values={plain: values[name] for plain, name in here.items()},
        before={custom_fields.plain_name(name): value for name, value in before.items()},
        max_lengths=lengths.get(ref.kind, {}),
    )
    try:
        answer = hooks.before_write(writing)
    except HookFault as fault:
        hook_faults.note(fault)
        return Refusal(ref=ref, side=side, field="", reason=str(fault), passing=True)
    if isinstance(answer, Veto):
        field = here.get(answer.field, "")
        return Refusal(ref=ref, side=side, field=field, reason=answer.reason)
    return {here[plain]: value for plain, value in answer.items()}
