"""The link of an invitation: who gets in by it, once, in time, and as nobody but whom it was sent to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.telling import posted, telling_app
from tests.web.invited import GUEST, accept, invite, link_in
from tests.web.people import PASSWORD, browser_of, cast_of_people, token_on
from webapp.extensions import db
from webapp.services import audit, invitations, mails, users
from webapp.store.columns import now
from webapp.store.invitations import Invitation
from webapp.store.portals import User, place_of, user_by_email
from webapp.walls import inside


@pytest.fixture(scope="module")
def module_app(module_database_url, redis_url, outbox_folder):
    with telling_app(module_database_url, redis_url, outbox_folder) as made:
        yield made


@pytest.fixture
def link(app, people, outbox_folder):
    """The link of an invitation to somebody who has no login."""
    invite(app, people)
    return link_in(app, outbox_folder)


def user(app, email=GUEST):
    with app.app_context():
        return user_by_email(email)


def place(app, user_id):
    with app.app_context():
        return place_of(user_id, "nordlicht")


def test_the_mail_names_the_portal_and_who_invited_and_says_until_when(app, people, link, outbox_folder):
    mail = posted(outbox_folder)[-1]
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "Owner Person invites you to Nordlicht Studio"
    assert mail["To"] == GUEST
    for words in ("Owner Person (owner@nordlicht.example)", "Nordlicht Studio", "works until"):
        assert words in text


def test_somebody_new_chooses_name_and_password_and_is_in(app, people, client, link):
    assert "Join <bdi>Nordlicht Studio</bdi>" in client.get(link).text
    answer = accept(client, link)
    assert (answer.status_code, answer.location) == (303, "/p/nordlicht/")
    made = user(app)
    assert (made.name, place(app, made.id).profile.name) == ("Guest Person", "Employee")
    assert client.get("/account/").status_code == 200


def test_the_link_works_once(app, people, client, link):
    accept(client, link)
    stranger = app.test_client()
    assert stranger.get(link).status_code == 409
    assert accept(stranger, link, name="Second").status_code == 409
    assert stranger.get("/account/").status_code == 302


def test_the_link_works_for_seven_days(app, people, client, link):
    with app.app_context():
        db.session.execute(update(Invitation).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    assert "was not used in time" in client.get(link).text
    assert accept(client, link).status_code == 409
    assert user(app) is None


def test_sent_again_the_newest_link_works_and_the_one_before_does_not(app, people, client, outbox_folder):
    made = invite(app, people)
    first = link_in(app, outbox_folder)
    with app.app_context(), inside(people.portal_id):
        invitations.send_again(people.portal_id, made, by=people.users["Owner"])
    second = link_in(app, outbox_folder)
    assert (client.get(first).status_code, client.get(second).status_code) == (409, 200)


def test_a_withdrawn_invitation_answers_like_one_that_never_was(app, people, client, outbox_folder):
    made = invite(app, people)
    link = link_in(app, outbox_folder)
    with app.app_context(), inside(people.portal_id):
        invitations.withdraw(people.portal_id, made, by=people.users["Owner"])
    withdrawn, unknown = client.get(link), client.get(f"/invitations/{'x' * 43}")
    assert (withdrawn.status_code, unknown.status_code) == (409, 409)
    reason = "It was withdrawn, or sent anew."
    assert reason in withdrawn.text and reason in unknown.text


def test_what_was_withdrawn_before_it_was_sent_is_never_sent(app, people, outbox_folder):
    made, before = invite(app, people), len(posted(outbox_folder))
    with app.app_context(), inside(people.portal_id):
        invitations.withdraw(people.portal_id, made, by=people.users["Owner"])
    with app.app_context():
        assert mails.send_due() == 0
    assert len(posted(outbox_folder)) == before


def test_only_the_digest_of_a_token_is_kept(app, people, link):
    token = link.rpartition("/")[2]
    with app.app_context():
        rows = db.session.execute(select(Invitation.__table__)).all()
    assert rows and token not in repr(rows)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": " "}, "Enter your name"),
        ({"password": "short", "again": "short"}, "at least 12 characters"),
        ({"password": GUEST, "again": GUEST}, "neither your e-mail nor your name"),
        ({"again": "another one altogether"}, "not the same password"),
    ],
)
def test_what_will_not_do_is_named_and_the_name_is_kept(app, people, client, link, typed, words):
    answer = accept(client, link, **typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{typed.get("name", "Guest Person")}"' in answer.text
    assert user(app) is None
    assert accept(client, link).status_code == 303


def elsewhere(app):
    """Somebody who has a login by another portal."""
    with app.app_context():
        return cast_of_people("elsewhere", "Elsewhere Ltd").users["Manager"]


def test_who_has_a_login_is_asked_to_log_in_and_joins_as_who_they_are(app, people, client, outbox_folder):
    known = elsewhere(app)
    invite(app, people, "manager@elsewhere.example", profile="Manager")
    link = link_in(app, outbox_folder)
    assert "Log in to join" in client.get(link).text
    browser = browser_of(app, known)
    assert "You join as <strong><bdi>Manager Person</bdi></strong>" in browser.get(link).text
    assert accept(browser, link).location == "/p/nordlicht/"
    assert place(app, known).profile.name == "Manager"
    assert browser.get("/p/nordlicht/client-users/").status_code == 200


def test_nobody_takes_the_login_of_somebody_else_by_an_invitation(app, people, client, outbox_folder):
    known = elsewhere(app)
    with app.app_context():
        before = db.session.get_one(User, known).password
    invite(app, people, "manager@elsewhere.example")
    link = link_in(app, outbox_folder)
    assert accept(client, link).status_code == 409
    with app.app_context():
        assert db.session.get_one(User, known).password == before
    assert place(app, known) is None


def test_who_is_logged_in_as_another_cannot_take_it(app, people, link):
    other = browser_of(app, people.users["Employee"])
    assert f"This invitation is for <bdi>{GUEST}</bdi>" in other.get(link).text
    assert accept(other, link).status_code == 409
    assert user(app) is None


def test_a_session_known_before_joining_is_worth_nothing_after_it(app, people, client, link):
    client.get(link)
    token_on(client.get(link).text)
    known = client.get_cookie("tandem").value
    accept(client, link)
    thief = app.test_client()
    thief.set_cookie("tandem", known)
    assert client.get_cookie("tandem").value != known
    assert thief.get("/account/").status_code == 302


def test_joining_needs_the_token_against_forged_forms(app, people, client, link):
    assert client.post(link, data={"name": "X"}).status_code == 400


def test_answers_are_limited_by_address(app, people, client, link):
    answers = [accept(client, link, password="short").status_code for _ in range(21)]
    assert answers == [422] * 20 + [429]


def test_joining_is_told_in_the_audit(app, people, client, link):
    accept(client, link)
    with app.app_context(), inside(people.portal_id):
        told = {entry.action: entry for entry in audit.newest(people.portal_id, 4)}
        assert audit.verify(people.portal_id) is None
    assert told["user.joined"].details["profile"] == "Employee"
    assert told["invitation.made"].actor == str(people.users["Owner"])
    assert GUEST not in str([entry.details for entry in told.values()])


def test_who_was_disabled_everywhere_does_not_join(app, people, outbox_folder):
    known = elsewhere(app)
    invite(app, people, "manager@elsewhere.example")
    link, browser = link_in(app, outbox_folder), browser_of(app, known)
    token = token_on(browser.get(link).text)
    with app.app_context():
        users.set_active("manager@elsewhere.example", active=False)
    assert browser.post(link, data={"csrf_token": token}).status_code in (400, 409)
    assert place(app, known) is None


@pytest.mark.parametrize("token", ["nonsense", "%00", "x" * 2000])
def test_a_link_nobody_was_sent_opens_nothing(client, token):
    assert client.get(f"/invitations/{token}").status_code == 409


def test_the_first_password_is_the_one_that_logs_in(app, people, client, link):
    accept(client, link)
    browser = app.test_client()
    form = {"email": GUEST, "csrf_token": token_on(browser.get("/login").text)}
    assert browser.post("/login", data=form | {"password": PASSWORD}).status_code == 422
    assert browser.post("/login", data=form | {"password": "a passphrase of guests"}).status_code == 302
