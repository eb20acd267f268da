"""Runs: imports carried out item by item, whatever happens in between."""

import pytest
from sqlalchemy import event, select, text

from tests.crash.sampling import ALL
from tests.mirror_world import until_done
from webapp.extensions import db
from webapp.sdk import ContactData, RateLimited, Rejected, Unavailable
from webapp.services import leases, look, picker, retries, reviews, runs
from webapp.services.errors import NotFound, Refused
from webapp.services.leases import LeaseLost
from webapp.store.audit import AuditEntry
from webapp.store.columns import new_id
from webapp.store.connections import Connection
from webapp.store.notices import Notice
from webapp.store.run_data import RunData
from webapp.store.runs import Run
from webapp.store.statistics import FEW

ANNA = ContactData(first_name="Anna", last_name="Møller", email="anna@arc.example", phone="1")
BO = ContactData(first_name="Bo", last_name="Ek", email="bo@arc.example")
DI = ContactData(first_name="Di", last_name="Oz", phone="7")
CY = ContactData(first_name="Cy", last_name="Li", email="cy@arc.example")
EVERY = 1 if ALL else 3
"""Of so many points one is died at."""


@pytest.fixture(scope="module")
def module_database_url(own_database_url):
    """A database without traces of other modules in its statistics."""
    return own_database_url


def outcomes(world, run):
    return [(item.name, item.state) for item in world.items(run)]


def test_creates_customers_with_their_contacts_and_links(world):
    ids = [world.there("Arc", ANNA, BO), world.there("Bee", CY), world.there("Cee")]
    world.mirror()
    run = world.confirmed(ids)
    assert world.carry_out(run) is False
    arc, bee, cee = world.customers()
    assert [(each.name, each.currency, each.run_id) for each in (arc, bee, cee)] == [
        ("Arc", "EUR", run.id),
        ("Bee", "EUR", run.id),
        ("Cee", "EUR", run.id),
    ]
    assert [(person.name, person.primary) for person in world.people(arc.id)] == [
        ("Anna Møller", True),
        ("Bo Ek", False),
    ]
    assert sorted(link.kind for link in world.links()) == ["contact"] * 3 + ["customer"] * 3
    link = next(link for link in world.links() if link.our_id == arc.id)
    assert link.run_id == run.id
    assert link.agreed_ours["name"] == link.agreed_theirs["name"] == "Arc"
    assert [entry.action for entry in world.history()] == ["created"] * 6
    assert not any(call.writes for call in world.theirs.calls)
    told = runs.progress(runs.run(world.portal_id, run.id))
    assert (told.state, told.done, told.total, told.finished) == ("done", 3, 3, True)
    assert (told.counts["created"], told.counts["contacts"]) == (3, 3)


def test_merges_both_sides_and_keeps_what_was_lost(world):
    theirs = world.there("Arc", ANNA, BO, company_name="Arc AB", website="")
    ours = world.here(
        "ARC",
        ContactData(first_name="Anna", last_name="Møller", email="ANNA@arc.example", phone="2"),
        CY,
        website="https://arc.example",
    )
    world.mirror()
    run = world.confirmed([theirs], "merge")
    world.carry_out(run)
    assert outcomes(world, run) == [("Arc", "done")]
    [customer] = world.customers()
    assert (customer.id, customer.name, customer.company_name) == (ours, "Arc", "Arc AB")
    detail = world.theirs.customer(theirs)
    assert detail.customer.data.website == "https://arc.example"
    assert sorted(each.data.first_name for each in detail.contacts) == ["Anna", "Bo", "Cy"]
    people = world.people(ours)
    assert sorted(person.first_name for person in people) == ["Anna", "Bo", "Cy"]
    assert next(person for person in people if person.first_name == "Anna").phone == "1"
    assert sum(person.primary for person in people) == 1
    assert len(world.links()) == 4
    lost = [(entry.field, entry.old, entry.new) for entry in world.history() if entry.lost]
    assert ("phone", "2", "1") in lost
    assert ("name", "ARC", "Arc") in lost
    assert {"linked", "created_there", "changed_there"} <= {entry.action for entry in world.history()}


