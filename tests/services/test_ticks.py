"""Ticking customers in the list: small, and the same on every page."""

from __future__ import annotations

import json

import pytest

from webapp.extensions import db
from webapp.services import customers, ticks
from webapp.services.errors import Refused
from webapp.services.ticks import Ticks
from webapp.store import bulk
from webapp.store.columns import now

ALL = ticks.query_of("", "")


@pytest.fixture
def three(world):
    """Arc, Bay and Cove, of which Cove is inactive."""
    return [world.here("Arc"), world.here("Bay"), world.here("Cove", active=False)]


def seen(world, ticked, query=ALL):
    return ticks.view(world.portal_id, ticked, query)


def on_pages(world, ticked):
    """Name what the list shows as ticked, with its filters for those that are active and for the others."""
    pages = [customers.page(world.portal_id, filter=each, ticked=ticked) for each in ("", "inactive")]
    return {row.id for page in pages for row in page.rows if row.ticked}


def test_nothing_is_asked_while_nothing_is_ticked(world):
    assert seen(world, Ticks()).customers == 0


def test_what_is_ticked_is_counted_whatever_is_searched_for(world, three):
    arc, _, cove = three
    ticked = ticks.tick(world.portal_id, Ticks(), [str(arc), str(cove)])
    told = seen(world, ticked, ticks.query_of("bay", ""))
    assert (told.customers, told.inactive, told.matching) == (2, 1, 0)
    assert customers.page(world.portal_id, q="bay", ticked=ticked).ticked == told
    assert customers.page(world.portal_id, q="nobody", ticked=ticked).ticked.customers == 2
    assert on_pages(world, ticked) == {arc, cove}


def test_everything_a_search_finds_is_ticked_but_for_exceptions(world, three):
    arc, bay, cove = three
    ticked = ticks.tick_all(world.portal_id, Ticks(), ALL)
    assert seen(world, ticked).customers == 2
    ticked = ticks.untick(world.portal_id, ticked, [str(bay)])
    assert on_pages(world, ticked) == {arc}
    ticked = ticks.tick_all(world.portal_id, ticked, ticks.query_of("", "inactive"))
    assert on_pages(world, ticked) == {arc, cove}
    again = ticks.tick_all(world.portal_id, ticked, ALL)
    assert seen(world, again).customers == 3
    assert ticks.tick(world.portal_id, ticked, [str(bay)]).exceptions == frozenset()


def test_what_comes_later_is_ticked_as_well_if_the_search_finds_it(world, three):
    ticked = ticks.tick_all(world.portal_id, Ticks(), ticks.query_of("new", ""))
    assert seen(world, ticked).customers == 0
    world.here("Newcastle")
    assert seen(world, ticked).customers == 1


def test_a_hundred_thousand_ticks_are_as_small_as_two(world, three):
    ticked = ticks.untick(world.portal_id, ticks.tick_all(world.portal_id, Ticks(), ALL), [str(three[0])])
    kept = json.dumps(ticked.to_json())
    assert len(kept) < 200
    assert Ticks.from_json(json.loads(kept)) == ticked


def test_what_is_no_customer_here_is_passed_over(world, new_world, three):
    portal_id = world.portal_id
    foreign = new_world().here("Arc")
    assert not ticks.tick(portal_id, Ticks(), [str(foreign), "no id", "\0", ""])
    bulk.put_into_bin(portal_id, [three[0]], now())
    db.session.commit()
    assert not ticks.tick(portal_id, Ticks(), [str(three[0])])


def test_what_was_ticked_and_then_deleted_is_ticked_no_more(world, three):
    ticked = ticks.tick(world.portal_id, Ticks(), map(str, three))
    bulk.put_into_bin(world.portal_id, [three[0]], now())
    db.session.commit()
    assert seen(world, ticked).customers == 2


def test_so_many_are_not_ticked_one_by_one(world, three, monkeypatch):
    monkeypatch.setattr(ticks, "MOST_SINGLE", 2)
    with pytest.raises(Refused, match="select all that match"):
        ticks.tick(world.portal_id, Ticks(), map(str, three))
