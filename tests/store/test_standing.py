"""Where customers stand beside the other side: whatever is written, the rows of both sides say so."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import delete, select, text, update

from tests.portal_world import World, portal_app
from webapp.extensions import db
from webapp.store import standing
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory
from webapp.store.links import Link
from webapp.store.mirror import MirrorCustomer
from webapp.sync.normal import name_key

NAMES = ("Arc", "Bee", "Cee")
STEPS = 120

FOUND_OUT = text("""
    SELECT m.their_id, CASE
        WHEN EXISTS (SELECT FROM link l WHERE l.kind = 'customer' AND l.connection_id = m.connection_id
                                          AND l.their_id = m.their_id) THEN 'link'
        WHEN EXISTS (SELECT FROM customer c WHERE c.portal_id = m.portal_id AND c.name_key = m.name_key
                                              AND c.deleted_at IS NULL) THEN 'name'
        ELSE '' END
      FROM mirror_customer m WHERE m.portal_id = :portal
""")
LINKED = text("""
    SELECT c.id FROM customer c WHERE c.portal_id = :portal
    AND EXISTS (SELECT FROM link l WHERE l.kind = 'customer' AND l.our_id = c.id)
""")


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture
def world():
    yield World.new()
    db.session.rollback()


def known_by(world):
    rows = select(MirrorCustomer.their_id, MirrorCustomer.known_by)
    return dict(db.session.execute(rows.where(MirrorCustomer.portal_id == world.portal_id)).all())


def linked(world):
    rows = select(Customer.id).where(Customer.portal_id == world.portal_id, Customer.linked)
    return set(db.session.scalars(rows))


def rename(world, customer_id, name):
    PortalDirectory(world.portal_id).update_customer(str(customer_id), {"name": name})
    db.session.commit()


def bin_it(world, customer_id):
    PortalDirectory(world.portal_id).delete_customer(str(customer_id))
    db.session.commit()


def restore(world, customer_id):
    PortalDirectory(world.portal_id).restore_customer(str(customer_id))
    db.session.commit()


def unlink(world, customer_id):
    db.session.execute(delete(Link).where(Link.portal_id == world.portal_id, Link.our_id == customer_id))
    db.session.commit()


def test_a_customer_there_is_known_by_its_name_once_one_here_has_it(world):
    world.there("1", "Arc")
    assert known_by(world) == {"1": ""}
    arc = world.here("ARC ")
    assert known_by(world) == {"1": "name"}
    rename(world, arc, "Bee")
    assert known_by(world) == {"1": ""}


def test_one_that_comes_into_the_mirror_later_is_known_as_well(world):
    world.here("Arc")
    world.there("1", "Arc")
    world.there("2", "Bee")
    assert known_by(world) == {"1": "name", "2": ""}
    world.change_there("2", name="Arc", name_key=name_key("Arc"))
    assert known_by(world) == {"1": "name", "2": "name"}


def test_a_link_counts_more_than_a_name_and_leaves_the_name_behind(world):
    arc = world.here("Arc")
    world.there("1", "Arc")
    world.link("1", arc)
    assert (known_by(world), linked(world)) == ({"1": "link"}, {arc})
    unlink(world, arc)
    assert (known_by(world), linked(world)) == ({"1": "name"}, set())


def test_a_customer_stays_linked_while_any_connection_has_it(world):
    arc = world.here("Arc")
    world.link("1", arc)
    first, world.connection_id = world.connection_id, world.another_connection()
    world.link("1", arc)
    db.session.execute(delete(Link).where(Link.connection_id == first))
    db.session.commit()
    assert linked(world) == {arc}


def test_a_link_that_moves_takes_its_customer_there_along(world):
    arc = world.here("Else")
    for their_id in ("1", "2"):
        world.there(their_id, "Arc")
    world.link("1", arc)
    db.session.execute(update(Link).where(Link.our_id == arc).values(their_id="2"))
    db.session.commit()
    assert known_by(world) == {"1": "", "2": "link"}


def test_names_in_the_bin_are_not_known_until_they_come_out(world):
    arc = world.here("Arc")
    world.there("1", "Arc")
    bin_it(world, arc)
    assert known_by(world) == {"1": ""}
    restore(world, arc)
    assert known_by(world) == {"1": "name"}
    db.session.execute(delete(Customer).where(Customer.id == arc))
    db.session.commit()
    assert known_by(world) == {"1": ""}


def test_a_name_is_known_in_all_connections_of_the_portal_and_in_no_other_portal(world):
    other = World.new()
    other.there("1", "Arc")
    world.there("1", "Arc")
    world.connection_id = world.another_connection()
    world.there("2", "Arc")
    world.here("Arc")
    assert known_by(world) == {"1": "name", "2": "name"}
    assert known_by(other) == {"1": ""}


def test_what_is_kept_is_what_would_be_found_out_whatever_is_done(world):
    chance = random.Random(41)
    ours, theirs = [world.here("Arc")], [world.there("0", "Arc")]
    acts = {
        "here": lambda: ours.append(world.here(chance.choice(NAMES))),
        "there": lambda: theirs.append(world.there(str(len(theirs)), chance.choice(NAMES))),
        "rename here": lambda: rename(world, chance.choice(alive(world)), chance.choice(NAMES)),
        "rename there": lambda: renamed_there(world, chance.choice(theirs), chance.choice(NAMES)),
        "link": lambda: link_two(world, chance, theirs),
        "unlink": lambda: unlink(world, chance.choice(ours)),
        "bin": lambda: bin_it(world, chance.choice(alive(world))),
        "restore": lambda: restore(world, chance.choice(ours)),
    }
    for _ in range(STEPS):
        if not alive(world):
            ours.append(world.here("Arc"))
        name = chance.choice(sorted(acts))
        acts[name]()
        portal = {"portal": world.portal_id}
        assert known_by(world) == dict(db.session.execute(FOUND_OUT, portal).all()), name
        assert linked(world) == set(db.session.scalars(LINKED, portal)), name


def test_settling_puts_right_what_overlapping_transactions_missed(world):
    arc = world.here("Arc")
    world.there("1", "Arc")
    # What two who could not see each other would leave behind.
    db.session.execute(update(MirrorCustomer).where(MirrorCustomer.their_id == "1").values(known_by=""))
    db.session.execute(update(Customer).where(Customer.id == arc).values(linked=True))
    db.session.commit()
    assert standing.settle(world.portal_id, world.connection_id) == 2
    assert (known_by(world), linked(world)) == ({"1": "name"}, set())
    assert standing.settle(world.portal_id, world.connection_id) == 0


def alive(world):
    rows = select(Customer.id).where(Customer.portal_id == world.portal_id, Customer.deleted_at.is_(None))
    return list(db.session.scalars(rows.order_by(Customer.id)))


def renamed_there(world, their_id, name):
    world.change_there(their_id, name=name, name_key=name_key(name))


def link_two(world, chance, theirs):
    place = Link.portal_id == world.portal_id
    free_ours = set(alive(world)) - set(db.session.scalars(select(Link.our_id).where(place)))
    free_theirs = set(theirs) - set(db.session.scalars(select(Link.their_id).where(place)))
    if free_ours and free_theirs:
        world.link(chance.choice(sorted(free_theirs)), chance.choice(sorted(free_ours)))