def test_clones_beside_the_one_of_the_same_name(world):
    theirs, ours = world.there("Arc", ANNA), world.here("Arc")
    world.mirror()
    world.carry_out(world.confirmed([theirs], "clone"))
    assert [customer.name for customer in world.customers()] == ["Arc", "Arc"]
    assert ours not in {link.our_id for link in world.links()}
    assert world.people(ours) == []


def test_fails_one_and_goes_on_with_the_others(world):
    ids = [world.there("Arc"), world.there("Bad", ContactData(first_name="x" * 400)), world.there("Cee")]
    world.mirror()
    run = world.confirmed(ids)
    world.carry_out(run)
    assert outcomes(world, run) == [("Arc", "done"), ("Bad", "failed"), ("Cee", "done")]
    assert "first name has 400 characters" in world.items(run)[1].reason
    assert [customer.name for customer in world.customers()] == ["Arc", "Cee"]
    [failed] = runs.progress(runs.run(world.portal_id, run.id)).failed
    assert failed.name == "Bad"


def test_brings_back_what_changed_after_the_confirmation(world):
    ids = [world.there("Arc", ANNA), world.there("Bee"), world.there("Cee")]
    world.mirror()
    run = world.confirmed(ids)
    world.theirs.update_customer(ids[0], {"website": "https://new.example"})
    world.theirs.delete_customer(ids[2])
    world.here("BEE")
    world.mirror()
    world.carry_out(run)
    assert outcomes(world, run)[:2] == [("Arc", "changed"), ("Bee", "changed")]
    told = runs.progress(runs.run(world.portal_id, run.id))
    assert [row.name for row in told.changed] == ["Bee", "Arc"]
    again = runs.look_again(runs.run(world.portal_id, run.id), world.place.user_id)
    assert (again.state, reviews.review(again).create, reviews.review(again).missing) == ("review", 1, 1)
    with pytest.raises(Refused):
        runs.look_again(again, world.place.user_id)


def test_does_nothing_twice_in_two_imports_at_once(world):
    ids = [world.there("Arc", ANNA), world.there("Bee")]
    world.mirror()
    first = world.confirmed(ids)
    second = world.confirmed(ids)
    assert (first.number, second.number) == (1, 2)
    world.carry_out(first)
    world.carry_out(second)
    assert [item.state for item in world.items(second)] == ["skipped", "skipped"]
    assert len(world.customers()) == 2
    assert world.items(second)[0].our_id == world.customers()[0].id


def test_cancels_what_was_not_begun(world):
    ids = [world.there(f"Arc {number}") for number in range(6)]
    world.mirror()
    run = world.confirmed(ids)
    calls = iter(range(100))
    assert world.carry_out(run, until=lambda: next(calls) > 3) is True
    done = len(world.customers())
    assert 0 < done < 6
    cancelled = runs.cancel(runs.run(world.portal_id, run.id), world.place.user_id)
    assert (cancelled.state, cancelled.counts["cancelled"]) == ("cancelled", 6 - done)
    assert world.carry_out(run) is False
    assert len(world.customers()) == done
    assert runs.cancel(run, world.place.user_id).state == "cancelled"


def test_writes_nothing_without_the_fence(world):
    ids = [world.there("Arc", ANNA)]
    world.mirror()
    run = world.confirmed(ids)
    with leases.take(world.connection_id, interactive=False) as lease:

        def lose():
            db.session.execute(
                db.update(Connection)
                .where(Connection.id == world.connection_id)
                .values(fence=Connection.fence + 1)
            )
            db.session.commit()
            return False

        asked = iter([lambda: False, lose])
        with pytest.raises(LeaseLost):
            runs.carry_out_slice(run.id, lease, until=lambda: next(asked, lambda: False)())
    db.session.rollback()
    assert world.customers() == []
    assert outcomes(world, run) == [("Arc", "pending")]


def test_ends_only_together_with_what_is_told_of_it(world):
    ids = [world.there("Arc", ANNA)]
    world.mirror()
    run = world.confirmed(ids)

    def die(connection, cursor, statement, *_):
        if statement.startswith("INSERT INTO notice "):
            raise KeyboardInterrupt

    event.listen(db.engine, "before_cursor_execute", die)
    try:
        with pytest.raises(KeyboardInterrupt):
            world.carry_out(run)
    finally:
        event.remove(db.engine, "before_cursor_execute", die)
    assert runs.run(world.portal_id, run.id).state == "running"
    world.carry_out(run)
    told = db.session.scalars(db.select(Notice).where(Notice.subject_id == run.id)).one()
    assert (told.kind, told.times) == ("run.finished", 1)
    assert runs.run(world.portal_id, run.id).state == "done"


