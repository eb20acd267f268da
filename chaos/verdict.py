"""What is there when a round is over, held against what has to be: nothing twice, nothing lost."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from chaos.load import EDITED, Load
from chaos.round import Round
from webapp.extensions import db
from webapp.services import audit, runs
from webapp.store.customers import Contact, Customer
from webapp.store.intents import Intent
from webapp.store.links import Link

HERE_ONLY = ["Liisa", "Maija"]


def verdict(round_: Round, load: Load) -> list[str]:
    """Return every violation in words; an empty list is a pass."""
    with round_.place.tandem.app.app_context():
        found = [*_of_run(round_), *_there(round_), *_here(round_), *_links(round_), *_edits(round_, load)]
        if broken := audit.verify(round_.place.portal_id):
            found.append(f"the audit chain is broken at {broken}")
        return found


def _of_run(round_: Round) -> Iterator[str]:
    told = runs.progress(runs.run(round_.place.portal_id, round_.run_id))
    wanted = {"created": len(round_.before) - len(round_.merged), "merged": len(round_.merged)}
    counts = {name: count for name, count in told.counts.items() if count and name != "contacts"}
    if told.state != "done" or counts != wanted:
        yield f"the run is {told.state} with {counts}, not done with {wanted}: {told.failed} {told.changed}"
    waiting = db.session.scalars(
        select(Intent.state).where(Intent.portal_id == round_.place.portal_id, Intent.state != "done")
    )
    if left := list(waiting):
        yield f"{len(left)} writes are still {set(left)}"


def _there(round_: Round) -> Iterator[str]:
    now = round_.place.tandem.practice.customers()
    for their_id in now.keys() ^ round_.before.keys():
        yield f"{their_id} there came or went"
    for their_id, before in round_.before.items():
        customer = now.get(their_id, before)
        if their_id in round_.merged:
            yield from _merged_there(before, customer, round_.merged[their_id])
        elif customer != before:
            # What people edit here while it storms travels there.
            moved = {name for name, held in customer.items() if before.get(name) != held} - {"modified"}
            if moved != {"website"} or not customer["website"].startswith(EDITED):
                yield f"{customer['name']} changed there, though nobody changed it: {sorted(moved)}"


def _merged_there(before: dict[str, Any], customer: dict[str, Any], website: str) -> Iterator[str]:
    wanted = sorted([*_first_names(before), *HERE_ONLY])
    if _first_names(customer) != wanted:
        yield f"{customer['name']} has {_first_names(customer)} there, not {wanted}"
    if customer["website"] != website:
        yield f"{customer['name']} has the website {customer['website']!r} there, not {website}"


def _here(round_: Round) -> Iterator[str]:
    now = round_.place.tandem.practice.customers()
    names = round_.place.names()
    wanted = Counter(each["name"] for each in round_.before.values())
    for name, count in (names - wanted).items():
        if not name.startswith("Bystander"):
            yield f"{name} is here {count} times too often"
    for name, count in (wanted - names).items():
        yield f"{name} is missing here {count} times"
    people: dict[uuid.UUID, list[str]] = {}
    for contact in _living(Contact, round_):
        people.setdefault(contact.customer_id, []).append(contact.first_name or "")
    twins = {link.our_id: link.their_id for link in _linked(round_, "customer")}
    for our_id, their_id in twins.items():
        if sorted(people.get(our_id, [])) != _first_names(now[their_id]):
            yield f"{now[their_id]['name']} has {people.get(our_id)} here, not {_first_names(now[their_id])}"


def _links(round_: Round) -> Iterator[str]:
    there = round_.place.tandem.practice.customers()
    people = {person["id"] for each in there.values() for person in each["persons"]}
    for kind, wanted in (("customer", set(there)), ("contact", people)):
        linked = _linked(round_, kind)
        theirs = Counter(link.their_id for link in linked)
        if set(theirs) != wanted or len({link.our_id for link in linked}) != len(linked):
            yield f"{len(linked)} links of {kind}s do not match {len(wanted)} there one to one"


def _edits(round_: Round, load: Load) -> Iterator[str]:
    here = {row.id: row for row in _living(Customer, round_)}
    for our_id, websites in load.edits.items():
        if here[our_id].website not in websites:
            yield f"the edit of {here[our_id].name} is lost: {here[our_id].website}, not {websites}"


def _linked(round_: Round, kind: str) -> list[Link]:
    query = select(Link).where(Link.portal_id == round_.place.portal_id, Link.kind == kind)
    return list(db.session.scalars(query))


def _living(model: Any, round_: Round) -> list[Any]:
    query = select(model).where(model.portal_id == round_.place.portal_id, model.deleted_at.is_(None))
    return list(db.session.scalars(query))


def _first_names(customer: dict[str, Any]) -> list[str]:
    return sorted(person["first_name"] for person in customer["persons"])
