"""Imports into a project: whom it takes, whom it only adds, and who may, asked until the last row."""

from __future__ import annotations

import pytest

from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import (
    imports,
    leases,
    merge_choices,
    merging,
    picker,
    project_customers,
    project_members,
    projects,
    retries,
    reviews,
    runs,
    undoing,
)
from webapp.services.errors import Conflict, Refused
from webapp.store.columns import new_id
from webapp.store.customers import Customer
from webapp.store.portals import Membership, Profile
from webapp.store.projects import ProjectCustomer
from webapp.store.runs import Query, Selection

ANNA = ContactData(first_name="Anna", last_name="Møller", email="anna@arc.example")


@pytest.fixture
def world(new_world):
    """A portal to import into, whose person may import into projects and nothing else."""
    made = new_world()
    profile = Profile(
        portal_id=made.portal_id, id=new_id(), name="Lead", permissions=["finance", "clients.add"]
    )
    db.session.add(profile)
    db.session.flush()
    db.session.add(Membership(portal_id=made.portal_id, user_id=made.place.user_id, profile_id=profile.id))
    db.session.commit()
    yield made
    db.session.rollback()


@pytest.fixture
def project(world):
    return projects.add(world.portal_id, world.place.user_id, {"name": "Hafen", "currency": "EUR"}).id


def draft(world, project):
    return picker.draft(world.portal_id, world.connection_id, world.place.user_id, project_id=project)


def reviewed(world, project, their_ids):
    run = draft(world, project)
    picker.tick(run, list(their_ids))
    return reviews.open_review(run)


def confirmed(world, project, their_ids):
    return reviews.confirm(reviewed(world, project, their_ids), world.place.user_id)


def held(world, project):
    db.session.rollback()
    query = (
        db.select(Customer.name, ProjectCustomer.primary)
        .join(ProjectCustomer, ProjectCustomer.customer_id == Customer.id)
        .where(ProjectCustomer.project_id == project)
        .order_by(ProjectCustomer.added_at)
    )
    return [tuple(row) for row in db.session.execute(query)]


def plan(world, run):
    return [(item.name, item.action, item.reason) for item in world.items(run)]


def test_customers_come_into_the_portal_and_into_the_project_the_first_as_primary(world, project):
    ids = [world.there("Arc", ANNA), world.there("Bee")]
    world.mirror()
    run = confirmed(world, project, ids)
    world.carry_out(run)
    assert held(world, project) == [("Arc", True), ("Bee", False)]
    assert [each.name for each in world.customers()] == ["Arc", "Bee"]
    assert runs.progress(runs.run(world.portal_id, run.id)).counts["created"] == 2


def test_who_is_in_the_portal_is_only_added_and_who_is_in_the_project_is_blocked(world, project):
    ids = [world.there("Arc", ANNA), world.there("Bee"), world.there("Cee")]
    world.mirror()
    first = reviews.confirm(reviewed(world, None, ids[:1]), world.place.user_id)
    world.carry_out(first)
    second = confirmed(world, project, ids[1:2])
    world.carry_out(second)
    states = {row.name: (row.state, row.selectable) for row in picker.page(draft(world, project)).rows}
    assert states == {"Arc": ("imported", True), "Bee": ("in_project", False), "Cee": ("new", True)}
    place = (world.portal_id, world.connection_id, world.place.user_id)
    run = reviews.review_of(*place, frozenset(ids), project_id=project)
    actions = {name: action for name, action, _ in plan(world, run)}
    assert actions == {"Arc": "add", "Bee": "blocked", "Cee": "create"}
    told = reviews.review(run)
    assert (told.add, told.create, told.blocked) == (1, 1, 1)
    assert [group.group for group in told.groups] == ["add", "create", "blocked"]
    versions = {each.name: each.version for each in world.customers()}
    world.carry_out(reviews.confirm(run, world.place.user_id))
    assert held(world, project) == [("Bee", True), ("Arc", False), ("Cee", False)]
    assert {each.name: each.version for each in world.customers()}["Arc"] == versions["Arc"]
    counts = runs.progress(runs.run(world.portal_id, run.id)).counts
    assert (counts["added"], counts["created"], counts["contacts"]) == (1, 1, 0)


