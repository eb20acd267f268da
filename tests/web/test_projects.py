"""The pages of projects: the list, one in detail, its forms, its users."""

from __future__ import annotations

import html
import re

import pytest

from tests.web.import_world import ANNA, FRAGMENT
from tests.web.people import browser_of, token_on
from tests.web.project_world import is_for, person_with, project_of, works_on
from webapp.extensions import db
from webapp.services import audit
from webapp.store.projects import Project, ProjectCustomer

HOME = "/p/nordlicht/projects"


def post(browser, address, **fields):
    return browser.post(address, data={"csrf_token": token_on(browser.get("/account/").text), **fields})


def form_on(page):
    fields = dict(re.findall(r'<input type="hidden" name="(version|seen)" value="([^"]*)"', page))
    return {name: html.unescape(value) for name, value in fields.items()}


@pytest.fixture
def project(app, people):
    with app.app_context():
        return project_of(people)


@pytest.fixture
def at(project):
    return f"{HOME}/{project}"


def test_a_portal_without_projects_says_what_one_is(browser, log_in):
    assert "No projects yet." in browser.get(f"{HOME}/").text
    assert "You work on no project yet." in log_in("Employee").get(f"{HOME}/").text


def test_a_member_without_other_permissions_comes_to_the_projects_first(log_in):
    assert log_in("Employee").get("/p/nordlicht/").location.endswith(f"{HOME}/")


def test_projects_are_found_by_name_and_key_and_filtered(app, people, browser):
    with app.app_context():
        project_of(people, "Brückner Katalog", key="BRU")
        project_of(people, "Alte Website", status="completed")
    assert "</mark> Katalog" in browser.get(f"{HOME}/?q=bruckner").text
    assert "ckner Katalog" in browser.get(f"{HOME}/?q=bru", headers=FRAGMENT).text
    everyone = browser.get(f"{HOME}/").text
    assert "Brückner Katalog" in everyone and "Alte Website" not in everyone
    assert "Alte Website" in browser.get(f"{HOME}/?status=completed").text
    assert "No project matches" in browser.get(f"{HOME}/?q=nobody").text


def test_members_see_their_projects_alone_and_holders_of_projects_all(app, people, log_in, project):
    with app.app_context():
        theirs = project_of(people, "Only theirs")
        works_on(people, theirs, people.users["Employee"])
    shown = log_in("Employee").get(f"{HOME}/").text
    assert "Only theirs" in shown and "Hafenblick" not in shown
    manager = log_in("Manager")
    assert "Hafenblick" in manager.get(f"{HOME}/").text
    assert "Hafenblick" not in manager.get(f"{HOME}/?mine=1").text


def test_adding_a_project_leads_to_it(browser, app):
    answer = post(browser, f"{HOME}/new", name="Katalog", key="kat", currency="EUR", status="active")
    assert answer.status_code == 303
    shown = browser.get(answer.location).text
    assert "Katalog is added, with the key KAT." in shown and "Owner Person" in shown


def test_a_form_that_cannot_be_taken_names_the_field_and_keeps_what_was_typed(browser):
    typed = {"name": "", "key": "1", "currency": "EUR", "status": "active", "description": "a\nb"}
    answer = post(browser, f"{HOME}/new", **typed)
    assert answer.status_code == 422
    assert "A project needs a name" in answer.text and "Use 2 to 10 letters" in answer.text
    assert ">\na\nb</textarea>" in answer.text


def test_two_who_edit_the_same_field_look_at_both_values(browser, log_in, at):
    form = form_on(browser.get(f"{at}/edit").text)
    other = log_in("Manager")
    assert post(other, f"{at}/edit", **form, name="Theirs").status_code == 303
    answer = post(browser, f"{at}/edit", **form, name="Mine")
    assert answer.status_code == 409
    assert "“Theirs”" in answer.text and 'value="Mine"' in answer.text
    again = {**form_on(answer.text), "clash": "name", "take-name": "typed"}
    assert post(browser, f"{at}/edit", **again, name="Mine").status_code == 303
    assert "Mine" in browser.get(at).text


def test_the_currency_cannot_change_once_the_project_has_customers(app, people, world, browser, project, at):
    with app.app_context():
        is_for(people, project, world.here("Arc"))
    form = form_on(browser.get(f"{at}/edit").text)
    answer = post(browser, f"{at}/edit", **form, currency="USD")
    assert answer.status_code == 422
    assert "It stays EUR while the project has customers" in answer.text


def test_closing_and_reopening(browser, at):
    assert "Complete" in browser.get(at).text
    post(browser, f"{at}/status", status="completed")
    shown = browser.get(at).text
    assert "The project is completed now." in shown and "Reopen" in shown
    assert post(browser, f"{at}/status", status="soon").status_code == 422


def test_the_dialog_of_deleting_names_what_vanishes(app, people, world, browser, project, at):
    with app.app_context():
        is_for(people, project, world.here("Arc"))
    asked = browser.get(f"{at}/delete").text
    assert "HAF" in asked and "1 customer is no longer in it" in asked and "stays" in asked
    assert "<dialog" in browser.get(f"{at}/delete", headers=FRAGMENT).text
    assert post(browser, f"{at}/delete", **form_on(asked)).status_code == 303
    assert browser.get(at).status_code == 404
    with app.app_context():
        assert [each.name for each in world.customers()] == ["Arc"]


