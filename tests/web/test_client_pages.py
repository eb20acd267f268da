"""What client users see: their projects and their own details, and nothing else, as long as they may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, update

from tests.web.client_world import client_browser, customer_with, login_of, project_for
from tests.web.people import cast_of_people, token_on
from webapp.extensions import db
from webapp.services import customers, deleting, editing, portals, users
from webapp.store import client_users as store
from webapp.store.columns import now
from webapp.store.customers import Contact, Customer
from webapp.store.portals import Membership, User
from webapp.store.projects import ProjectCustomer
from webapp.walls import inside
from webapp.web.permissions import CLIENTS, PUBLIC, declared

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
BOTH = pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])


class There:
    """A portal with a customer whose Mara is a client user, and another customer with a project."""

    def __init__(self, people: Any) -> None:
        self.people = people
        self.portal_id = people.portal_id
        self.customer_id, (self.contact_id, self.other_id) = customer_with(
            self.portal_id, "Talweg GmbH", "Mara", "Nils"
        )
        self.foreign_id, _ = customer_with(self.portal_id, "Birke AG", "Otto")
        manager = people.users["Manager"]
        self.project_id = project_for(self.portal_id, "Website", self.customer_id, members=(manager,))
        self.foreign_project = project_for(self.portal_id, "Secret plan", self.foreign_id)
        self.user_id = login_of("mara@talweg.example", (self.portal_id, self.contact_id))


@pytest.fixture
def there(app: Any, people: Any) -> There:
    with app.app_context():
        return There(people)


@pytest.fixture
def mara(app: Any, there: There) -> Any:
    return client_browser(app, there.user_id)


def routes(app: Any, there: There) -> Any:
    """Every route with ids that lead somewhere in the portal, by each of its methods."""
    known = {
        "portal_key": there.people.portal_key,
        "customer_id": there.customer_id,
        "contact_id": there.contact_id,
        "project_id": there.project_id,
        "provider": "ledgerly",
        "filename": "logo.svg",
        "their_id": "1",
        "position": 1,
        "word": "unlink",
    }
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            values = {name: known.get(name, there.user_id) for name in rule.arguments}
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                found.append((rule.endpoint, method, rule.build(values)[1]))
    # Out of that context, which every request would share: who asked first would have asked for all.
    return found


@BOTH
def test_nothing_of_the_portal_is_there_for_a_client_user(app: Any, there: There, mara: Any, headers: Any):
    token = token_on(mara.get("/account/").text)
    for endpoint, method, address in routes(app, there):
        if declared(app, endpoint) in (PUBLIC, CLIENTS) or not address.startswith("/p/"):
            continue
        form = {} if method == "GET" else {"csrf_token": token}
        answer = mara.open(address, method=method, data=form, headers=headers)
        assert answer.status_code == 404, f"{method} {address}"
        assert not any(name in answer.text for name in ("Nordlicht Studio", "Birke", "Secret plan"))


@BOTH
@pytest.mark.parametrize("profile", ["Owner", "Manager", "Employee"])
def test_pages_of_client_users_are_not_there_for_members(
    app: Any, there: There, log_in: Callable[[str], Any], profile: str, headers: Any
):
    browser = log_in(profile)
    found = [
        browser.open(address, method=method, headers=headers).status_code
        for endpoint, method, address in routes(app, there)
        if declared(app, endpoint) == CLIENTS
    ]
    assert found == [404, 404]


def test_their_own_account_stands_within_the_portal_they_are_a_client_user_of(mara: Any):
    text = mara.get("/account/").text
    assert ("Your details" in text, "Manage users" in text, "Your portals" in text) == (True, False, False)


def test_they_see_the_projects_shared_with_their_customer(mara: Any, there: There):
    text = mara.get("/c/nordlicht/").text
    for told in ("Website", "Active", "Manager Person", "Talweg GmbH", "September 1 to March 31, 2027"):
        assert told in text
    assert "Secret plan" not in text
    assert "Birke" not in text


def test_no_id_of_the_portal_is_on_their_pages(mara: Any, there: There):
    for address in ("/c/nordlicht/", "/c/nordlicht/you", "/account/"):
        answer = mara.get(address)
        assert answer.status_code == 200
        text = answer.text
        for known in (there.portal_id, there.customer_id, there.contact_id, there.project_id):
            assert str(known) not in text
        assert "/p/nordlicht" not in text


def test_they_see_what_is_kept_of_them_and_of_nobody_else(mara: Any):
    text = mara.get("/c/nordlicht/you").text
    assert "mara@talweg.example" in text
    assert "030 5550101" in text or "+49 30 5550101" in text
    assert "Nils" not in text
    assert "Nordlicht Studio" in text


def test_a_login_leads_to_the_only_place(mara: Any):
    assert mara.get("/").location == "/c/nordlicht/"


def test_their_settings_stand_in_their_own_frame(mara: Any):
    mara.get("/c/nordlicht/")
    text = mara.get("/account/").text
    assert "/c/nordlicht/you" in text
    assert "Nordlicht Studio" in text


def delete_contact(there: There) -> None:
    deleting.delete_contact(
        there.portal_id, there.customer_id, there.contact_id, there.people.users["Owner"], version=1
    )


def delete_customer(there: There) -> None:
    row = db.session.get_one(Customer, (there.portal_id, there.customer_id))
    deleting.delete_customer(
        there.portal_id, there.customer_id, there.people.users["Owner"], version=row.version
    )


def make_inactive(there: There, *, active: bool = False) -> None:
    editing.set_active(there.portal_id, there.customer_id, there.people.users["Owner"], active=active)


def merge_away(there: There) -> None:
    values = {"deleted_at": now(), "merged_into": there.foreign_id}
    db.session.execute(update(Customer).where(Customer.id == there.customer_id).values(values))
    db.session.commit()


def disable(there: There) -> None:
    store.disable(there.portal_id, there.contact_id, now())
    db.session.commit()


def disable_login(there: There) -> None:
    users.set_active("mara@talweg.example", active=False)


def purge(there: There) -> None:
    db.session.execute(delete(Contact).where(Contact.id == there.contact_id))
    db.session.commit()


GONE = {
    "contact deleted": delete_contact,
    "customer deleted": delete_customer,
    "customer inactive": make_inactive,
    "customer merged into another": merge_away,
    "client user disabled": disable,
    "contact gone for good": purge,
}


@BOTH
@pytest.mark.parametrize("way", GONE.values(), ids=GONE)
def test_the_place_is_gone_at_once(app: Any, there: There, mara: Any, way: Any, headers: Any):
    assert mara.get("/c/nordlicht/", headers=headers).status_code == 200
    with app.app_context(), inside(there.portal_id):
        way(there)
    for address in ("/c/nordlicht/", "/c/nordlicht/you"):
        answer = mara.get(address, headers=headers)
        assert answer.status_code == 404
        assert "Website" not in answer.text
    assert "You are in no portal yet" in mara.get("/").text


def test_a_disabled_login_is_out_at_once(app: Any, there: There, mara: Any):
    with app.app_context():
        disable_login(there)
    assert mara.get("/c/nordlicht/").location.startswith("/login")


BACK = {
    "contact restored": (
        delete_contact,
        lambda there: deleting.restore_contact(
            there.portal_id, there.customer_id, there.contact_id, there.people.users["Owner"]
        ),
    ),
    "customer restored": (
        delete_customer,
        lambda there: deleting.restore_customer(
            there.portal_id, there.customer_id, there.people.users["Owner"]
        ),
    ),
    "customer active again": (make_inactive, lambda there: make_inactive(there, active=True)),
    "let in again": (
        disable,
        lambda there: (store.disable(there.portal_id, there.contact_id, None), db.session.commit()),
    ),
}


@pytest.mark.parametrize("ways", BACK.values(), ids=BACK)
def test_the_place_is_back_with_what_took_it_away(app: Any, there: There, mara: Any, ways: Any):
    for way, status in zip(ways, (404, 200), strict=True):
        with app.app_context(), inside(there.portal_id):
            way(there)
        assert mara.get("/c/nordlicht/").status_code == status


def test_a_project_is_gone_with_the_customer_that_left_it(app: Any, there: There, mara: Any):
    with app.app_context():
        db.session.execute(delete(ProjectCustomer).where(ProjectCustomer.project_id == there.project_id))
        db.session.commit()
    text = mara.get("/c/nordlicht/").text
    assert "Website" not in text
    assert "No projects yet." in text


def test_unlinking_from_the_provider_takes_no_place_away(app: Any, there: There, mara: Any, world: Any):
    with app.app_context(), inside(there.portal_id):
        world.link("77", there.customer_id)
        customers.unlink(there.portal_id, there.customer_id, world.connection_id, there.people.users["Owner"])
    assert mara.get("/c/nordlicht/").status_code == 200


def test_who_left_the_portal_is_named_on_no_project(app: Any, there: There, mara: Any):
    with app.app_context():
        left = update(Membership).where(Membership.user_id == there.people.users["Manager"])
        db.session.execute(left.values(disabled_at=now()))
        db.session.commit()
    assert "Manager Person" not in mara.get("/c/nordlicht/").text


def test_one_person_may_be_client_user_of_two_customers_and_two_portals_and_member_of_a_third(
    app: Any, there: There, mara: Any
):
    with app.app_context():
        second, (again,) = customer_with(there.portal_id, "Ufer KG", "Mara")
        project_for(there.portal_id, "Garden", second, there.customer_id)
        other = cast_of_people("elsewhere", "Elsewhere Ltd")
        _, (there_too,) = customer_with(other.portal_id, "Talweg GmbH", "Mara")
        third = cast_of_people("third", "Third Ltd")
        for portal_id, contact_id in ((there.portal_id, again), (other.portal_id, there_too)):
            store.admit(portal_id, contact_id, there.user_id, now())
        db.session.commit()
        portals.add_user(third.portal_id, "mara@talweg.example", "x", password=None)
    chosen = mara.get("/").text
    for told in ("/c/nordlicht/", "/c/elsewhere/", "/p/third/", "Talweg GmbH, Ufer KG"):
        assert told in chosen
    both = mara.get("/c/nordlicht/").text
    assert both.count("<article") == 2
    assert "Website" in both and "Garden" in both
    assert "Ufer KG" in mara.get("/c/nordlicht/you").text
    assert "Garden" not in mara.get("/c/elsewhere/").text
    assert mara.get("/p/third/", follow_redirects=True).status_code == 200
    assert mara.get("/p/elsewhere/").status_code == 404
    assert mara.get("/c/third/").status_code == 404


def test_an_e_mail_that_changes_here_does_not_change_the_login(app: Any, there: There, mara: Any):
    with app.app_context():
        changed = update(Contact).where(Contact.id == there.contact_id).values(email="eve@evil.example")
        db.session.execute(changed)
        db.session.commit()
        assert db.session.get_one(User, there.user_id).email == "mara@talweg.example"
    assert mara.get("/c/nordlicht/").status_code == 200
    assert "You log in with mara@talweg.example" in mara.get("/c/nordlicht/you").text


def test_a_key_nobody_has_and_one_of_nul_are_not_there(mara: Any):
    assert [mara.get(f"/c/{key}/").status_code for key in ("nowhere", "%00")] == [404, 404]


def test_a_page_for_client_users_asks_the_wall_for_their_portal_alone(app: Any, there: There, mara: Any):
    with app.app_context():
        other = cast_of_people("elsewhere", "Elsewhere Ltd")
        store.admit(there.portal_id, there.contact_id, there.user_id, now())
        foreign, _ = customer_with(other.portal_id, "Talweg GmbH", "Mara")
        # A project of another portal that names a customer of this one: only the wall would hold it back.
        project_for(other.portal_id, "Beyond the wall", foreign)
    assert "Beyond the wall" not in mara.get("/c/nordlicht/").text