def test_another_currency_is_shown_and_blocked_with_both_codes(world, project):
    dollars = world.there("Mesa", currency="USD")
    ids = [world.there("Arc"), dollars]
    world.mirror()
    page = picker.page(draft(world, project))
    assert {row.name: (row.state, row.selectable) for row in page.rows}["Mesa"] == ("other_currency", False)
    assert "USD" in page.rows[1].why and "EUR" in page.rows[1].why
    assert (page.counts.other_currency.value, page.counts.all.value) == (1, 2)
    picker.tick_all(draft(world, project))
    run = reviews.open_review(draft(world, project))
    assert [(name, action) for name, action, _ in plan(world, run)] == [("Arc", "create")]
    again = reviews.review_of(
        world.portal_id, world.connection_id, world.place.user_id, frozenset(ids), project_id=project
    )
    why = {name: (action, reason) for name, action, reason in plan(world, again)}["Mesa"]
    assert why[0] == "blocked" and "USD" in why[1] and "EUR" in why[1]


def test_a_customer_without_a_currency_gets_the_portals_and_the_row_says_so(world, project):
    ids = [world.there("Arc", currency="")]
    world.mirror()
    row = picker.page(draft(world, project)).rows[0]
    assert (row.state, row.why) == ("new", "No currency there: it gets EUR, the portal’s.")
    world.carry_out(confirmed(world, project, ids))
    assert [(each.name, each.currency) for each in world.customers()] == [("Arc", "EUR")]
    assert held(world, project) == [("Arc", True)]


def test_a_customer_of_the_name_in_another_currency_cannot_be_merged_with(world, project):
    world.here("Arc", currency="USD")
    ids = [world.there("Arc")]
    world.mirror()
    run = reviewed(world, project, ids)
    item = reviews.review(run).groups[0].items[0]
    assert (item.action, item.choices, item.candidates) == ("ask", ("clone", "skip"), ())


def test_a_merge_brings_the_customer_here_into_the_project(world, project):
    ours = world.here("Arc", ANNA)
    ids = [world.there("Arc", ANNA)]
    world.mirror()
    run = reviewed(world, project, ids)
    reviews.answer_all(run, "merge")
    world.read_details(ids)
    world.carry_out(reviews.confirm(run, world.place.user_id))
    assert [item.state for item in world.items(run)] == ["done"]
    assert held(world, project) == [("Arc", True)]
    assert [each.id for each in world.customers()] == [ours]


def test_membership_lost_before_the_review_or_the_confirmation_refuses_it(world, project):
    ids = [world.there("Arc")]
    world.mirror()
    run = reviewed(world, project, ids)
    project_members.take_off(world.portal_id, project, world.place.user_id, world.place.user_id)
    with pytest.raises(Refused, match="no longer a member"):
        reviews.confirm(run, world.place.user_id)
    chosen = draft(world, project)
    picker.tick(chosen, ids)
    with pytest.raises(Refused, match="no longer a member"):
        reviews.open_review(chosen)


def test_membership_lost_while_it_runs_blocks_the_rows_with_the_reason_and_writes_nothing(world, project):
    ids = [world.there("Arc"), world.there("Bee")]
    world.mirror()
    run = confirmed(world, project, ids)
    asked = iter([False, False, True])
    world.carry_out(run, until=lambda: next(asked))
    done = [item.name for item in world.items(run) if item.state == "done"]
    project_members.take_off(world.portal_id, project, world.place.user_id, world.place.user_id)
    world.carry_out(run)
    left = [item for item in world.items(run) if item.state != "done"]
    assert left and all(item.state == "failed" and "no longer a member" in item.reason for item in left)
    assert [each.name for each in world.customers()] == done
    assert [name for name, _ in held(world, project)] == done


def test_a_permission_lost_or_a_project_closed_meanwhile_blocks_the_rows(world, project):
    ids = [world.there("Arc")]
    world.mirror()
    run = confirmed(world, project, ids)
    projects.set_status(world.portal_id, project, world.place.user_id, "completed")
    world.carry_out(run)
    assert "reopen it" in world.items(run)[0].reason
    projects.set_status(world.portal_id, project, world.place.user_id, "active")
    run = confirmed(world, project, ids)
    db.session.execute(db.update(Profile).values(permissions=["finance"]))
    db.session.commit()
    world.carry_out(run)
    assert "may no longer import" in world.items(run)[0].reason
    assert world.customers() == []


