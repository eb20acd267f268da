"""Portal users through their pages: inviting, profiles, projects, disabling and removing, and who may not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from tests.telling import telling_app
from tests.web.invited import GUEST, accept, invite, link_in, profile_named
from tests.web.people import browser_of, cast_of_people, token_on
from webapp.extensions import db
from webapp.services import audit, members, profiles, users
from webapp.services.errors import Refused
from webapp.store.columns import new_id
from webapp.store.invitations import Invitation
from webapp.store.portals import Profile, User, membership_of, place_of
from webapp.store.projects import Project, ProjectMember
from webapp.walls import inside

USERS = "/p/nordlicht/users/"


@pytest.fixture(scope="module")
def module_app(module_database_url, redis_url, outbox_folder):
    with telling_app(module_database_url, redis_url, outbox_folder) as made:
        yield made


def post(browser, address, **typed):
    return browser.post(address, data={"csrf_token": token_on(browser.get("/account/").text), **typed})


def profile_id(app, people, name):
    with app.app_context(), inside(people.portal_id):
        return profile_named(people, name).id


def place(app, people, who):
    with app.app_context(), inside(people.portal_id):
        return membership_of(people.users[who], people.portal_id)


def make_profile(app, people, name, *permissions):
    with app.app_context(), inside(people.portal_id):
        made = Profile(portal_id=people.portal_id, id=new_id(), name=name, permissions=list(permissions))
        db.session.add(made)
        db.session.commit()
        return made.id


def make_project(app, people, key="WEB"):
    with app.app_context(), inside(people.portal_id):
        named = {"key": key, "name": f"Project {key}", "sort_key": key.lower(), "search": key.lower()}
        made = Project(portal_id=people.portal_id, id=new_id(), currency="EUR", **named)
        db.session.add(made)
        db.session.commit()
        return made.id


@pytest.fixture
def warden(app, people, log_in):
    """Somebody who manages users and may do nothing else."""
    chosen = make_profile(app, people, "Warden", "users")
    with app.app_context(), inside(people.portal_id):
        members.set_profile(people.portal_id, people.users["Clients only"], chosen, by=None)
    return log_in("Clients only")


def test_the_list_shows_who_is_in_invited_and_disabled(app, people, browser):
    invite(app, people)
    post(browser, f"{USERS}{people.users['Employee']}/disable")
    page = browser.get(USERS).text
    assert all(words in page for words in (GUEST, "Manager Person", "Invited", "Disabled"))
    only = browser.get(f"{USERS}?state=disabled", headers={"HX-Request": "true"}).text
    assert "Employee Person" in only and "Manager Person" not in only and "<html" not in only


def test_the_list_is_searched_by_name_and_mail_and_filtered_by_profile(app, people, browser):
    assert "Manager Person" in browser.get(f"{USERS}?q=MANAGER@nord").text
    assert "No one matches" in browser.get(f"{USERS}?q=%25").text
    found = browser.get(f"{USERS}?profile={profile_id(app, people, 'Manager')}").text
    assert "Manager Person" in found and "Employee Person" not in found


def test_several_are_invited_at_once_with_profile_and_projects(app, people, browser, outbox_folder):
    project, manager = make_project(app, people), profile_id(app, people, "Manager")
    typed = {"emails": "a@x.example, b@x.example\nA@x.example", "profile": manager, "project": project}
    assert post(browser, f"{USERS}invite", **typed).location == USERS
    with app.app_context():
        made = db.session.scalars(select(Invitation)).all()
    assert {each.email.lower() for each in made} == {"a@x.example", "b@x.example"}
    link = link_in(app, outbox_folder)
    accept(app.test_client(), link)
    with app.app_context():
        assert db.session.scalar(select(ProjectMember.project_id)) == project


@pytest.mark.parametrize(
    ("emails", "words"),
    [
        ("", "Enter the e-mail"),
        ("nobody", "is no e-mail address"),
        ("manager@nordlicht.example", "is a user of this portal already"),
        (GUEST, "is invited already"),
        (" ".join(f"a{number}@x.example" for number in range(51)), "at most 50"),
    ],
)
def test_whom_nobody_can_invite_is_named_and_nobody_is_invited(app, people, browser, emails, words):
    invite(app, people)
    asked = f"new@x.example {emails}" if emails else ""
    typed = {"emails": asked, "profile": profile_id(app, people, "Manager")}
    answer = post(browser, f"{USERS}invite", **typed)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert typed["emails"] in answer.text
    with app.app_context():
        assert len(db.session.scalars(select(Invitation)).all()) == 1


def test_inviting_tells_nobody_who_has_a_login_elsewhere(app, people, browser):
    with app.app_context():
        cast_of_people("elsewhere", "Elsewhere Ltd")
    employee = profile_id(app, people, "Employee")
    pages = []
    for email in ("manager@elsewhere.example", "nobodyx@elsewhere.example"):
        answer = post(browser, f"{USERS}invite", emails=email, profile=employee)
        pages.append((answer.status_code, answer.location))
    assert pages[0] == pages[1]
    listed = browser.get(f"{USERS}?state=invited").text
    assert listed.count("No login here yet, or not joined") == 2


def test_invitations_are_limited_by_how_many_people_they_ask(app, people, browser):
    employee = profile_id(app, people, "Employee")
    status = [
        post(
            browser,
            f"{USERS}invite",
            emails=" ".join(f"p{batch}-{n}@x.example" for n in range(40)),
            profile=employee,
        ).status_code
        for batch in range(3)
    ]
    assert status == [303, 303, 429]


def test_an_invitation_is_sent_again_and_withdrawn_from_the_list(app, people, browser):
    made = invite(app, people)
    assert "gets another mail" in browser.get(post(browser, f"{USERS}invitations/{made}/again").location).text
    post(browser, f"{USERS}invitations/{made}/withdraw")
    browser.get(USERS)
    assert GUEST not in browser.get(f"{USERS}?state=invited").text
    assert post(browser, f"{USERS}invitations/{made}/again").status_code == 409


def test_a_profile_counts_from_the_next_click_on(app, people, browser, log_in):
    employee = log_in("Employee")
    assert employee.get("/p/nordlicht/client-users/").status_code == 403
    post(
        browser,
        f"{USERS}{people.users['Employee']}/profile",
        profile=str(profile_id(app, people, "Manager")),
    )
    assert employee.get("/p/nordlicht/client-users/").status_code == 200


def test_disabled_one_is_out_at_the_next_click_and_only_of_this_portal(app, people, browser, log_in):
    manager = log_in("Manager")
    assert manager.get("/p/nordlicht/client-users/").status_code == 200
    post(browser, f"{USERS}{people.users['Manager']}/disable")
    assert manager.get("/p/nordlicht/client-users/").status_code == 404
    assert manager.get("/account/").status_code == 200
    with app.app_context():
        assert place_of(people.users["Manager"], "nordlicht") is None
    post(browser, f"{USERS}{people.users['Manager']}/enable")
    assert manager.get("/p/nordlicht/client-users/").status_code == 200


def test_removed_one_loses_place_and_projects_and_the_audit_keeps_who_it_was(app, people, browser):
    manager, project = people.users["Manager"], make_project(app, people)
    post(browser, f"{USERS}{manager}/projects", project=str(project))
    assert place(app, people, "Manager") is not None
    post(browser, f"{USERS}{manager}/remove")
    assert place(app, people, "Manager") is None
    with app.app_context():
        assert db.session.scalars(select(ProjectMember)).all() == []
        assert db.session.get_one(User, manager).name == "Manager Person"
    assert "Manager Person" in browser.get(f"/p/nordlicht/audit/?subject={manager}").text


def test_projects_are_chosen_and_told(app, people, browser):
    one, two = make_project(app, people), make_project(app, people, "APP")
    address = f"{USERS}{people.users['Employee']}/projects"
    post(browser, address, project=str(one))
    post(browser, address, project=str(two))
    with app.app_context(), inside(people.portal_id):
        assert db.session.scalars(select(ProjectMember.project_id)).all() == [two]
        told = audit.newest(people.portal_id, 1)[0].details
    assert told == {"added": [str(two)], "removed": [str(one)]}


@pytest.mark.parametrize("profile", ["Owner", "Admin", "Manager"])
def test_nobody_gives_what_they_do_not_hold(app, people, warden, profile):
    given = str(profile_id(app, people, profile))
    answer = post(warden, f"{USERS}{people.users['Employee']}/profile", profile=given)
    assert answer.status_code == 409
    assert post(warden, f"{USERS}invite", emails=GUEST, profile=given).status_code == 409
    assert place(app, people, "Employee").profile_id == profile_id(app, people, "Employee")


@pytest.mark.parametrize("act", ["disable", "remove", "profile", "projects"])
@pytest.mark.parametrize("who", ["Owner", "Manager"])
def test_nobody_acts_on_who_holds_more(app, people, warden, act, who):
    employee = str(profile_id(app, people, "Employee"))
    answer = post(warden, f"{USERS}{people.users[who]}/{act}", profile=employee)
    assert answer.status_code == 409
    assert place(app, people, who).disabled_at is None


def test_an_admin_makes_and_unmakes_no_owner(app, people, log_in):
    with app.app_context(), inside(people.portal_id):
        admin = profile_named(people, "Admin").id
        members.set_profile(people.portal_id, people.users["Manager"], admin, by=None)
    browser, owner = log_in("Manager"), str(profile_id(app, people, "Owner"))
    assert post(browser, f"{USERS}{people.users['Employee']}/profile", profile=owner).status_code == 409
    assert post(browser, f"{USERS}{people.users['Owner']}/remove").status_code == 409


def test_the_last_owner_keeps_the_profile_and_nobody_shuts_themselves_out(app, people, browser):
    owner, employee = people.users["Owner"], str(profile_id(app, people, "Employee"))
    answer = post(browser, f"{USERS}{owner}/profile", profile=employee)
    assert "only Owner of the portal" in answer.text
    for act in ("disable", "remove"):
        assert post(browser, f"{USERS}{owner}/{act}").status_code == 409
    with app.app_context(), pytest.raises(Refused, match="only Owner"):
        users.set_active("owner@nordlicht.example", active=False)


def test_an_owner_who_cannot_come_in_is_no_other_owner(app, people, browser):
    owner = str(profile_id(app, people, "Owner"))
    post(browser, f"{USERS}{people.users['Manager']}/profile", profile=owner)
    post(browser, f"{USERS}{people.users['Manager']}/disable")
    employee = str(profile_id(app, people, "Employee"))
    assert post(browser, f"{USERS}{people.users['Owner']}/profile", profile=employee).status_code == 409


def test_two_owners_who_unmake_each_other_at_once_leave_one(app, people):
    with app.app_context(), inside(people.portal_id):
        owner, employee = profile_named(people, "Owner").id, profile_named(people, "Employee").id
        members.set_profile(people.portal_id, people.users["Manager"], owner, by=None)
    pairs = [("Owner", "Manager"), ("Manager", "Owner")]

    def unmake(by, whom):
        with app.app_context(), inside(people.portal_id):
            try:
                members.set_profile(people.portal_id, people.users[whom], employee, by=people.users[by])
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(lambda pair: unmake(*pair), pairs))
    assert sum(done) == 1


def test_an_invitation_of_a_profile_beyond_ones_own_is_not_touched(app, people, warden):
    made = invite(app, people, profile="Admin")
    assert post(warden, f"{USERS}invitations/{made}/withdraw").status_code == 409


def test_another_portals_people_are_not_there(app, people, browser):
    with app.app_context():
        stranger = cast_of_people("elsewhere", "Elsewhere Ltd").users["Manager"]
    assert browser.get(f"{USERS}{stranger}").status_code == 404
    assert post(browser, f"{USERS}{stranger}/remove").status_code == 404
    assert browser_of(app, stranger).get("/p/elsewhere/client-users/").status_code == 200


def test_two_factor_is_required_from_the_list(app, people, browser):
    assert "for yourself first" in post(browser, f"{USERS}two-factor", required="yes").text


def test_profiles_offered_are_those_one_may_give(app, people, warden):
    page = warden.get(f"{USERS}invite").text
    assert "Employee" in page and "Admin</" not in page and "Owner<" not in page
    assert {each.name for each in profiles_of(app, people)} >= {"Owner", "Admin"}


def profiles_of(app, people):
    with app.app_context(), inside(people.portal_id):
        return profiles.of_portal(people.portal_id)
