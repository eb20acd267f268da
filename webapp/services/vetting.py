"""Asking plugins before a record is written, on either side: the one place where a plan meets their hooks."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TypeVar

from webapp.hooks import HookFault, Hooks
from webapp.sdk import Value, Veto, Writing
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

About = TypeVar("About")
Write = tuple[Kind, Side, Fields, Fields]
"""What is to be written of a record on a side, and what it holds there by now."""

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


def has_say() -> bool:
    """Tell whether any plugin is asked before a record is written."""
    return context.registry().hooks.vet


def vet_early(connection: Connection) -> Vet:
    """Return who is asked about what a person is about to write here, as ``vet_to_look``.

    Call it before anything is held: they may take their time. Where nothing can travel nobody is asked.
    """
    if not has_say() or not is_available(connection.provider):
        return as_planned
    return vet_to_look(connection)


def vetoes(vet: Vet, writes: Iterable[tuple[About, Write]]) -> Iterator[tuple[About, Refusal]]:
    """Ask about writes, each with what it is about, and return the vetoes.

    A plugin that fails keeps nobody from writing here: it is asked again before anything is sent.
    """
    if vet is as_planned:
        return
    for about, (kind, side, values, before) in writes:
        ref = Ref(kind=kind, our_id=None, their_id=None)
        verdict = vet(ref, side, values, before) if values else values
        if isinstance(verdict, Refusal) and not verdict.passing:
            yield about, verdict


def travelling(connection: Connection, kind: Kind, values: Fields) -> dict[str, Value]:
    """Return those of a record's fields that travel to a connection: of custom ones, its own that may."""
    names = set(SYNCED[kind])
    if kind == "customer":
        shared = custom_fields.shared_fields(connection)
        names |= {name for name, each in shared.items() if each.leader != "theirs"}
    return {name: value for name, value in values.items() if name in names}


def refuse_vetoed(
    portal_id: uuid.UUID, customer_id: uuid.UUID, kind: Kind, typed: Fields, before: Fields
) -> None:
    """Ask plugins about what a person is to write of a linked customer; raise ``Faults`` for a veto.

    Call it before anything is held, as ``vet_early``.
    """
    if not typed or not has_say():
        return
    for each in in_step.linked_connections(portal_id, customer_id):
        write: Write = (kind, "theirs", travelling(each.Connection, kind, typed), before)
        for _, veto in vetoes(vet_early(each.Connection), [(kind, write)]):
            field = "" if veto.field in SHOWN_ALONE else veto.field
            raise Faults({field: veto.reason})


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
