"""Undoing an import: what goes, what is put back, what is kept and why, and that nobody else notices."""

import pytest

from tests.queries import queries
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import bulk, customers, leases, look, merging, runs, undoing
from webapp.services.errors import Refused
from webapp.store import history, undone
from webapp.store.bin import erase
from webapp.store.columns import new_id
from webapp.store.connections import Connection
from webapp.store.customers import Contact, Customer
from webapp.store.directory import PortalDirectory
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.projects import Project, ProjectCustomer
from webapp.store.runs import Run
from webapp.store.ticks import Ticks

ANNA = ContactData(first_name="Anna", last_name="Ek", email="anna@arc.example", phone="1")
BO = ContactData(first_name="Bo", email="bo@arc.example")
CY = ContactData(first_name="Cy", email="cy@arc.example")


def imported(world, their_ids, answers=""):
    """Import customers, to the end."""
    world.mirror()
    run = world.confirmed(their_ids, answers)
    assert world.carry_out(run) is False
    return runs.run(world.portal_id, run.id)


def undo(world, run):
    """Undo an import, to the end."""
    started = undoing.start(run, world.place.user_id)
    carry_out(world)
    return runs.run(world.portal_id, started.id)


def carry_out(world, until=lambda: False):
    with leases.take(world.connection_id, interactive=False) as lease:
        try:
            return undoing.undo_slice(lease, until=until)
        finally:
            db.session.rollback()


def fates(world, run):
    return {item.name: (item.action, item.state) for item in world.items(run)}


def reasons(world, run):
    return {item.name: item.reason for item in world.items(run) if item.state == "kept"}


def held(world, customer_id):
    """All that a customer and its people hold, apart from versions and times."""
    db.session.expire_all()
    row = db.session.get_one(Customer, (world.portal_id, customer_id))
    own = (row.name, row.company_name, row.website, row.billing_address, row.active, row.currency)
    people = {
        (each.first_name, each.last_name, each.email, each.phone, each.designation, each.primary)
        for each in world.people(customer_id)
    }
    return own, people, row.search, sorted(row.alike)


def test_what_was_created_goes_into_the_bin_unlinked(world):
    run = imported(world, [world.there("Arc", ANNA, BO), world.there("Bee")])
    told = undoing.plan(run)
    assert (told.bin, told.contacts, told.put_back, dict(told.kept)) == (2, 2, 0, {})
    done = undo(world, run)
    assert done.state == "done"
    assert fates(world, done) == {"Arc": ("bin", "done"), "Bee": ("bin", "done")}
    assert done.counts["bin"] == 2
    assert (world.customers(), world.links()) == ([], [])
    binned = db.session.scalars(db.select(Customer).where(Customer.portal_id == world.portal_id)).all()
    assert all(each.deleted_at for each in binned)


def test_the_provider_keeps_all_it_has_and_offers_it_again(world):
    their_id = world.there("Arc", ANNA)
    before = world.theirs.customer(their_id)
    run = imported(world, [their_id])
    undo(world, run)
    assert world.theirs.customer(their_id) == before
    again = imported(world, [their_id])
    assert again.counts["created"] == 1


def test_a_merge_is_put_back_to_what_it_was(world):
    ours = world.here("Arc", ContactData(first_name="Anna", email="anna@arc.example", phone="9"), CY,
                      website="https://ours.example", company_name="")  # fmt: skip
    before = held(world, ours)
    their_id = world.there("ARC", ANNA, BO, website="https://theirs.example", company_name="Arc AB")
    run = imported(world, [their_id], "merge")
    assert held(world, ours) != before
    told = undoing.plan(run)
    assert (told.bin, told.put_back) == (0, 1)
    done = undo(world, run)
    assert fates(world, done) == {"ARC": ("put_back", "done")}
    assert held(world, ours) == before
    assert world.links() == []
    changed = [(each.field, each.new) for each in world.history() if each.run_id == done.id and each.field]
    assert ("website", "https://ours.example") in changed


def test_lists_what_the_import_had_written_there(world):
    world.here("Arc", CY, website="https://ours.example")
    their_id = world.there("Arc", ANNA, website="")
    run = imported(world, [their_id], "merge")
    there = world.theirs.customer(their_id)
    rows, total = undone.written_there(run, offset=0, limit=10)
    assert total == len(rows) >= 2
    assert {(row.action, row.field) for row in rows} >= {("created_there", ""), ("changed_there", "website")}
    undo(world, run)
    assert world.theirs.customer(their_id) == there


