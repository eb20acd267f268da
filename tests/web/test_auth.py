"""Logging in and out, and what a session survives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.web.pages import pages_app
from tests.web.people import PASSWORD, token_on
from webapp.extensions import db
from webapp.services import portals, sessions, users
from webapp.store.columns import now
from webapp.store.sessions import Session

OWNER = "owner@nordlicht.example"


@pytest.fixture
def try_login(client, people):
    """Send the login form: the owner's e-mail and password unless told otherwise."""

    def send(browser=client, address="127.0.0.1", **typed):
        page = browser.get("/login").text
        values = {"email": OWNER, "password": PASSWORD, "csrf_token": token_on(page)} | typed
        return browser.post("/login", data=values, environ_base={"REMOTE_ADDR": address})

    return send


def test_the_right_password_opens_the_portal(client, try_login):
    answer = try_login()
    assert (answer.status_code, answer.location) == (302, "/")
    assert client.get("/", follow_redirects=True).request.path.startswith("/p/nordlicht/")


def test_an_email_is_known_however_it_is_cased(try_login):
    assert try_login(email="  Owner@Nordlicht.EXAMPLE ").status_code == 302


@pytest.mark.parametrize(
    "typed",
    [
        {"password": "not the password"},
        {"email": "nobody@nordlicht.example"},
        {"email": "manager@nordlicht.example"},
        {"email": "o" * 5000 + "@nordlicht.example"},
        {"email": "owner\0@nordlicht.example"},
        {"password": "p" * 100_000},
        {"email": "' OR 1=1 --"},
    ],
    ids=lambda typed: next(iter(typed.values()))[:20].replace("\0", "NUL"),
)
def test_a_wrong_login_says_the_same_whatever_was_wrong(try_login, typed):
    answer = try_login(**typed)
    assert answer.status_code == 422
    assert "E-mail and password do not match." in answer.text


def test_a_wrong_password_keeps_the_email_and_not_the_password(try_login):
    page = try_login(password="not the password").text
    assert f'value="{OWNER}"' in page
    assert "not the password" not in page


@pytest.mark.parametrize(
    ("missing", "words"), [("email", "Your e-mail is missing."), ("password", "Your password is missing.")]
)
def test_a_blank_field_is_named(try_login, missing, words):
    assert words in try_login(**{missing: ""}).text


def test_login_changes_the_id_of_the_session(client, try_login):
    client.get("/login")
    before = client.get_cookie("tandem").value
    try_login()
    assert client.get_cookie("tandem").value != before
    client.set_cookie("tandem", before)
    assert client.get("/account/").status_code == 302


def test_the_cookie_is_kept_from_scripts_and_other_sites(try_login):
    cookie = try_login().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age" not in cookie


def test_staying_logged_in_keeps_the_cookie_for_a_week(try_login):
    assert f"Max-Age={7 * 24 * 3600}" in try_login(stay="on").headers["Set-Cookie"]


def test_over_https_the_cookie_belongs_to_this_host_alone(module_database_url, redis_url):
    with pages_app(module_database_url, redis_url, TANDEM_BASE_URL="https://t.example") as secured:
        page = secured.test_client().get("/login", base_url="https://t.example")
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-tandem=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_the_database_holds_no_id_that_opens_a_session(app, client, try_login):
    try_login()
    with app.app_context():
        digests = db.session.scalars(db.select(Session.digest)).all()
    assert client.get_cookie("tandem").value not in digests


def test_logging_out_ends_the_session_on_the_server(client, log_in):
    owner = log_in("Owner")
    cookie = owner.get_cookie("tandem").value
    answer = owner.post("/logout", data={"csrf_token": token_on(owner.get("/account/").text)})
    assert answer.location == "/login"
    client.set_cookie("tandem", cookie)
    assert client.get("/account/").location == "/login?next=/account/"


@pytest.mark.parametrize(
    ("change", "ended"),
    [
        ({"seen_at": timedelta(hours=11)}, False),
        ({"seen_at": timedelta(hours=13)}, True),
        ({"seen_at": timedelta(hours=13), "stay": True}, False),
        ({"created_at": timedelta(days=8), "stay": True}, True),
    ],
)
def test_a_session_ends_idle_or_old(app, log_in, change, ended):
    owner = log_in("Owner")
    values = {
        name: now() - value if isinstance(value, timedelta) else value for name, value in change.items()
    }
    with app.app_context():
        db.session.execute(update(Session).values(values))
        db.session.commit()
    assert (owner.get("/account/").status_code == 302) is ended