def test_a_project_is_not_deleted_while_an_import_goes_there(world, project):
    ids = [world.there("Arc")]
    world.mirror()
    run = confirmed(world, project, ids)
    version = projects.reach(world.portal_id, project).version
    with pytest.raises(Refused, match="under way"):
        projects.delete(world.portal_id, project, world.place.user_id, version=version)
    world.carry_out(run)
    projects.delete(world.portal_id, project, world.place.user_id, version=version)
    assert [each.name for each in world.customers()] == ["Arc"]
    assert runs.run(world.portal_id, run.id).project_id is None


def test_what_was_chosen_for_a_project_that_is_deleted_never_goes_into_the_portal(world, project):
    ids = [world.there("Arc")]
    world.mirror()
    picker.tick(draft(world, None), ids)
    review = reviewed(world, project, ids)
    version = projects.reach(world.portal_id, project).version
    projects.delete(world.portal_id, project, world.place.user_id, version=version)
    with pytest.raises(Conflict):
        reviews.confirm(review, world.place.user_id)
    assert picker.page(draft(world, None)).selection.customers == 1


def test_the_selections_for_the_portal_and_for_a_project_are_two(world, project):
    ids = [world.there("Arc"), world.there("Bee")]
    world.mirror()
    picker.tick(draft(world, project), ids[:1])
    picker.tick(draft(world, None), ids)
    assert picker.page(draft(world, project)).selection.customers == 1
    assert picker.page(draft(world, None)).selection.customers == 2


def test_retrying_goes_into_the_project_again(world, project):
    ids = [world.there("Arc")]
    world.mirror()
    run = confirmed(world, project, ids)
    project_members.take_off(world.portal_id, project, world.place.user_id, world.place.user_id)
    world.carry_out(run)
    project_members.add(world.portal_id, project, [world.place.user_id], world.place.user_id)
    again = retries.retry(runs.run(world.portal_id, run.id), world.place.user_id)
    world.carry_out(again)
    assert held(world, project) == [("Arc", True)]


def unattended(world, project, answer, *, user_id=None):
    """Import everybody into a project with nobody in front of it."""
    everyone = Selection(queries=(Query(),))
    return imports.start(world.portal_id, world.connection_id, user_id, everyone, answer, project_id=project)


def test_with_nobody_in_front_of_it_the_same_holds_and_each_row_left_out_says_why(world, project):
    world.here("Arc", currency="USD")
    world.there("Arc")
    world.there("Bee")
    imported = world.there("Cee")
    world.there("Mesa", currency="USD")
    world.mirror()
    world.carry_out(reviews.confirm(reviewed(world, None, [imported]), world.place.user_id))
    run = unattended(world, project, "merge")
    world.carry_out(run)
    told = {item.name: (item.action, item.state, item.reason) for item in world.items(run)}
    assert {name: each[:2] for name, each in told.items()} == {
        "Arc": ("skip", "skipped"),
        "Bee": ("create", "done"),
        "Cee": ("add", "done"),
    }
    assert "Nobody of this name here can be merged with" in told["Arc"][2]
    assert {name for name, _ in held(world, project)} == {"Bee", "Cee"}


def test_with_nobody_in_front_of_it_no_more_is_let_in(world, project):
    world.there("Arc")
    world.mirror()
    project_members.take_off(world.portal_id, project, world.place.user_id, world.place.user_id)
    with pytest.raises(Refused, match="no longer a member"):
        unattended(world, project, "skip", user_id=world.place.user_id)
    projects.set_status(world.portal_id, project, world.place.user_id, "completed")
    with pytest.raises(Refused, match="reopen it"):
        unattended(world, project, "skip")


def undone(world, run):
    """Undo an import, to the end."""
    started = undoing.start(runs.run(world.portal_id, run.id), world.place.user_id)
    with leases.take(world.connection_id, interactive=False) as lease:
        undoing.undo_slice(lease, until=lambda: False)
        db.session.rollback()
    return runs.run(world.portal_id, started.id)