def test_lists_what_may_have_been_written_there_before_and_after(world):
    run = imported(world, [world.there("Arc", ANNA)])
    arc = our_id(world, run, "Arc")
    contact = world.people(arc)[0].id
    told = history.EntryData(
        kind="contact", record_id=contact, customer_id=arc, action="created_there", new="Anna Ek"
    )
    in_doubt = Intent(
        portal_id=world.portal_id, connection_id=world.connection_id, kind="contact", our_id=contact,
        sent={}, told=[history.to_json(told)], state="held", run_id=run.id, their_customer_id="1",
    )  # fmt: skip
    db.session.add(in_doubt)
    db.session.commit()

    def listed():
        rows, total = undone.written_there(run, offset=0, limit=10)
        assert total == len(rows)
        return [(row.action, row.kind, row.customer, row.person, row.new) for row in rows]

    expected = [("maybe_created_there", "contact", "Arc", "Anna Ek", "Anna Ek")]
    assert listed() == expected
    undo(world, run)
    assert listed() == expected


def test_a_clone_goes_and_the_first_one_is_not_touched(world):
    ours = world.here("Arc", CY)
    before = held(world, ours)
    run = imported(world, [world.there("Arc", ANNA)], "clone")
    undo(world, run)
    assert [each.id for each in world.customers()] == [ours]
    assert held(world, ours) == before


def our_id(world, run, name):
    return next(item.our_id for item in world.items(run) if item.name == name)


def edited(world, run, customer_id):
    bulk.carry_out(world.portal_id, Ticks(ids=frozenset([customer_id])), "inactive", 1, world.place.user_id)


def unlinked(world, run, customer_id):
    customers.unlink(world.portal_id, customer_id, world.connection_id, world.place.user_id)


def linked_anew(world, run, customer_id):
    moved = db.update(Link).where(Link.our_id == customer_id).values(run_id=None)
    db.session.execute(moved)
    db.session.commit()


def linked_elsewhere(world, run, customer_id):
    other = Connection(portal_id=world.portal_id, id=new_id(), provider="ledgerly", state="connected",
                       organization_id="2", organization_key=f"ledgerly:{new_id()}")  # fmt: skip
    db.session.add(other)
    db.session.flush()
    db.session.add(
        Link(
            portal_id=world.portal_id,
            connection_id=other.id,
            kind="customer",
            our_id=customer_id,
            their_id="9",
        )
    )
    db.session.commit()


def deleted(world, run, customer_id):
    unlinked(world, run, customer_id)
    PortalDirectory(world.portal_id).delete_customer(str(customer_id))
    db.session.commit()


def deleting(world, run, customer_id):
    PortalDirectory(world.portal_id).delete_customer(str(customer_id))
    db.session.commit()


def purged(world, run, customer_id):
    deleted(world, run, customer_id)
    erase(world.portal_id, "customer", [customer_id])
    db.session.commit()


def merged_away(world, run, customer_id):
    other = world.here("Another")
    seen = merging.plan(world.portal_id, other, customer_id).seen
    merging.merge(world.portal_id, other, customer_id, {}, seen, world.place.user_id)


def in_a_project(world, run, customer_id):
    project = Project(portal_id=world.portal_id, id=new_id(), key="P", name="P", currency="EUR")
    db.session.add(project)
    db.session.flush()
    db.session.add(
        ProjectCustomer(
            portal_id=world.portal_id, project_id=project.id, customer_id=customer_id, primary=True
        )
    )
    db.session.commit()


@pytest.mark.parametrize(
    ("happened", "why"),
    [
        (edited, "edited it"),
        (unlinked, "unlinked from"),
        (linked_anew, "linked with Ledgerly anew"),
        (linked_elsewhere, "another provider"),
        (deleted, "in the bin already"),
        (deleting, "on its way"),
        (purged, "for good"),
        (merged_away, "merged into another"),
        (in_a_project, "to a project since"),
    ],
)
def test_keeps_what_was_edited_or_used_since_and_says_why(world, happened, why):
    run = imported(world, [world.there("Arc", ANNA), world.there("Bee")])
    customer_id = our_id(world, run, "Arc")
    happened(world, run, customer_id)
    links = {(each.our_id, each.their_id) for each in world.links() if each.our_id == customer_id}
    told = undoing.plan(run)
    assert told.bin == 1
    assert [why in words for words in told.kept] == [True]
    done = undo(world, run)
    assert fates(world, done) == {"Arc": ("bin", "kept"), "Bee": ("bin", "done")}
    assert why in reasons(world, done)["Arc"]
    assert {(each.our_id, each.their_id) for each in world.links() if each.our_id == customer_id} == links


def test_an_edit_after_the_confirmation_is_kept_too(world):
    run = imported(world, [world.there("Arc", ANNA)])
    started = undoing.start(run, world.place.user_id)
    edited(world, run, our_id(world, run, "Arc"))
    carry_out(world)
    assert fates(world, started) == {"Arc": ("bin", "kept")}
    assert [each.name for each in world.customers()] == ["Arc"]


