"""Scenes of the picker and the review, small and at size."""

from __future__ import annotations

from itertools import islice
from typing import Any

from sqlalchemy import update

from tests.browser.stage.names import HARD, Firm, person, practice
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from tests.browser.stage.scenes_connections import READING
from webapp.extensions import db
from webapp.services import marking, picker, reviews
from webapp.store.mirror import MirrorCustomer
from webapp.store.runs import Run, RunItem

MANY = 1_050
COLLISIONS = 300
ELSEWHERE = {"website": "https://old.example.com"}


def _picker(portal: Portal, query: str = "", status: int = 200) -> Shown:
    return Shown(portal.address(f"connections/{portal.connection_id}/import/{query}"), portal, status)


def _mixed(**columns: Any) -> Portal:
    """Fill a picker with customers in every state, a few of them ticked."""
    portal = Portal.new().connected(**columns)
    firms = practice()
    ids = portal.there(firms)
    ours = portal.here(firms[5:20])
    portal.link(ids[5:11], ours[:6])
    portal.choose([*ids[:3], *ids[12:15], *ids[30:40]])
    return portal


@scene("picker, mixed")
def mixed() -> Shown:
    return _picker(_mixed())


@scene("picker, nothing ticked")
def nothing_ticked() -> Shown:
    portal = Portal.new().connected()
    portal.there(practice(hard=False))
    return _picker(portal)


@scene("picker, search")
def search() -> Shown:
    return _picker(_mixed(), "?q=soren")


@scene("picker, no one found")
def nobody_found() -> Shown:
    return _picker(_mixed(), "?q=br%C3%BCxck")


@scene("picker, first reading, nobody yet")
def nobody_read() -> Shown:
    return _picker(Portal.new().connected(census={"number": 1}, census_finished_at=None, refreshed_at=None))


@scene("picker, first reading")
def first_rows() -> Shown:
    portal = Portal.new().connected(census=READING, census_finished_at=None, refreshed_at=None)
    portal.there(practice(), contacts_count=None, contacts_digest=None)
    return _picker(portal)


@scene("picker, needs attention")
def attention() -> Shown:
    return _picker(_mixed(state="attention", attention="The authorisation was taken back."))


@scene("picker, everyone imported")
def all_here() -> Shown:
    portal = Portal.new().connected()
    firms = practice(12)
    portal.link(portal.there(firms), portal.here(firms))
    return _picker(portal)


@scene("picker, no customers there")
def empty_there() -> Shown:
    return _picker(Portal.new().connected())


@scene("picker, closed")
def closed() -> Shown:
    return _picker(Portal.new().connected(state="disconnected"), status=409)


@scene("picker, many")
def many() -> Shown:
    portal = Portal.new().connected()
    portal.there(practice(MANY))
    portal.choose()
    return _picker(portal, "?page=7")


def _review(portal: Portal, run: Run, query: str = "") -> Shown:
    return Shown(portal.address(f"runs/{run.id}/review{query}"), portal)


def _other_people(firm: Firm) -> Firm:
    """Return the customer as the portal has it: the first person changed, another one added."""
    first, *rest = firm.people or (person("Maija", "Meri"),)
    changed = {**first, "phone": "+49 30 5550 0199", "designation": "Head of everything"}
    return Firm(firm.name, (changed, *rest[1:], person("Maija", "Meri", "maija@here.example")), firm.currency)


@scene("review, everyone new")
def everyone_new() -> Shown:
    portal = Portal.new().connected()
    portal.there(practice())
    return _review(portal, portal.review())


@scene("review, names exist")
def names_exist() -> Shown:
    portal = Portal.new().connected()
    firms = practice(24)
    portal.there(firms)
    portal.here(_other_people(firm) for firm in firms[:8])
    return _review(portal, portal.review())


@scene("review, merges")
def merges() -> Shown:
    portal = Portal.new().connected()
    firms = [*HARD[:2], *practice(3, hard=False)]
    portal.there(firms)
    portal.here(_other_people(firm) for firm in firms[:3])
    run = portal.review()
    reviews.answer_all(run, "merge")
    return _review(portal, run)


@scene("review, which one")
def which_one() -> Shown:
    portal = Portal.new().connected()
    twice = [Firm("Møller Møbler ApS", (person("Anna", "Møller", "anna@moller.example"),)), *HARD[:1]]
    portal.there([*twice, twice[0]])
    portal.here([*twice, *map(_other_people, twice)])
    return _review(portal, portal.review())


