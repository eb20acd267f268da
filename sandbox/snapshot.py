"""What a sandbox knows, written as lines of JSON and read back.

A head says whose lines these are; then comes a line for each contact, where a later line replaces an earlier
one and a line without a contact says that it is gone; the rest comes last, so a file without it is cut off.
Faults, the log, codes not exchanged yet and the calls of the last minute are not written.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, asdict, astuple, fields
from operator import attrgetter
from typing import Any

from sandbox.records import Comment, Contact, Person
from sandbox.register import Register
from sandbox.sample.filling import Sample
from sandbox.state import State
from sandbox.tokens import AccessToken, Client, RefreshToken
from sandbox.webhooks import Webhook

FORMAT = "tandem-sandbox"
VERSION = 1
Json = dict[str, Any]


class Unfit(Exception):
    """What was kept cannot be used; the message says why, as the end of a sentence about the file."""


def head_line(sample: Sample) -> str:
    """Write whose lines follow; `sample` is the one the sandbox was started with."""
    return _line({"format": FORMAT, "version": VERSION, "started_with": asdict(sample)})


def contact_line(register: Register, contact_id: str) -> str:
    """Write one contact with its persons and history, or that it is gone."""
    row: Json = {"organization": register.organization.id, "id": contact_id}
    contact = register.contacts.get(contact_id)
    if contact is not None:
        persons = [_of_person(person) for person in contact.persons]
        row["contact"] = {**_of_contact(contact), "persons": persons}
        row["comments"] = [astuple(each) for each in register.comments.get(contact_id, ())]
    return _line(row)


def rest_line(state: State) -> str:
    """Write everything that is neither a contact nor a person."""
    first = state.first_settings.as_json()
    switched = {name: value for name, value in state.settings.as_json().items() if value != first[name]}
    tokens = state.tokens
    rest = {
        "sample": asdict(state.sample),
        "settings": switched,
        "advanced": state.advanced,
        "next_id": state.next_id,
        "time_zones": {each.id: each.time_zone for each in state.organizations},
        "calls_today": state.limits.calls_by_day(),
        "webhooks": state.webhooks.as_json(),
        "clients": [asdict(each) for each in tokens.clients.values()],
        "refresh_tokens": [asdict(each) for each in tokens.refresh_tokens.values()],
        "access_tokens": [asdict(each) for each in tokens.access_tokens.values()],
    }
    return _line({"rest": rest})


def take_over(state: State, lines: Iterable[str]) -> None:
    """Let a freshly started state go on from what was written; raises Unfit before it changes anything."""
    rows = map(json.loads, lines)
    try:
        _check_head(next(rows, None), state.sample)
        registers = {each.id: Register(each) for each in state.organizations}
        rest = _file_contacts(rows, registers)
        for organization, time_zone in rest.get("time_zones", {}).items():
            registers[organization].move_to(time_zone)
        settings = state.settings.changed(rest["settings"])
        sample = Sample(**rest["sample"])
        clients, refresh_tokens, access_tokens = _tokens(rest)
        calls = {organization: (day, number) for organization, (day, number) in rest["calls_today"].items()}
        webhooks = {each: Webhook(**row) for each, row in rest.get("webhooks", {}).items()}
        next_id, advanced = int(rest["next_id"]), float(rest["advanced"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unfit("is damaged") from error
    with state.lock:
        state.registers, state.sample, state.settings = registers, sample, settings
        state.next_id, state.advanced = next_id, advanced
        state.limits.resume(calls)
        state.webhooks.resume(webhooks)
        state.tokens.clients = clients
        state.tokens.refresh_tokens = refresh_tokens
        state.tokens.access_tokens = access_tokens


# Scopes are a set, which gets an order; queues of times have one.
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=sorted)


def _line(row: Json) -> str:
    return _encoder.encode(row) + "\n"


class _Sparse:
    """Takes of a record what differs from its fields' defaults; the persons of a contact are taken apart."""

    def __init__(self, kind: type[Contact] | type[Person]) -> None:
        taken = [each for each in fields(kind) if each.name != "persons"]
        self._names = [each.name for each in taken]
        self._get = attrgetter(*self._names)
        self._defaults = [
            each.default if each.default_factory is MISSING else each.default_factory() for each in taken
        ]

    def __call__(self, record: Contact | Person) -> Json:
        values = zip(self._names, self._get(record), self._defaults, strict=True)
        return {name: value for name, value, default in values if value != default}


_of_contact = _Sparse(Contact)
_of_person = _Sparse(Person)


def _check_head(head: Any, sample: Sample) -> None:
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise Unfit("is no sandbox's file")
    if head["version"] != VERSION:
        raise Unfit(f"was kept by another version of the sandbox ({head['version']}, this is {VERSION})")
    if head["started_with"] != asdict(sample):
        options = [f"--{name.replace('_', '-')} {value}" for name, value in head["started_with"].items()]
        raise Unfit(f"was kept for other sample data ({' '.join(options)})")


def _file_contacts(rows: Iterator[Json], registers: dict[str, Register]) -> Json:
    """File the contacts as they were in the end, and return the rest."""
    latest: dict[tuple[str, str], Json] = {}
    for row in rows:
        if "rest" in row:
            rest: Json = row["rest"]
            break
        key = row["organization"], row["id"]
        if "contact" in row:
            latest[key] = row
        else:
            latest.pop(key, None)
    else:
        raise Unfit("is cut off")
    for (organization_id, contact_id), row in latest.items():
        register = registers[organization_id]
        persons = [Person(**each) for each in row["contact"]["persons"]]
        register.file(Contact(**{**row["contact"], "persons": persons}))
        if row["comments"]:
            register.comments[contact_id] = [Comment(*each) for each in row["comments"]]
    for register in registers.values():
        register.take_untold()
    return rest


def _tokens(
    rest: Json,
) -> tuple[dict[str, Client], dict[str, RefreshToken], dict[str, AccessToken]]:
    clients = [
        Client(**{**row, "redirect_uris": tuple(row["redirect_uris"]), "granted": deque(row["granted"])})
        for row in rest["clients"]
    ]
    refresh_tokens = [
        RefreshToken(**{**row, "scopes": frozenset(row["scopes"]), "minted": deque(row["minted"])})
        for row in rest["refresh_tokens"]
    ]
    access_tokens = [
        AccessToken(**{**row, "scopes": frozenset(row["scopes"])}) for row in rest["access_tokens"]
    ]
    return (
        {each.id: each for each in clients},
        {each.value: each for each in refresh_tokens},
        {each.value: each for each in access_tokens},
    )
