"""Who may do what in a project: every address of one, for whoever works on it, manages, or is a stranger."""

from __future__ import annotations

import re

import pytest

from tests.web.import_world import ANNA, FRAGMENT
from tests.web.people import browser_of, cast_of_people, token_on
from tests.web.project_world import is_for, person_with, project_of, works_on
from tests.web.test_permissions import SAMPLES, UNKNOWN_ID, asking
from webapp.store.portals import IMPLIED
from webapp.web.permissions import declared

HOLDINGS = [
    (),
    ("finance", "clients.add"),
    ("finance", "clients.manage"),
    ("projects",),
    ("projects", "clients.manage"),
]
"""What somebody may hold in the portal, each as a member of the project and as none."""


@pytest.fixture
def project(app, people):
    with app.app_context():
        return project_of(people)


def routes(app, project):
    """Every address below a project, with what its view needs and which standing."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "project_id" not in rule.arguments:
                continue
            arguments = {name: SAMPLES.get(name, UNKNOWN_ID) for name in rule.arguments}
            address = rule.build({**arguments, "project_id": project})[1]
            view = app.view_functions[rule.endpoint]
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                # What takes the project itself away would leave nothing to ask about.
                if (rule.endpoint, method) != ("projects.delete", "POST"):
                    found.append((method, address, declared(app, rule.endpoint), view.standing))
    # Out of that context, which every request would share: who asked first would have asked for all.
    return found


def stands(standing, member, held):
    """Tell whether somebody has a standing in a project, as the table of permissions says it."""
    if standing == "member" or member:
        return member
    return "projects" in held and (standing == "sees" or "clients.manage" in held)


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize("member", [True, False], ids=["member", "stranger"])
@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda each: "+".join(each) or "nothing")
def test_each_opens_what_they_may_in_a_project_and_nothing_else(
    app, people, project, holding, member, headers
):
    with app.app_context():
        person = person_with(people, *holding)
        if member:
            works_on(people, project, person)
    held = {*holding, *(more for each in holding for more in IMPLIED.get(each, ()))}
    ask = asking(browser_of(app, person), headers)
    for method, address, needed, standing in routes(app, project):
        answer = ask(method, address)
        may = set(needed) <= held and stands(standing, member, held)
        assert (answer.status_code != 403) is may, f"{method} {address}"
        assert answer.status_code < 500, f"{method} {address}"


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_a_project_of_another_portal_is_not_there_even_for_its_owner(app, people, project, headers):
    with app.app_context():
        elsewhere = cast_of_people("elsewhere", "Elsewhere Ltd")
        foreign = project_of(elsewhere)
    ask = asking(browser_of(app, people.users["Owner"]), headers)
    for method, address, _, _ in routes(app, foreign):
        answer = ask(method, address)
        assert answer.status_code == 404, f"{method} {address}"
        assert "Hafenblick" not in answer.text


def test_the_walk_knows_the_addresses_of_imports_too(app, project):
    home = f"/p/nordlicht/projects/{project}/"
    walked = {address.removeprefix(home).split("/")[0] for _, address, _, _ in routes(app, project)}
    assert {"users", "connections", "runs", "edit", "status"} <= walked


def test_the_import_action_is_shown_to_whom_it_is_open(app, people, world, project):
    with app.app_context():
        cases = {
            person_with(people, "finance", "clients.add"): True,
            person_with(people, "finance"): False,
            person_with(people, "clients.add"): False,
        }
        for person in cases:
            works_on(people, project, person)
    for person, shown in cases.items():
        page = browser_of(app, person).get(f"/p/nordlicht/projects/{project}/users/?type=clients").text
        assert ("Import from Ledgerly" in page) is shown


def test_without_a_working_connection_a_hint_leads_to_the_connections(app, people, project):
    with app.app_context():
        person = person_with(people, "finance", "clients.add")
        works_on(people, project, person)
    page = browser_of(app, person).get(f"/p/nordlicht/projects/{project}/users/?type=clients").text
    assert "Import: connect a finance app first" in page


@pytest.fixture
def importer(app, people, project):
    """The browser of somebody who may import into the project, and not into the portal."""
    with app.app_context():
        person = person_with(people, "finance", "clients.add")
        works_on(people, project, person)
    return browser_of(app, person)


def send(browser, address, **fields):
    return browser.post(address, data={"csrf_token": token_on(browser.get("/account/").text), **fields})


def test_an_importer_goes_the_whole_way_into_the_project_and_no_step_into_the_portal(
    app, people, world, importer, project
):
    with app.app_context():
        world.there("1", "Arc", ANNA)
        world.there("2", "Mesa", currency="USD")
        world.there("3", "Bay")
        world.link("3", world.here("Bay"))
    at, portal = f"/p/nordlicht/projects/{project}", "/p/nordlicht"
    pick = f"{at}/connections/{world.connection_id}/import/"
    page = importer.get(pick).text
    assert "Billed in USD" in page and "EUR" in page and "It is only added to the project." in page
    assert importer.get(f"{portal}/connections/{world.connection_id}/import/").status_code == 403
    answer = send(importer, pick, act="all")
    assert answer.status_code == 303 and answer.location.startswith(pick)
    answer = send(importer, pick, act="review")
    review = answer.location
    assert review.startswith(f"{at}/runs/") and review.endswith("/review")
    shown = importer.get(review).text
    assert "Add to the project" in shown and "will come into" in shown and "Mesa" not in shown
    run_id = review.split("/")[-2]
    assert importer.get(f"{portal}/runs/{run_id}/review").status_code == 403
    with app.app_context():
        owner = browser_of(app, people.users["Owner"])
    assert owner.get(f"{portal}/runs/{run_id}/review").status_code == 404
    answer = send(importer, f"{review}/confirm")
    assert answer.location == f"{at}/runs/{run_id}"
    assert "Importing 2 customers" in importer.get(answer.location).text
    assert importer.get(f"{portal}/runs/{run_id}").location == f"{at}/runs/{run_id}"
    assert send(importer, f"{portal}/runs/{run_id}/cancel").status_code == 403
    assert send(owner, f"{portal}/runs/{run_id}/cancel").status_code == 404
    assert send(importer, f"{at}/runs/{run_id}/cancel").status_code == 303
    end = importer.get(f"{at}/runs/{run_id}?live=1", headers=FRAGMENT)
    assert end.headers["HX-Redirect"] == f"{at}/users/?type=clients"
    assert "Import cancelled" in importer.get(end.headers["HX-Redirect"]).text
    assert send(importer, f"{at}/users/dismiss").status_code == 303
    assert "Import cancelled" not in importer.get(end.headers["HX-Redirect"]).text


def test_whoever_loses_the_membership_is_refused_at_every_step(app, people, world, importer, project):
    with app.app_context():
        world.there("1", "Arc", ANNA)
    at = f"/p/nordlicht/projects/{project}"
    pick = f"{at}/connections/{world.connection_id}/import/"
    send(importer, pick, shown="1", pick="1")
    review = send(importer, pick, act="review").location
    owner = browser_of(app, people.users["Owner"])
    member = owner.get(f"{at}/users/").text
    ids = {each for each in uuids_on(member, "members") if each != str(people.users["Owner"])}
    assert send(owner, f"{at}/users/members/{ids.pop()}/remove").status_code == 303
    assert [importer.get(address).status_code for address in (pick, review)] == [403, 403]
    assert send(importer, f"{review}/confirm").status_code == 403


def uuids_on(page, before):
    return re.findall(rf"/{before}/([0-9a-f-]{{36}})/remove", page)


def test_a_project_import_of_another_project_is_not_here(app, people, world, importer, project):
    with app.app_context():
        world.there("1", "Arc")
        other = project_of(people, "Other")
        is_for(people, other)
    at = f"/p/nordlicht/projects/{project}"
    pick = f"{at}/connections/{world.connection_id}/import/"
    send(importer, pick, shown="1", pick="1")
    run_id = send(importer, pick, act="review").location.split("/")[-2]
    owner = browser_of(app, people.users["Owner"])
    assert owner.get(f"/p/nordlicht/projects/{other}/runs/{run_id}/review").status_code == 404
    assert owner.get(f"/p/nordlicht/projects/{other}/runs/{run_id}").status_code == 404