def test_sessions_that_ended_are_cleared_away_at_the_next_login(app, try_login, log_in):
    log_in("Manager")
    with app.app_context():
        db.session.execute(update(Session).values(seen_at=now() - timedelta(days=1)))
        db.session.commit()
    try_login()
    with app.app_context():
        assert db.session.query(Session).count() == 1


def test_a_disabled_user_is_out_at_once_and_cannot_come_back(app, people, log_in, try_login):
    owner = log_in("Owner")
    with app.app_context():
        portals.add_user(people.portal_id, "heir@x.example", "Heir", password=PASSWORD, profile="Owner")
        users.set_active(OWNER, active=False)
    assert owner.get("/account/").status_code == 302
    assert "do not match" in try_login().text


def test_a_new_password_ends_every_session(app, log_in, try_login):
    owner = log_in("Owner")
    with app.app_context():
        users.set_password(OWNER, "another passphrase")
    assert owner.get("/account/").status_code == 302
    assert try_login(password="another passphrase").status_code == 302


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x", "/a\r\nb"]
)
def test_a_login_leads_nowhere_else(try_login, address):
    assert try_login(next=address).location == "/"


def test_a_login_leads_back_to_where_one_was(client, try_login):
    wanted = client.get("/account/?a=1").location
    assert wanted == "/login?next=/account/?a%3D1"
    assert try_login(next="/account/?a=1").location == "/account/?a=1"


def test_a_fragment_without_login_leads_the_whole_page_to_the_login(client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/p/nordlicht/runs?page=2"}
    answer = client.get("/account/", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=/p/nordlicht/runs?page%3D2"


def test_too_many_wrong_passwords_have_to_wait(try_login):
    answers = [try_login(password="no").status_code for _ in range(21)]
    assert set(answers[:20]) == {422}
    assert answers[20] == 429


def test_an_account_is_one_from_wherever_and_however_it_is_written(try_login):
    local, _, domain = OWNER.partition("@")
    wide = "".join(chr(ord(each) + 0xFEE0) if each.isalpha() else each for each in domain)
    other_dots = domain.replace(".", "\u3002")
    ways = (OWNER, OWNER.upper(), f"{local}@{wide}", f"{local}@{other_dots}")
    answers = [
        try_login(address=f"192.0.2.{number}", email=ways[number % 4], password="no").status_code
        for number in range(21)
    ]
    assert set(answers[:20]) == {422}
    assert answers[20] == 429
    assert try_login(address="192.0.2.99", email="somebody@else.example", password="no").status_code == 422


def test_waiting_is_said_in_words(try_login):
    for _ in range(20):
        try_login(password="no")
    answer = try_login()
    assert "Too many attempts" in answer.text
    assert int(answer.headers["Retry-After"]) >= 60


def test_logins_that_succeed_are_not_counted(app, try_login, people):
    assert {try_login(app.test_client()).status_code for _ in range(22)} == {302}


def test_a_token_in_an_address_or_a_header_logs_nobody_in(app, client, people):
    with app.app_context():
        user = db.session.get_one(users.User, people.users["Owner"])
        token = user.get_auth_token()
    assert client.get(f"/account/?auth_token={token}").status_code == 302
    assert client.get("/account/", headers={"Authentication-Token": token}).status_code == 302


def test_an_anonymous_page_without_a_form_makes_no_session(app, client):
    client.get("/healthz")
    client.get("/account/")
    with app.app_context():
        assert db.session.query(Session).count() == 0
        assert sessions.find("unknown") is None


# The last one here, since the extension that limits is shared by all applications of a process.
def test_logins_are_limited_without_valkey_too(module_database_url, people):
    with pages_app(module_database_url, "redis://127.0.0.1:1/0") as alone:
        browser = alone.test_client()
        token = token_on(browser.get("/login").text)
        wrong = {"email": OWNER, "password": "no", "csrf_token": token}
        assert [browser.post("/login", data=wrong).status_code for _ in range(21)][-2:] == [422, 429]