def test_counts_a_merge_of_which_a_contact_was_refused_as_partly(world):
    ids = [world.there("Arc", ANNA), world.there("Bee")]
    world.here("Arc", CY)
    world.mirror()
    run = world.confirmed(ids, "merge")

    def refuse(call, when):
        if call.name == "create_contact":
            raise Rejected("The e-mail is taken.", field="email")

    world.theirs.interrupt = refuse
    world.carry_out(run)
    told = runs.progress(runs.run(world.portal_id, run.id))
    assert (told.counts["merged"], told.counts["created"], told.counts["partly"]) == (1, 1, 1)
    [partly] = runs.items(run, state="partly").items
    assert (partly.name, partly.state) == ("Arc", "done")
    assert "The e-mail is taken." in partly.reason
    assert partly.reason.startswith("The contact Cy Li could not be written in ")


def test_what_is_missing_of_a_customer_that_came_partly_is_tried_again(world):
    ids = [world.there("Arc", ANNA)]
    world.here("Arc", CY)
    world.mirror()
    run = world.confirmed(ids, "merge")
    refusing = [True]

    def refuse(call, when):
        if refusing and call.name == "create_contact":
            raise Rejected("The e-mail is taken.", field="email")

    world.theirs.interrupt = refuse
    world.carry_out(run)
    assert retries.left_partly(run) == 0
    look.look(world.connection_id, interactive=False)
    assert retries.left_partly(run) == 1
    refusing.clear()
    assert retries.retry_partly(run, world.place.user_id) == 1
    look.look(world.connection_id, interactive=False)
    assert retries.left_partly(run) == 0
    assert len(world.theirs.customer(ids[0]).contacts) == 2
    with pytest.raises(Refused, match="Nothing is left to retry"):
        retries.retry_partly(run, world.place.user_id)


def test_the_audit_names_what_a_contact_made_there_was_given(world):
    arc = world.there("Arc", ANNA)
    world.here("Arc", CY)
    world.mirror()
    world.carry_out(world.confirmed([arc], "merge"))
    told = select(AuditEntry.details).where(
        AuditEntry.portal_id == world.portal_id, AuditEntry.action == "provider.contact_created"
    )
    assert {"first_name", "last_name"} <= set(db.session.scalar(told)["fields"])


@pytest.mark.parametrize("error", [RateLimited("Wait.", scope="minute"), Unavailable("No answer.")])
def test_pauses_for_a_provider_that_asks_for_it(world, error):
    theirs = world.there("Arc", ANNA)
    world.here("Arc", CY)
    world.mirror()
    run = world.confirmed([theirs], "merge")

    def refuse(call, when):
        if when == "before" and call.writes:
            raise error

    world.theirs.interrupt = refuse
    with pytest.raises(type(error)):
        world.carry_out(run)
    assert outcomes(world, run) == [("Arc", "pending")]
    world.theirs.interrupt = None
    assert world.carry_out(run) is False
    assert outcomes(world, run) == [("Arc", "done")]
    assert len(world.theirs.customer(theirs).contacts) == 2


def test_goes_on_without_an_item_that_never_gets_an_answer(world):
    theirs, other = world.there("Arc", ANNA), world.there("Bee")
    world.here("Arc", CY)
    world.mirror()
    run = world.confirmed([theirs, other], "merge")

    def refuse(call, when):
        if call.writes:
            raise Unavailable("No answer.")

    world.theirs.interrupt = refuse
    for _ in range(2):
        with pytest.raises(Unavailable):
            world.carry_out(run)
    assert world.carry_out(run) is False
    assert outcomes(world, run) == [("Arc", "failed"), ("Bee", "done")]
    assert "did not answer, 3 times" in world.items(run)[0].reason