def test_everything_that_is_done_to_a_project_is_in_the_audit(app, people, world, browser, at, project):
    with app.app_context():
        arc, bay = world.here("Arc"), world.here("Bay")
    post(browser, f"{at}/status", status="on hold")
    post(browser, f"{at}/users/members", pick=str(people.users["Employee"]))
    post(browser, f"{at}/users/members/{people.users['Employee']}/remove")
    post(browser, f"{at}/users/customers", pick=[str(arc), str(bay)])
    post(browser, f"{at}/users/customers/{bay}/primary")
    post(browser, f"{at}/users/customers/{bay}/remove")
    post(browser, f"{at}/delete", version=2)
    with app.app_context():
        told = [each.action for each in reversed(audit.newest(people.portal_id, 8))]
    assert told == [
        "project.added",
        "project.changed",
        "project.members_added",
        "project.member_removed",
        "project.customers_added",
        "project.primary_changed",
        "project.customer_removed",
        "project.deleted",
    ]


def test_the_users_tab_offers_portal_and_client_users(app, people, world, browser, project, at):
    with app.app_context():
        is_for(people, project, world.here("Arc", ANNA), world.here("Bay"))
    members = browser.get(f"{at}/users/").text
    assert "Owner Person" in members and 'value="clients"' in members
    clients = browser.get(f"{at}/users/?type=clients").text
    assert "Anna Møller" in clients and clients.count("Primary customer") == 1
    found = browser.get(f"{at}/users/?type=clients&q=anna", headers=FRAGMENT).text
    assert "Arc" in found and "Bay" not in found


def test_existing_customers_are_added_several_at_once_and_other_currencies_are_disabled(
    app, people, world, browser, project, at
):
    with app.app_context():
        arc, bay = world.here("Arc"), world.here("Bay")
        usd = world.here("Mesa")
        next(each for each in world.customers() if each.id == usd).currency = "USD"
        db.session.commit()
    offered = browser.get(f"{at}/users/customers").text
    assert "Billed in USD, and this project is in EUR." in offered
    assert f'value="{usd}" id="c-{usd}" disabled' in offered
    assert post(browser, f"{at}/users/customers", pick=[str(arc), str(bay)]).status_code == 303
    assert post(browser, f"{at}/users/customers", pick=str(usd)).status_code == 422
    assert post(browser, f"{at}/users/customers").status_code == 422
    with app.app_context():
        held = db.session.scalars(db.select(ProjectCustomer).where(ProjectCustomer.project_id == project))
        assert {each.customer_id: each.primary for each in held} == {arc: True, bay: False}


def test_who_may_add_clients_adds_a_new_one_inside_their_project_with_a_contact(app, people, project, at):
    with app.app_context():
        adder = person_with(people, "clients.add")
        works_on(people, project, adder)
    browser = browser_of(app, adder)
    assert browser.get(f"{at}/users/customers/new").status_code == 200
    typed = {"name": "Arc", "person.first_name": "Anna"}
    assert post(browser, f"{at}/users/customers/new", **typed).status_code == 303
    shown = browser.get(f"{at}/users/?type=clients").text
    assert "Arc" in shown and "Anna" in shown and "Primary customer" in shown
    again = post(browser, f"{at}/users/customers/new", **typed)
    assert again.status_code == 422 and "Add the one that is here instead" in again.text
    with app.app_context():
        made = db.session.scalar(db.select(ProjectCustomer.customer_id))
    assert browser.get("/p/nordlicht/client-users/").status_code == 403
    where = f"{at}/users/customers/{made}/contacts/new"
    assert browser.get(where).status_code == 200
    assert post(browser, where, first_name="").status_code == 422
    assert post(browser, where, first_name="Bo").status_code == 303
    assert "Bo" in browser.get(f"{at}/users/?type=clients").text


def test_a_customer_of_another_project_cannot_be_written_from_here(app, people, world, at, project):
    with app.app_context():
        elsewhere = world.here("Arc")
        adder = person_with(people, "clients.add")
        works_on(people, project, adder)
    browser = browser_of(app, adder)
    assert post(browser, f"{at}/users/customers/{elsewhere}/contacts/new", first_name="Bo").status_code == 404
    assert post(browser, f"{at}/users/customers/{elsewhere}/primary").status_code == 404
    assert post(browser, f"{at}/users/customers/{elsewhere}/remove").status_code == 404


def test_a_customer_in_a_project_keeps_its_currency(app, people, world, browser, project):
    with app.app_context():
        arc = world.here("Arc")
        is_for(people, project, arc)
    page = browser.get(f"/p/nordlicht/customers/{arc}/edit").text
    answer = post(browser, f"/p/nordlicht/customers/{arc}/edit", **form_on(page), currency="USD")
    assert answer.status_code == 422
    assert "while the customer is in “Hafenblick relaunch”" in answer.text


def test_the_page_of_a_customer_shows_its_projects(app, people, world, browser, project):
    with app.app_context():
        arc = world.here("Arc")
        is_for(people, project, arc)
    assert "Hafenblick relaunch" in browser.get(f"/p/nordlicht/customers/{arc}").text


def test_a_project_that_is_gone_or_elsewhere_is_not_there(app, browser, at, project):
    with app.app_context():
        db.session.delete(db.session.scalar(db.select(Project)))
        db.session.commit()
    assert browser.get(at).status_code == 404