def test_an_undo_takes_everybody_off_the_project_again(world, project):
    ours = world.here("Arc")
    ids = [world.there("Arc", ANNA), world.there("Bee"), world.there("Cee")]
    world.mirror()
    world.carry_out(reviews.confirm(reviewed(world, None, ids[1:2]), world.place.user_id))
    run = reviewed(world, project, ids)
    reviews.answer_all(run, "merge")
    world.read_details(ids)
    world.carry_out(reviews.confirm(run, world.place.user_id))
    assert {name for name, _ in held(world, project)} == {"Arc", "Bee", "Cee"}
    told = undoing.plan(runs.run(world.portal_id, run.id))
    assert (told.bin, told.put_back, told.take_off) == (1, 1, 1)
    done = undone(world, run)
    assert {item.name: (item.action, item.state) for item in world.items(done)} == {
        "Arc": ("put_back", "done"),
        "Bee": ("take_off", "done"),
        "Cee": ("bin", "done"),
    }
    assert done.project_id == project
    assert held(world, project) == []
    assert {each.name for each in world.customers()} == {"Arc", "Bee"}
    assert ours in {each.id for each in world.customers()}
    assert [link.their_id for link in world.links() if link.kind == "customer"] == ids[1:2]


def without_a_currency(world, project, *, linked):
    """Import a customer that has no currency here into a project; return the run and the customer's id."""
    ours = world.here("Arc", currency="")
    ids = [world.there("Arc", currency="")]
    world.mirror()
    if linked:
        run = reviewed(world, None, ids)
        reviews.answer_all(run, "merge")
        world.read_details(ids)
        world.carry_out(reviews.confirm(run, world.place.user_id))
    run = reviewed(world, project, ids)
    if not linked:
        reviews.answer_all(run, "merge")
        world.read_details(ids)
    world.carry_out(reviews.confirm(run, world.place.user_id))
    assert [each.currency for each in world.customers()] == ["EUR"]
    return run, ours


@pytest.mark.parametrize("linked", [False, True], ids=["merged", "only added"])
def test_an_undo_takes_the_currency_back_that_the_project_gave(world, project, linked):
    run, _ = without_a_currency(world, project, linked=linked)
    done = undone(world, run)
    assert [(item.state, item.reason) for item in world.items(done)] == [("done", "")]
    assert [each.currency for each in world.customers()] == [""]
    told = [each for each in world.history() if each.run_id == done.id and each.field == "currency"]
    assert [(each.old, each.new) for each in told] == [("EUR", "")]


def test_an_undo_leaves_a_currency_that_another_project_needs_and_says_so(world, project):
    run, ours = without_a_currency(world, project, linked=True)
    other = projects.add(world.portal_id, world.place.user_id, {"name": "Kai", "currency": "EUR"}).id
    project_customers.add(world.portal_id, other, [ours], world.place.user_id)
    done = undone(world, run)
    assert [item.reason for item in world.items(done)] == [
        "It keeps EUR, the currency it got: it is in another project."
    ]
    assert [each.currency for each in world.customers()] == ["EUR"]


def test_who_was_taken_off_the_project_since_is_kept_where_it_is(world, project):
    ids = [world.there("Arc")]
    world.mirror()
    world.carry_out(reviews.confirm(reviewed(world, None, ids), world.place.user_id))
    run = confirmed(world, project, ids)
    world.carry_out(run)
    customer_id = world.customers()[0].id
    project_customers.take_off(world.portal_id, project, customer_id, world.place.user_id)
    project_customers.add(world.portal_id, project, [customer_id], world.place.user_id)
    told = undoing.plan(runs.run(world.portal_id, run.id))
    assert list(told.kept) == ["It is not in the project any more, or was added anew since."]


def test_a_merge_of_who_was_in_a_project_before_is_undone_and_leaves_it_there(world, project):
    project_customers.add(world.portal_id, project, [world.here("Arc")], world.place.user_id)
    ids = [world.there("Arc", ANNA)]
    world.mirror()
    run = reviewed(world, None, ids)
    reviews.answer_all(run, "merge")
    world.read_details(ids)
    world.carry_out(reviews.confirm(run, world.place.user_id))
    undone(world, run)
    assert held(world, project) == [("Arc", True)]
    assert world.links() == []


def test_merging_two_customers_here_keeps_the_project_and_its_primary(world, project):
    one, other, third = world.here("Arc"), world.here("Arc AB"), world.here("Bee")
    for each in (other, third):
        project_customers.add(world.portal_id, project, [each], world.place.user_id)
    seen = merge_choices.plan(world.portal_id, one, other, {}).seen
    merging.merge(world.portal_id, one, other, {}, seen, world.place.user_id)
    assert held(world, project) == [("Arc", True), ("Bee", False)]