def test_survives_a_provider_that_fails_in_an_unexpected_way(world):
    theirs, other = world.there("Arc", ANNA), world.there("Bee")
    world.here("Arc", CY)
    world.mirror()
    run = world.confirmed([theirs, other], "merge")

    def explode(call, when):
        if call.writes:
            raise RuntimeError("boom")

    world.theirs.interrupt = explode
    for _ in range(2):
        with pytest.raises(Unavailable):
            world.carry_out(run)
    world.carry_out(run)
    assert [state for _, state in outcomes(world, run)] == ["failed", "done"]


def test_lists_runs_and_their_items(world):
    ids = [world.there(f"Arc {number}") for number in range(3)]
    world.mirror()
    run = world.confirmed(ids)
    world.carry_out(run)
    picker.draft(world.portal_id, world.connection_id, world.place.user_id)
    [row] = runs.runs(world.portal_id).runs
    assert (row.number, row.state, row.who, row.provider) == (1, "done", "Ada", "Ledgerly")
    assert row.counts["created"] == 3
    found = runs.items(runs.run(world.portal_id, run.id), q="arc 1")
    assert [item.name for item in found.items] == ["Arc 1"]
    assert runs.items(run, state="created").total == 3
    assert runs.items(run, state="failed").total == 0
    assert runs.unread(world.portal_id, world.place.user_id).number == 1
    runs.dismiss(run)
    assert runs.unread(world.portal_id, world.place.user_id) is None
    with pytest.raises(NotFound):
        runs.run(new_id(), run.id)


def test_numbers_runs_without_gaps(world):
    ids = [world.there(f"Arc {number}") for number in range(3)]
    world.mirror()
    assert [world.confirmed([their_id]).number for their_id in ids] == [1, 2, 3]
    assert db.session.scalar(db.select(db.func.count()).where(Run.portal_id == world.portal_id)) == 3


def crashes(world, run, at):
    """Carry out a run whose process dies at the given call or commit; tell whether it came so far."""
    seen = 0

    def die(*_):
        nonlocal seen
        seen += 1
        if seen == at:
            raise KeyboardInterrupt

    world.theirs.interrupt = die
    event.listen(db.session, "before_commit", die)
    try:
        world.carry_out(run)
    except KeyboardInterrupt:
        return True
    finally:
        event.remove(db.session, "before_commit", die)
        world.theirs.interrupt = None
        db.session.remove()
        db.session.execute(db.update(Connection).values(lease_until=None))
        db.session.commit()
    return False


def check_converged(world, run, merged, at):
    assert outcomes(world, run) == [("Arc", "done"), ("Bee", "done")], at
    there = world.theirs.customer(merged)
    assert sorted(each.data.first_name for each in there.contacts) == ["Anna", "Bo", "Cy", "Di"], at
    assert there.customer.data.website == "https://arc.example", at
    assert [len(world.people(each.id)) for each in world.customers()] == [4, 1], at
    assert len(world.links()) == 7, at
    assert [entry.action for entry in world.history()].count("created") == 3, at


def test_a_crash_anywhere_ends_as_if_there_had_been_none(new_world):
    for at in range(1, 100, EVERY):
        world = new_world()
        merged = world.there("Arc", ANNA, BO, website="")
        world.here("ARC", ANNA, CY, DI, website="https://arc.example")
        created = world.there("Bee", CY)
        world.mirror()
        run = RunData.of(world.confirmed([merged, created], "merge"))
        came_so_far = crashes(world, run, at)
        until_done(lambda world=world, run=run: world.carry_out(run))
        check_converged(world, run, merged, at)
        if not came_so_far:
            break
    assert at > 15


def test_statistics_are_taken_while_an_import_fills_the_tables(world):
    table = "'run_item'::regclass"
    # The database may be quicker, of itself.
    counted = text(f"SELECT pg_stat_get_analyze_count({table}) + pg_stat_get_autoanalyze_count({table})")
    before = db.session.scalar(counted)
    known = db.session.scalar(text(f"SELECT reltuples FROM pg_class WHERE oid = {table}"))
    ids = [world.there(f"Many {number}") for number in range(max(FEW, int(known)) + 1)]
    world.mirror()
    run = world.confirmed(ids)
    db.session.execute(text("SELECT pg_stat_force_next_flush()"))
    db.session.commit()
    world.carry_out(run)
    assert db.session.scalar(counted) > before
