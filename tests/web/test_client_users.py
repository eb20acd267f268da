"""Making contacts client users: asked by mail, come, asked no longer, and what their customer's page says."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.telling import posted, telling_app
from tests.web.client_world import customer_with, login_of, project_for
from tests.web.invited import accept, link_in
from tests.web.people import browser_of, token_on
from webapp.extensions import db
from webapp.services import audit
from webapp.store.client_users import ClientUser, client_places
from webapp.store.columns import now
from webapp.store.customers import Contact, Customer
from webapp.store.invitations import Invitation
from webapp.store.portals import user_by_email

EMAIL = "mara@talweg.example"


@pytest.fixture(scope="module")
def module_app(module_database_url, redis_url, outbox_folder):
    with telling_app(module_database_url, redis_url, outbox_folder) as made:
        yield made


@pytest.fixture
def ids(app, people) -> tuple[uuid.UUID, uuid.UUID]:
    with app.app_context():
        customer_id, (contact_id,) = customer_with(people.portal_id, "Talweg GmbH", "Mara")
        return customer_id, contact_id


@pytest.fixture
def act(browser, ids):
    """Do something with the contact as the owner: ``act("invite")``."""
    address = f"/p/nordlicht/customers/{ids[0]}/contacts/{ids[1]}/client"

    def send(what: str, headers: Any = None, **form: str) -> Any:
        token = token_on(browser.get("/account/").text)
        return browser.post(f"{address}/{what}", data={"csrf_token": token, **form}, headers=headers or {})

    return send


@pytest.fixture
def shown(browser, ids):
    return lambda: browser.get(f"/p/nordlicht/customers/{ids[0]}").text


def change(app: Any, model: Any, **values: Any) -> None:
    with app.app_context():
        db.session.execute(update(model).values(values))
        db.session.commit()


def came(app: Any) -> list[str]:
    """Tell which customers the login is the client user of."""
    with app.app_context():
        user = user_by_email(EMAIL)
        return [place.customer.name for place in client_places(user.id)] if user else []


def test_the_mail_names_the_portal_and_asks_to_be_a_client_user(app, act, outbox_folder):
    act("invite")
    link_in(app, outbox_folder)
    mail = posted(outbox_folder)[-1]
    assert mail["To"] == f"Mara Berg <{EMAIL}>"
    assert mail["Subject"] == "Owner Person invites you to Nordlicht Studio"
    assert "works until" in mail.get_body(("plain",)).get_content()


def test_whoever_comes_by_the_link_is_a_client_user_and_sees_the_place(app, act, outbox_folder, client):
    act("invite")
    answer = accept(client, link_in(app, outbox_folder))
    assert answer.status_code == 303
    assert came(app) == ["Talweg GmbH"]
    assert "Welcome to Nordlicht Studio" in client.get("/", follow_redirects=True).text
    assert client.get("/p/nordlicht/").status_code == 404


def test_it_is_told_who_asked_and_who_came(app, people, act, outbox_folder, client):
    act("invite")
    accept(client, link_in(app, outbox_folder))
    with app.app_context():
        told = {each.action: each.actor for each in audit.newest(people.portal_id, 20)}
        assert told["invitation.made"] == str(people.users["Owner"])
        assert told["client.joined"] == str(user_by_email(EMAIL).id)


def test_the_row_says_where_the_contact_stands(app, act, shown, ids, outbox_folder, client):
    assert "Invite as client user" in shown()
    act("invite")
    text = shown()
    assert ">Invited<" in text and "the link works until" in text and "Withdraw the invitation" in text
    change(app, Invitation, expires_at=now() - timedelta(seconds=1))
    assert ">Invitation expired<" in shown()
    act("invite")
    accept(client, link_in(app, outbox_folder))
    assert ">Client user<" in shown()
    act("access", active="no")
    assert ">Client user, disabled<" in shown()
    assert came(app) == []
    act("access", active="yes")
    assert came(app) == ["Talweg GmbH"]


def test_the_lists_say_where_a_contact_stands(app, people, act, browser, ids):
    with app.app_context():
        project_id = project_for(people.portal_id, "Relaunch", ids[0], members=(people.users["Owner"],))
    places = (
        "/p/nordlicht/client-users/",
        f"/p/nordlicht/projects/{project_id}/users/?type=clients",
    )

    def states() -> list[list[str]]:
        found = re.compile(r"<span>(Client user[^<]*|Invit[^<]*)</span>")
        return [found.findall(browser.get(place).text) for place in places]

    assert states() == [[], []]
    act("invite")
    assert states() == [["Invited"], ["Invited"]]
    change(app, Contact, email="new@talweg.example")
    assert states() == [["Invitation void"], ["Invitation void"]]
    change(app, Contact, email=EMAIL)
    change(app, Invitation, expires_at=now() - timedelta(days=1))
    assert states() == [["Invitation expired"], ["Invitation expired"]]
    with app.app_context():
        login_of(EMAIL, (people.portal_id, ids[1]))
    assert states() == [["Client user"], ["Client user"]]
    act("access", active="no")
    assert states() == [["Client user, disabled"], ["Client user, disabled"]]


def test_the_row_alone_answers_where_it_was_asked_for(act, ids):
    answer = act("invite", {"HX-Request": "true", "HX-Request-Type": "partial"})
    assert f'id="p-{ids[1]}"' in answer.text
    assert "Invited: a mail goes to mara@talweg.example." in answer.text


def test_a_link_that_was_sent_again_replaces_the_one_before(app, act, outbox_folder, client):
    act("invite")
    first = link_in(app, outbox_folder)
    act("invite")
    second = link_in(app, outbox_folder)
    assert client.get(first).status_code == 409
    assert accept(client, second).status_code == 303


def withdrawn(app, act):
    act("withdraw")


def expired(app, act):
    change(app, Invitation, expires_at=now() - timedelta(seconds=1))


def deleted(app, act):
    change(app, Contact, deleted_at=now())


def inactive(app, act):
    change(app, Customer, active=False)


def customer_deleted(app, act):
    change(app, Customer, deleted_at=now())


def moved(app, act):
    change(app, Contact, email="eve@evil.example")


@pytest.mark.parametrize("mishap", [withdrawn, expired, deleted, inactive, customer_deleted, moved])
def test_a_link_opens_no_longer(app, act, outbox_folder, client, mishap):
    act("invite")
    link = link_in(app, outbox_folder)
    mishap(app, act)
    assert client.get(link).status_code == 409
    assert accept(client, link).status_code == 409
    assert came(app) == []


def test_an_e_mail_that_moved_is_said_and_asked_anew(app, act, shown, outbox_folder):
    act("invite")
    change(app, Contact, email="mara.berg@talweg.example")
    assert "not their e-mail any more" in shown()
    act("invite")
    link_in(app, outbox_folder)
    assert posted(outbox_folder)[-1]["To"].endswith("<mara.berg@talweg.example>")
    with app.app_context():
        open_ones = select(Invitation).where(Invitation.withdrawn_at.is_(None))
        assert len(db.session.scalars(open_ones).all()) == 1


def test_a_login_that_is_another_e_mail_by_now_is_said(app, people, ids, shown):
    with app.app_context():
        login_of(EMAIL, (people.portal_id, ids[1]))
    change(app, Contact, email="new@talweg.example")
    assert "a login does not follow an e-mail that changed here" in shown()


@pytest.mark.parametrize(
    ("model", "values", "why"),
    [
        (Contact, {"email": ""}, "Add an e-mail first"),
        (Contact, {"email": "no address"}, "Correct the e-mail first"),
        (Customer, {"active": False}, "Mark the customer active first"),
    ],
)
def test_who_cannot_be_asked_is_not_and_the_page_says_why(app, act, shown, model, values, why):
    change(app, model, **values)
    assert why in shown()
    answer = act("invite")
    assert answer.status_code == 409
    assert why in answer.text


def test_a_contact_of_another_customer_is_not_there(app, people, browser, ids):
    with app.app_context():
        other, _ = customer_with(people.portal_id, "Birke AG", "Otto")
    token = token_on(browser.get("/account/").text)
    for what in ("invite", "withdraw", "access"):
        address = f"/p/nordlicht/customers/{other}/contacts/{ids[1]}/client/{what}"
        assert browser.post(address, data={"csrf_token": token}).status_code == 404


def test_whoever_is_a_client_user_is_not_asked_again(app, people, ids, act):
    with app.app_context():
        login_of(EMAIL, (people.portal_id, ids[1]))
    assert "is a client user already" in act("invite").text


def test_what_changed_meanwhile_is_said(app, act):
    assert [act(what).status_code for what in ("withdraw", "access")] == [409, 409]


def test_a_person_with_a_login_keeps_it(app, people, act, outbox_folder, ids):
    with app.app_context():
        user_id = login_of(EMAIL)
    act("invite")
    link = link_in(app, outbox_folder)
    mara = browser_of(app, user_id)
    assert mara.post(link, data={"csrf_token": token_on(mara.get("/account/").text)}).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(ClientUser.user_id)).all() == [user_id]
