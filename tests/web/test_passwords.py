"""A forgotten password: the link by mail, what it opens, and that nobody learns who logs in here."""

from __future__ import annotations

import re
import time

import pytest

from tests.telling import posted, telling_app
from tests.web.people import PASSWORD, browser_of, token_on
from webapp.extensions import db
from webapp.services import audit, mails
from webapp.store.portals import User
from webapp.walls import inside

NEW = "another passphrase for tests"
OWNER = "owner@nordlicht.example"


@pytest.fixture(scope="module")
def module_app(module_database_url, redis_url, outbox_folder):
    with telling_app(module_database_url, redis_url, outbox_folder) as made:
        yield made


@pytest.fixture
def letters(app, outbox_folder):
    """Send what is due, and read the mails of this test."""
    before = len(posted(outbox_folder))

    def read():
        with app.app_context():
            mails.send_due()
        return posted(outbox_folder)[before:]

    return read


@pytest.fixture
def ask(client):
    def send(email=OWNER):
        return client.post(
            "/password/", data={"email": email, "csrf_token": token_on(client.get("/password/").text)}
        )

    return send


@pytest.fixture
def link(people, ask, letters):
    """The address of the link that somebody asked for."""
    ask()
    text = letters()[-1].get_body(("plain",)).get_content()
    return re.search(r"http://127\.0\.0\.1:5000(/password/\S+)", text)[1]


def choose(client, link, password=NEW, again=NEW):
    token = token_on(client.get("/login").text)
    data = {"password": password, "again": again, "csrf_token": token}
    return client.post(link, data=data, follow_redirects=True)


def log_in(app, password):
    client = app.test_client()
    token = token_on(client.get("/login").text)
    return (
        client.post("/login", data={"email": OWNER, "password": password, "csrf_token": token}).status_code
        == 302
    )


def test_the_login_page_leads_to_it(client):
    assert 'href="/password/"' in client.get("/login").text


def test_the_link_lets_one_choose_another_password(app, client, link):
    page = choose(client, link)
    assert "Your password is changed. Log in as owner@nordlicht.example." in page.text
    assert log_in(app, NEW) and not log_in(app, PASSWORD)


def test_the_link_works_once(client, link):
    choose(client, link)
    assert choose(client, link, "a third passphrase", "a third passphrase").status_code == 409
    assert "This link no longer works" in client.get(link).text


def test_the_link_works_for_half_an_hour(app, client, link, monkeypatch):
    assert client.get(link).status_code == 200
    with app.app_context():
        serializer = app.extensions["security"].reset_serializer
        data = serializer.loads(link.rpartition("/")[2])
        signer = serializer.make_signer
        monkeypatch.setattr(serializer, "make_signer", lambda salt: _earlier(signer(salt)))
        old = serializer.dumps(data)
        monkeypatch.undo()
    assert client.get(f"/password/{old}").status_code == 409


def test_choosing_a_password_ends_every_session_and_is_audited(app, people, client, link):
    elsewhere = browser_of(app, people.users["Owner"])
    choose(client, link)
    assert elsewhere.get("/account/").status_code == 302
    with app.app_context(), inside(people.portal_id):
        actions = [entry.action for entry in audit.newest(people.portal_id, 5)]
    assert "user.password_reset" in actions


def test_whose_password_was_changed_is_told(client, link, letters):
    choose(client, link)
    assert letters()[-1]["Subject"] == "Your password was changed"


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("short", "short", "at least 12 characters"),
        ("x" * 1001, "x" * 1001, "at most 1000 characters"),
        (OWNER, OWNER, "neither your e-mail nor your name"),
        (NEW, "another passphrase for test", "not the same password"),
        ("", "", "at least 12 characters"),
    ],
)
def test_a_password_that_will_not_do_is_named_and_the_link_still_works(
    app, client, link, password, again, words
):
    answer = choose(client, link, password, again)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert f'value="{password}"' not in answer.text or password in ("", OWNER)
    assert choose(client, link).status_code == 200


def test_the_answer_is_the_same_whoever_is_asked_for(people, ask, letters):
    said = [ask(email).text.replace(email, "X") for email in (OWNER, "nobody@nordlicht.example")]
    known, unknown = (re.sub(r'nonce\S*="[^"]+"', "", page) for page in said)
    assert known == unknown
    assert len(letters()) == 1


def test_a_disabled_user_gets_no_link_and_their_link_opens_nothing(app, people, client, link, ask, letters):
    before = len(letters())
    with app.app_context():
        db.session.get_one(User, people.users["Owner"]).active = False
        db.session.commit()
    assert client.get(link).status_code == 409
    ask()
    assert len(letters()) == before


def test_what_is_no_address_is_named_and_kept(client, ask):
    answer = ask("Ada <b>")
    assert answer.status_code == 422
    assert 'value="Ada &lt;b&gt;"' in answer.text


def test_asking_is_limited_by_account_and_by_address(ask):
    answers = [ask("a@nordlicht.example").status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    assert [ask(f"b{n}@nordlicht.example").status_code for n in range(5)][-1] == 429


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "%00", "x" * 2000])
def test_a_link_nobody_was_sent_opens_nothing(client, token):
    assert client.get(f"/password/{token}").status_code == 409


def test_who_is_logged_in_as_another_is_logged_out_by_it(app, people, link):
    manager = browser_of(app, people.users["Manager"])
    token = token_on(manager.get(link).text)
    manager.post(link, data={"password": NEW, "again": NEW, "csrf_token": token})
    assert manager.get("/account/").status_code == 302


def _earlier(signer):
    signer.get_timestamp = lambda: int(time.time()) - 31 * 60
    return signer
