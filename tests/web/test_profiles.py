"""Profiles through their pages: the matrix, own ones, and that nobody edits beyond what they hold."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tests.web.people import token_on
from webapp.extensions import db
from webapp.services import audit, members, profiles
from webapp.store.portals import PERMISSIONS, Profile
from webapp.walls import inside

ADDRESS = "/p/nordlicht/profiles/"


def post(browser, address, **typed):
    return browser.post(address, data={"csrf_token": token_on(browser.get("/account/").text), **typed})


def named(app, people, name):
    with app.app_context(), inside(people.portal_id):
        query = select(Profile).where(Profile.portal_id == people.portal_id, Profile.name == name)
        return db.session.scalar(query)


@pytest.fixture
def helper(app, people, browser, log_in):
    """Somebody who manages users and client users, and nothing else."""
    post(browser, f"{ADDRESS}new", name="Front desk", permission=["users", "clients.manage"])
    with app.app_context(), inside(people.portal_id):
        chosen = profiles.of_portal(people.portal_id)
        desk = next(each.id for each in chosen if each.name == "Front desk")
        members.set_profile(people.portal_id, people.users["Employee"], desk, by=None)
    return log_in("Employee")


def test_every_permission_has_a_sentence():
    assert set(profiles.SENTENCES) == set(PERMISSIONS)
    assert all(name and sentence.endswith(".") for name, sentence in profiles.SENTENCES.values())


def test_the_matrix_shows_each_permission_in_words_and_each_profile(people, browser):
    page = browser.get(ADDRESS).text
    assert all(name in page and sentence in page for name, sentence in profiles.SENTENCES.values())
    assert all(
        f"<bdi>{each}</bdi>" in page for each in ("Owner", "Admin", "Manager", "Employee", "Finance only")
    )


def test_one_is_added_with_what_its_permissions_imply(app, people, browser):
    assert (
        post(browser, f"{ADDRESS}new", name="  Back  office ", permission="clients.manage").location
        == ADDRESS
    )
    assert named(app, people, "Back office").permissions == ["clients.manage", "clients.add"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "Enter a name"), ("x" * 61, "at most 60"), ("manager", "There is a profile manager already")],
)
def test_a_name_that_will_not_do_is_said_and_what_was_ticked_stays(people, browser, name, words):
    answer = post(browser, f"{ADDRESS}new", name=name, permission="finance")
    assert (answer.status_code, words in answer.text) == (422, True)
    assert 'value="finance" checked' in answer.text


def test_a_copy_begins_with_what_the_source_holds(app, people, browser):
    page = browser.get(f"{ADDRESS}new?copy={named(app, people, 'Manager').id}").text
    assert 'value="Manager (copy)"' in page
    assert 'value="projects" checked' in page and 'value="users" checked' not in page


def test_one_is_renamed_and_changed_and_counts_at_once(app, people, browser, log_in):
    finance = named(app, people, "Finance only")
    reader = log_in("Finance only")
    assert reader.get("/p/nordlicht/client-users/").status_code == 403
    post(browser, f"{ADDRESS}{finance.id}", name="Bookkeeper", permission=["finance", "clients.manage"])
    assert named(app, people, "Bookkeeper").id == finance.id
    assert reader.get("/p/nordlicht/client-users/").status_code == 200


def test_the_owners_cannot_be_changed_or_deleted(app, people, browser):
    owner = named(app, people, "Owner")
    assert post(browser, f"{ADDRESS}{owner.id}", name="Owner", permission="finance").status_code == 409
    assert post(browser, f"{ADDRESS}{owner.id}/delete").status_code == 409
    assert sorted(named(app, people, "Owner").permissions) == sorted(PERMISSIONS)


@pytest.mark.parametrize("name", ["Admin", "Manager", "Employee"])
def test_what_every_portal_has_keeps_its_name_and_stays_but_may_allow_something_else(
    app, people, browser, name
):
    profile = named(app, people, name)
    assert post(browser, f"{ADDRESS}{profile.id}", name="Other").status_code == 422
    assert post(browser, f"{ADDRESS}{profile.id}/delete").status_code == 409
    post(browser, f"{ADDRESS}{profile.id}", name=name, permission="finance")
    assert named(app, people, name).permissions == ["finance"]


def test_one_that_somebody_has_is_deleted_after_they_got_another(app, people, browser):
    finance, manager = named(app, people, "Finance only"), named(app, people, "Manager")
    assert post(browser, f"{ADDRESS}{finance.id}/delete").status_code == 422
    assert post(browser, f"{ADDRESS}{finance.id}/delete", move_to=str(manager.id)).location == ADDRESS
    assert named(app, people, "Finance only") is None
    with app.app_context(), inside(people.portal_id):
        place = members.member(people.portal_id, people.users["Finance only"])
        assert place.profile.name == "Manager"


def test_one_that_nobody_has_is_deleted_at_once(app, people, browser):
    post(browser, f"{ADDRESS}new", name="Unused", permission="finance")
    assert post(browser, f"{ADDRESS}{named(app, people, 'Unused').id}/delete").status_code == 303
    assert named(app, people, "Unused") is None


@pytest.mark.parametrize("permission", ["finance", "connections", "projects"])
def test_nobody_makes_a_profile_of_what_they_do_not_hold(app, people, helper, permission):
    assert post(helper, f"{ADDRESS}new", name="Mine", permission=permission).status_code == 409
    assert named(app, people, "Mine") is None


def test_nobody_widens_their_own_profile(app, people, helper):
    mine = named(app, people, "Front desk")
    held = [*mine.permissions, "finance"]
    assert post(helper, f"{ADDRESS}{mine.id}", name=mine.name, permission=held).status_code == 409
    assert "finance" not in named(app, people, "Front desk").permissions


def test_nobody_narrows_or_deletes_what_holds_more_than_they_do(app, people, helper, browser):
    manager = named(app, people, "Manager")
    assert post(helper, f"{ADDRESS}{manager.id}", name="Manager", permission=[]).status_code == 409
    post(browser, f"{ADDRESS}new", name="Big", permission=["finance", "users"])
    assert post(helper, f"{ADDRESS}{named(app, people, 'Big').id}/delete").status_code == 409


def test_a_copy_holds_only_what_whoever_copies_holds(app, people, helper):
    page = helper.get(f"{ADDRESS}new?copy={named(app, people, 'Admin').id}").text
    assert 'value="users" checked' in page and 'value="finance" checked' not in page


def test_members_are_moved_to_nothing_beyond_what_one_holds(app, people, helper):
    clients, admin = named(app, people, "Clients only"), named(app, people, "Admin")
    assert post(helper, f"{ADDRESS}{clients.id}/delete", move_to=str(admin.id)).status_code == 409
    assert named(app, people, "Clients only") is not None


def test_what_is_done_is_told_with_what_it_was_before(app, people, browser):
    finance = named(app, people, "Finance only")
    post(browser, f"{ADDRESS}{finance.id}", name="Books", permission="users")
    with app.app_context(), inside(people.portal_id):
        [told, *_] = audit.newest(people.portal_id, 1)
    assert told.action == "profile.changed"
    assert told.details == {"name": "Books", "was": "Finance only", "from": ["finance"], "to": ["users"]}


def test_the_name_can_be_typed_but_that_of_a_profile_every_portal_has(app, people, browser):
    manager = named(app, people, "Manager")
    assert "readonly" not in name_field(browser.get(f"{ADDRESS}new").text)
    assert "readonly" in name_field(browser.get(f"{ADDRESS}{manager.id}").text)


def name_field(page):
    return re.search(r'<input[^>]* name="name"[^>]*>', page)[0]
