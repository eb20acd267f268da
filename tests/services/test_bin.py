"""The bin: what lies in it, what comes out of it, and what goes for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import bin, sweep
from webapp.services.errors import Refused
from webapp.store import history, links
from webapp.store.columns import now
from webapp.store.customers import Contact, Customer
from webapp.store.directory import PortalDirectory
from webapp.store.history import EntryData, HistoryEntry
from webapp.store.links import Link
from webapp.store.problems import Problem

ANNA = ContactData(first_name="Anna", last_name="Møller", email="anna@arc.example", phone="(555) 0199")
BO = ContactData(first_name="Bo", email="bo@arc.example")


@pytest.fixture
def here(world):
    """Arc with Anna and Bo, and Bee with Anna."""
    return world, {"Arc": world.here("Arc", ANNA, BO), "Bee": world.here("Bee", ANNA)}


def delete(world, customer_id, contact_id=None, **columns):
    directory = PortalDirectory(world.portal_id)
    if contact_id is None:
        directory.delete_customer(str(customer_id))
    else:
        directory.delete_contact(str(customer_id), str(contact_id))
    kind = "contact" if contact_id else "customer"
    entry = EntryData(
        kind=kind, record_id=contact_id or customer_id, customer_id=customer_id, action="deleted"
    )
    told = {"actor": str(world.place.user_id), "run_id": None, **columns}
    history.add(world.portal_id, [entry], **told)
    db.session.commit()


def listed(world, **asked):
    return [(row.kind, row.name) for row in bin.page(world.portal_id, **asked).rows]


def restore(world, *keys):
    return bin.restore(world.portal_id, keys, world.place.user_id)


def erase(world, *keys):
    return bin.erase(world.portal_id, keys, world.place.user_id)


def long_ago(world, days):
    """Let everything in the bin have been deleted so many days before."""
    ago = timedelta(days=days)
    for model in (Customer, Contact):
        mine = update(model).where(model.portal_id == world.portal_id, model.deleted_at.is_not(None))
        db.session.execute(mine.values(deleted_at=model.deleted_at - ago))
    db.session.commit()


def left(world, model):
    db.session.rollback()
    return db.session.query(model).filter_by(portal_id=world.portal_id).count()


def imported(world):
    """Bring Arc with Anna over from the provider."""
    theirs = world.there("Arc", ANNA)
    world.mirror()
    world.carry_out(world.confirmed([theirs]))
    return world.customers()[0].id


def end_links(world):
    """Let the deletion have travelled: the links are gone."""
    links.end(world.portal_id, world.connection_id, [links.as_value(each) for each in world.links()])
    db.session.commit()


def test_an_empty_bin_is_empty(world):
    assert bin.page(world.portal_id).total == 0


def test_what_was_deleted_is_listed_newest_first_with_who_did_it(here):
    world, ids = here
    delete(world, ids["Arc"], world.people(ids["Arc"])[1].id)
    delete(world, ids["Bee"])
    bee, bo = bin.page(world.portal_id).rows
    assert (bee.kind, bee.name, bee.people, bee.who, bee.days) == ("customer", "Bee", 1, "Ada", 30)
    assert (bo.kind, bo.name, bo.of, bo.parent_gone) == ("contact", "Bo", "Arc", False)
    assert bin.page(world.portal_id).counts == {"customer": 1, "contact": 1}


def test_what_a_provider_deleted_says_which(world):
    arc = imported(world)
    run = world.history()[0].run_id
    delete(world, arc, actor=f"provider:{world.connection_id}", run_id=run)
    [row] = bin.page(world.portal_id).rows
    assert (row.who, row.by_provider, row.run_number, row.awaited) == ("Ledgerly", True, 1, True)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "bee"}, [("customer", "Bee")]),
        ({"q": "bo@arc"}, [("contact", "Bo")]),
        ({"q": "moller"}, [("customer", "Bee")]),
        ({"q": "5550199"}, [("customer", "Bee")]),
        ({"q": "%"}, []),
        ({"q": "\0"}, [("customer", "Bee"), ("contact", "Bo")]),
        ({"kind": "contact"}, [("contact", "Bo")]),
        ({"kind": "x"}, [("customer", "Bee"), ("contact", "Bo")]),
        ({"number": 99}, [("customer", "Bee"), ("contact", "Bo")]),
    ],
)
def test_the_bin_is_searched_and_filtered(here, asked, found):
    world, ids = here
    delete(world, ids["Arc"], world.people(ids["Arc"])[1].id)
    delete(world, ids["Bee"])
    assert listed(world, **asked) == found


def test_a_contact_is_found_without_its_accents_and_by_its_digits(here):
    world, ids = here
    world.people(ids["Arc"])[1].last_name = "Çağrı"
    db.session.commit()
    delete(world, ids["Arc"], world.people(ids["Arc"])[0].id)
    delete(world, ids["Arc"], world.people(ids["Arc"])[0].id)
    assert listed(world, q="cagr") == [("contact", "Bo Çağrı")]
    assert listed(world, q="555-0199") == [("contact", "Anna Møller")]


def test_a_customer_comes_back_with_those_who_went_along(here):
    world, ids = here
    bo = world.people(ids["Arc"])[1].id
    delete(world, ids["Arc"], bo)
    delete(world, ids["Arc"])
    assert listed(world) == [("customer", "Arc"), ("contact", "Bo")]
    restored = restore(world, f"customer:{ids['Arc']}")
    assert (restored.customers, restored.contacts, restored.unlinked) == (1, 1, 0)
    assert [person.first_name for person in world.people(ids["Arc"])] == ["Anna"]
    assert listed(world) == [("contact", "Bo")]


def test_a_contact_comes_back_once_its_customer_has(here):
    world, ids = here
    bo = world.people(ids["Arc"])[1].id
    delete(world, ids["Arc"], bo)
    delete(world, ids["Arc"])
    stayed = restore(world, f"contact:{bo}")
    assert (stayed.contacts, stayed.stayed) == (0, ("Bo stays in the bin: restore the customer first.",))
    both = restore(world, f"contact:{bo}", f"customer:{ids['Arc']}")
    assert (both.customers, both.contacts, both.stayed) == (1, 2, ())
    assert len(world.people(ids["Arc"])) == 2


def test_what_is_not_in_the_bin_is_passed_over(here):
    world, ids = here
    restored = restore(world, f"customer:{ids['Arc']}", "customer:no", "x", "\0", "portal:1")
    assert (restored.customers, restored.contacts) == (0, 0)
    assert erase(world, f"customer:{ids['Arc']}") == 0
    assert left(world, Customer) == 2


def test_restoring_before_the_deletion_travelled_leaves_the_link(world):
    arc = imported(world)
    delete(world, arc)
    assert restore(world, f"customer:{arc}").unlinked == 0
    assert len(world.links()) == 2
    assert left(world, Problem) == 0


def test_restoring_after_the_deletion_travelled_leaves_an_open_item(world):
    arc = imported(world)
    run = world.history()[0].run_id
    delete(world, arc)
    gone = EntryData(kind="customer", record_id=arc, customer_id=arc, action="deleted_there")
    history.add(world.portal_id, [gone], actor=str(world.place.user_id), run_id=run)
    end_links(world)
    assert restore(world, f"customer:{arc}").unlinked == 1
    [item] = db.session.scalars(db.select(Problem).where(Problem.portal_id == world.portal_id))
    assert (item.question, item.our_id, item.connection_id) == ("restored", arc, world.connection_id)
    delete(world, arc)
    assert restore(world, f"customer:{arc}").unlinked == 0


def test_deleting_for_good_takes_the_history_along(here):
    world, ids = here
    delete(world, ids["Arc"])
    delete(world, ids["Bee"], world.people(ids["Bee"])[0].id)
    anna = bin.page(world.portal_id, kind="contact").rows[0]
    assert erase(world, f"customer:{ids['Arc']}", anna.key) == 2
    assert left(world, Customer) == 1
    assert left(world, Contact) == 0
    assert left(world, HistoryEntry) == 0
    assert listed(world) == []


def test_nothing_goes_for_good_before_its_deletion_has_travelled(world):
    arc = imported(world)
    delete(world, arc)
    with pytest.raises(Refused, match="still linked"):
        erase(world, f"customer:{arc}")
    end_links(world)
    assert erase(world, f"customer:{arc}") == 1


def test_after_thirty_days_the_sweep_empties_the_bin(here):
    world, ids = here
    delete(world, ids["Arc"])
    delete(world, ids["Bee"], world.people(ids["Bee"])[0].id)
    long_ago(world, 29)
    sweep.sweep(now())
    assert len(listed(world)) == 2
    long_ago(world, 2)
    sweep.sweep(now())
    assert listed(world) == []
    assert (left(world, Customer), left(world, Contact)) == (1, 0)


def test_a_link_that_still_stands_keeps_the_row(world):
    arc = imported(world)
    delete(world, arc)
    long_ago(world, 40)
    assert bin.purge(now()) == 0
    db.session.execute(db.delete(Link).where(Link.kind == "customer", Link.portal_id == world.portal_id))
    db.session.commit()
    assert bin.purge(now()) == 0
    end_links(world)
    assert bin.purge(now()) == 1


def test_the_bin_of_another_portal_is_not_touched(here, new_world):
    world, ids = here
    delete(world, ids["Arc"])
    other = new_world()
    assert listed(other) == []
    assert restore(other, f"customer:{ids['Arc']}").customers == 0
    assert erase(other, f"customer:{ids['Arc']}") == 0
    assert listed(world) == [("customer", "Arc")]
