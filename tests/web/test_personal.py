"""Personal data through pages: handed over, erased, and a portal that is to go."""

from __future__ import annotations

import io
import json
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from tests.web.client_world import customer_with, login_of, project_for
from tests.web.people import PASSWORD, browser_of, token_on
from webapp.extensions import db
from webapp.services import audit, portals
from webapp.store.customers import Contact
from webapp.store.links import Link
from webapp.store.portal_deletions import PortalDeletion
from webapp.store.portals import User, user_by_email
from webapp.walls import inside


@pytest.fixture
def there(app, people):
    with app.app_context():
        customer_id, contact_ids = customer_with(people.portal_id, "Talweg GmbH", "Mara", "Nils")
        project_for(people.portal_id, "Website", customer_id)
        return customer_id, contact_ids


@pytest.fixture
def address(there):
    return f"/p/nordlicht/customers/{there[0]}/contacts/{there[1][0]}/data"


def sent(browser, to, **form):
    token = token_on(browser.get("/account/").text)
    return browser.post(to, data={"csrf_token": token, **form})


def files(answer):
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    with ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_a_contacts_data_is_all_of_theirs_and_nobody_elses(browser, address):
    told = files(sent(browser, f"{address}/export"))
    assert told["contact.json"][0]["email"] == "mara@talweg.example"
    assert "Nils" not in json.dumps(told)


def test_the_page_says_what_erasing_does_and_asks_nothing_of_providers_where_there_are_none(browser, address):
    text = browser.get(f"{address}/").text
    assert "Erase for good" in text
    assert "What about there?" not in text


def test_a_linked_contact_is_asked_about_at_the_provider(app, browser, there, address, world):
    with app.app_context():
        world.link("77", there[0])
        db.session.add(
            Link(
                portal_id=world.portal_id, connection_id=world.connection_id, kind="contact",
                our_id=there[1][0], their_id="77-1",
            )
        )  # fmt: skip
        db.session.commit()
    text = browser.get(f"{address}/").text
    assert "Ledgerly knows them too. What about there?" in text
    assert "Only their id there is remembered" in text


def test_erasing_here_says_so_and_the_contact_is_gone(app, browser, address, there):
    answer = sent(browser, f"{address}/erase", where="here")
    assert answer.location.endswith(str(there[0]))
    text = browser.get(answer.location).text
    assert "They are not imported again." in text
    assert "Mara" not in text
    with app.app_context():
        assert db.session.scalars(select(Contact.first_name)).all() == ["Nils"]


def test_a_login_takes_its_data_along_without_what_opens_it(app, people, browser):
    told = files(sent(browser, "/account/data/export"))
    assert told["login/user.json"][0]["email"] == "owner@nordlicht.example"
    assert "nordlicht/membership.json" in told
    assert "password" not in told["login/user.json"][0]
    assert "argon2" not in json.dumps(told)


def test_a_login_is_erased_by_whoever_knows_its_password(app, people, browser):
    with app.app_context(), inside(people.portal_id):
        portals.set_profile(people.portal_id, people.users["Manager"], "Owner")
    assert sent(browser, "/account/data/erase", current="wrong").status_code == 422
    assert sent(browser, "/account/data/erase", current=PASSWORD).location == "/login"
    assert browser.get("/p/nordlicht/").location.startswith("/login")
    with app.app_context(), inside(people.portal_id):
        assert user_by_email("owner@nordlicht.example") is None
        assert audit.verify(people.portal_id) is None


def test_the_only_owner_is_refused_in_words(app, browser):
    answer = sent(browser, "/account/data/erase", current=PASSWORD)
    assert answer.status_code == 409
    assert "make somebody else Owner first" in answer.text
    with app.app_context():
        assert user_by_email("owner@nordlicht.example") is not None


def test_a_client_user_may_take_their_data_along(app, people, there):
    with app.app_context():
        user_id = login_of("mara@talweg.example", (people.portal_id, there[1][0]))
    told = files(sent(browser_of(app, user_id), "/account/data/export"))
    assert told["login/user.json"][0]["email"] == "mara@talweg.example"
    assert told["nordlicht/client_user.json"][0]["contact_id"] == str(there[1][0])


def test_an_owner_asks_by_name_and_everybody_who_manages_users_is_told(app, browser, log_in):
    assert sent(browser, "/p/nordlicht/delete-portal/", name="another").status_code == 422
    assert sent(browser, "/p/nordlicht/delete-portal/", name="Nordlicht Studio").status_code == 303
    assert "is deleted on" in browser.get("/p/nordlicht/delete-portal/").text
    assert "Nordlicht Studio is to be deleted on" in browser.get("/p/nordlicht/notices/").text
    sent(browser, "/p/nordlicht/delete-portal/keep")
    with app.app_context():
        assert db.session.scalars(select(PortalDeletion)).all() == []
    assert "The portal stays." in browser.get("/p/nordlicht/notices/").text


def test_who_is_no_owner_can_keep_the_portal_and_not_delete_it(app, people, browser):
    with app.app_context(), inside(people.portal_id):
        admin = portals.add_user(people.portal_id, "admin@x.example", "A", password=None, profile="Admin").id
    other = browser_of(app, admin)
    assert "Only an Owner can delete the portal." in other.get("/p/nordlicht/delete-portal/").text
    assert sent(other, "/p/nordlicht/delete-portal/", name="Nordlicht Studio").status_code == 403
    sent(browser, "/p/nordlicht/delete-portal/", name="Nordlicht Studio")
    assert sent(other, "/p/nordlicht/delete-portal/keep").status_code == 303


def test_a_user_without_a_password_erases_nothing_by_a_blank_one(app, log_in):
    assert sent(log_in("Employee"), "/account/data/erase", current="").status_code == 422
    with app.app_context():
        assert len(db.session.scalars(select(User.id)).all()) == 5