@scene("review, details being read")
def reading_details() -> Shown:
    portal = Portal.new().connected()
    firms = practice(6, hard=False)
    portal.there(firms, detail_version=None)
    portal.here(firms[:3])
    run = portal.review()
    reviews.answer_all(run, "merge")
    return _review(portal, run)


@scene("review, changed meanwhile")
def changed() -> Shown:
    portal = Portal.new().connected()
    ids = portal.there(practice(12))
    run = portal.review()
    moved = update(MirrorCustomer).where(MirrorCustomer.portal_id == portal.id)
    for their_id in ids[:3]:
        values = {"version": "2", "detail_version": "2", "name": f"Neue {HARD[3].name}", "currency": "CHF"}
        db.session.execute(moved.where(MirrorCustomer.their_id == their_id).values(values))
    db.session.commit()
    reviews.confirm(run, portal.user_id)
    return _review(portal, run)


@scene("review, search")
def search_in_review() -> Shown:
    shown = names_exist()
    return Shown(f"{shown.address}?q=s%C3%B8tr", shown.portal)


@scene("review, no one found")
def nobody_in_review() -> Shown:
    shown = everyone_new()
    return Shown(f"{shown.address}?q=zzz", shown.portal)


@scene("review, 300 names exist")
def collisions() -> Shown:
    portal = Portal.new().connected()
    firms = practice(COLLISIONS + 40)
    portal.there(firms)
    portal.here(_other_people(firm) for firm in firms[:COLLISIONS])
    run = portal.review()
    open_items = reviews.review_page(run, "same_name").items
    for row in islice((row for row in open_items if row.action == "ask"), 12):
        reviews.answer(run, row.position, "clone")
    return _review(portal, run)


def _alike() -> Portal:
    """Have customers there that look like some here: by name, by domain and by phone."""
    portal = Portal.new().connected()
    anna = person("Anna", "Meri", "anna@nordwind-logistik.example")
    bo = person("Bo", "Ek", "bo@hafen.example")
    here = [Firm("Nordwind Logistik GmbH", (anna,)), Firm("Hafenmeister & Söhne OHG", (bo,))]
    portal.here(here)
    there = [
        Firm("NORDWIND Logistics Ltd.", (person("Ada", "Li", "ada@nordwind-logistik.example"),)),
        Firm("Hafenmeister und Soehne KG", (person("Cy", "Ro", "cy@gmail.com"),)),
    ]
    portal.there([*there, *practice(6, hard=False)])
    return portal


@scene("picker, similar and never")
def similar_and_never() -> Shown:
    portal = _alike()
    picked = portal.choose()
    never = [row.their_id for row in picker.page(picked).rows if row.similar is None][:2]
    marking.mark_never(portal.id, portal.connection_id, never, portal.user_id)
    return _picker(portal)


@scene("review, similar, again and left out")
def similar_in_review() -> Shown:
    portal = _alike()
    run = portal.review()
    new = reviews.review_page(run, "create").items
    alone = [row for row in new if not row.suggestions]
    reviews.answer(run, alone[0].position, "skip")
    marking.never_in_review(run, alone[1].position, portal.user_id)
    item = update(RunItem).where(RunItem.portal_id == portal.id, RunItem.run_id == run.id)
    before = portal.here([Firm("As it was called before", ())])
    again = {"basis": "before", "action": "merge", "our_id": before[0]}
    db.session.execute(item.where(RunItem.position == alone[2].position).values(again))
    db.session.commit()
    return _review(portal, run)


@scene("remembered for imports")
def remembered() -> Shown:
    portal = _alike()
    run = portal.review()
    new = reviews.review_page(run, "create").items
    for row in new:
        if row.suggestions:
            marking.keep_apart(run, row.position, row.suggestions[0].our_id, portal.user_id)
    marking.mark_never(portal.id, portal.connection_id, [new[-1].their_id], portal.user_id)
    return Shown(portal.address(f"connections/{portal.connection_id}/remembered"), portal)


@scene("remembered for imports, nothing")
def nothing_remembered() -> Shown:
    portal = Portal.new().connected()
    return Shown(portal.address(f"connections/{portal.connection_id}/remembered"), portal)