def test_goes_on_where_a_worker_stopped_and_does_nothing_twice(world):
    ids = [world.there(name) for name in ("Arc", "Bee", "Cee")]
    run = imported(world, ids)
    started = undoing.start(run, world.place.user_id)
    asked = []

    def until():
        asked.append(1)
        return len(asked) > 2

    assert carry_out(world, until) is True
    assert [state for _, state in fates(world, started).values()].count("done") == 1
    assert carry_out(world) is False
    assert carry_out(world) is False
    assert set(fates(world, started).values()) == {("bin", "done")}
    deletions = [each for each in world.history() if each.run_id == started.id and each.action == "deleted"]
    assert len(deletions) == 3


def test_a_worker_that_lost_its_lease_writes_nothing(world):
    run = imported(world, [world.there("Arc")])
    started = undoing.start(run, world.place.user_id)
    with leases.take(world.connection_id, interactive=False) as lease:
        taken_over = db.update(Connection).where(Connection.id == world.connection_id)
        asked = []

        def until():
            asked.append(1)
            if len(asked) == 2:
                db.session.execute(taken_over.values(fence=Connection.fence + 1))
                db.session.commit()
            return False

        with pytest.raises(leases.LeaseLost):
            undoing.undo_slice(lease, until=until)
        db.session.rollback()
    assert fates(world, started) == {"Arc": ("bin", "pending")}
    assert len(world.links()) == 1


def test_is_carried_out_though_the_provider_lets_nobody_in(world):
    run = imported(world, [world.there("Arc")])
    closed = db.update(Connection).where(Connection.id == world.connection_id)
    db.session.execute(closed.values(state="attention"))
    db.session.commit()
    undoing.start(run, world.place.user_id)
    look.look(world.connection_id, interactive=False)
    assert world.customers() == []


def test_refuses_what_cannot_be_undone(world):
    run = imported(world, [world.there("Arc")])
    undoing.start(run, world.place.user_id)
    with pytest.raises(Refused, match="being undone already"):
        undoing.start(run, world.place.user_id)
    carry_out(world)
    with pytest.raises(Refused, match="Nothing of this import"):
        undoing.start(run, world.place.user_id)
    their_id = world.there("Bee")
    world.mirror()
    waiting = world.confirmed([their_id])
    with pytest.raises(Refused, match="still under way"):
        undoing.start(waiting, world.place.user_id)
    undo_run = db.session.scalar(db.select(Run).where(Run.undoes == run.id))
    with pytest.raises(Refused, match="Only an import"):
        undoing.plan(undo_run)
    with pytest.raises(Refused, match="not cancelled halfway"):
        runs.cancel(undo_run, world.place.user_id)


def test_brings_back_who_went_into_the_bin_since_and_names_who_was_erased(world):
    ours = world.here("Arc", ANNA, BO, CY)
    before = held(world, ours)
    run = imported(world, [world.there("Arc", ANNA, BO, CY)], "merge")
    people = {each.first_name: each.id for each in world.people(ours)}
    PortalDirectory(world.portal_id).delete_contact(str(ours), str(people["Bo"]))
    db.session.commit()
    undo(world, run)
    assert held(world, ours) == before


def test_one_who_was_erased_is_told_of(world):
    ours = world.here("Arc", ANNA, BO)
    run = imported(world, [world.there("Arc", ANNA, BO)], "merge")
    gone = next(each.id for each in world.people(ours) if each.first_name == "Bo")
    db.session.execute(db.delete(Link).where(Link.our_id == gone))
    db.session.execute(db.delete(Contact).where(Contact.id == gone))
    db.session.commit()
    done = undo(world, run)
    assert [item.reason for item in world.items(done)] == ["1 contact of then was deleted for good since."]


def test_a_pass_of_the_sync_since_is_no_edit(world):
    their_id = world.there("Arc", ANNA)
    run = imported(world, [their_id])
    customer_id = our_id(world, run, "Arc")
    synced = Run(portal_id=world.portal_id, id=new_id(), connection_id=world.connection_id, kind="sync",
                 state="done", selection={}, answers={})  # fmt: skip
    db.session.add(synced)
    db.session.flush()
    entry = history.EntryData(
        kind="customer", record_id=customer_id, customer_id=customer_id, action="changed"
    )
    history.add(world.portal_id, [entry], actor=f"provider:{world.connection_id}", run_id=synced.id)
    db.session.commit()
    assert undoing.plan(run).bin == 1


def test_needs_the_same_few_queries_for_many(world):
    run = imported(world, [world.there(f"Arc {number}") for number in range(30)])
    with queries(db.engine) as asked:
        undoing.plan(run)
    assert len(asked) <= 6
