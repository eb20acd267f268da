"""The way in, and what stands around every page."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import chain, combinations

import pytest
from flask import g
from sqlalchemy import event

from tests.web.pages import pages_app
from tests.web.people import PASSWORD, cast_of_people
from webapp.extensions import db
from webapp.services import portals
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.portals import PERMISSIONS, Profile
from webapp.web.navigation import first_page
from webapp.web.permissions import declared, may


def test_somebody_with_one_portal_is_led_to_it(log_in):
    assert log_in("Employee").get("/").location == "/p/nordlicht/"


def test_somebody_with_two_portals_chooses(app, log_in):
    with app.app_context():
        elsewhere = cast_of_people("elsewhere", "Elsewhere Ltd")
        portals.add_user(elsewhere.portal_id, "manager@nordlicht.example", "", password=PASSWORD)
    page = log_in("Manager").get("/").text
    assert "/p/nordlicht/" in page
    assert "/p/elsewhere/" in page


def test_somebody_without_a_portal_is_told_whom_to_ask(app, log_in):
    manager = log_in("Manager")
    with app.app_context():
        db.session.execute(db.text('DELETE FROM "membership"'))
        db.session.commit()
    assert "You are in no portal yet" in manager.get("/").text


FIRST_PAGES = {
    (): "projects.index",
    ("projects",): "projects.index",
    ("clients.add",): "projects.index",
    ("finance", "clients.add"): "projects.index",
    ("projects", "users"): "projects.index",
    ("finance",): "connections.index",
    ("finance", "connections"): "connections.index",
    ("connections",): "projects.index",
    ("users",): "members.index",
    ("connections", "users"): "members.index",
    ("clients.manage",): "customers.index",
    ("finance", "clients.manage"): "customers.index",
    PERMISSIONS: "customers.index",
}


def test_each_profile_comes_first_to_where_its_work_is(app):
    with app.test_request_context():
        for held, first in FIRST_PAGES.items():
            g.profile = Profile(name="Any", permissions=list(held))
            assert first_page() == first, held


def test_whatever_somebody_holds_they_may_see_the_page_they_come_to_first(app):
    every = chain.from_iterable(combinations(PERMISSIONS, size) for size in range(len(PERMISSIONS) + 1))
    with app.test_request_context():
        for held in every:
            g.profile = Profile(name="Any", permissions=list(held))
            assert may(*declared(app, first_page())), held


def test_somebody_to_whom_nothing_else_is_open_comes_to_their_projects(log_in):
    page = log_in("Employee").get("/p/nordlicht/", follow_redirects=True).text
    assert "You work on no project yet." in page
    assert "Setup" not in page


@pytest.mark.parametrize("address", ["/login", "/healthz", "/nowhere", "/static/logo.svg"])
def test_every_answer_says_what_a_browser_may_load(client, address):
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; ")
    assert re.search(r"; script-src 'nonce-[\w-]{32}'$", policy)
    assert "unsafe" not in policy
    for rule in ("frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'"):
        assert rule in policy
    assert "require-trusted-types-for 'script'; trusted-types htmx;" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_scripts_carry_the_nonce_of_their_answer_which_is_never_twice_the_same(client):
    answers = [client.get("/p/nordlicht/", follow_redirects=True) for _ in range(2)]
    nonces = [re.findall(r"'nonce-([^']+)'", each.headers["Content-Security-Policy"]) for each in answers]
    assert nonces[0] != nonces[1]
    for answer, (nonce,) in zip(answers, nonces, strict=True):
        assert all(f'nonce="{nonce}"' in tag.split(">")[0] for tag in answer.text.split("<script")[1:])


def test_over_https_a_browser_stays_with_https_for_a_year_on_all_names_below(module_database_url, redis_url):
    address = "https://portal.example.com"
    with pages_app(module_database_url, redis_url, TANDEM_BASE_URL=address) as app:
        answer = app.test_client().get("/login", base_url=address)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("address", ["/login", "/account/", "/p/nordlicht/", "/nowhere"])
def test_pages_have_no_inline_script_or_style(log_in, client, address):
    for browser in (client, log_in("Employee")):
        page = browser.get(address, follow_redirects=True).text
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert all("src=" in tag.split(">")[0] for tag in page.split("<script")[1:])


def test_pages_are_not_kept_by_browsers_and_static_files_are(log_in, client):
    page = log_in("Owner").get("/account/")
    assert page.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in page.headers["Vary"]
    assert "max-age=31536000" in client.get("/static/logo.svg").headers["Cache-Control"]


def test_a_page_around_which_nothing_stands_costs_four_queries(app, log_in):
    employee = log_in("Employee")
    employee.get("/p/nordlicht/")
    queries = []

    def note(*args):
        queries.append(args[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    employee.get("/p/nordlicht/")
    event.remove(engine, "before_cursor_execute", note)
    assert 0 < len(queries) <= 4, queries


def test_health_needs_no_login_and_no_session(client):
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok", "problems": []}
    assert client.get_cookie("tandem") is None


def test_readiness_names_what_is_missing(database_url, clean_redis_url, as_owner):
    with pages_app(database_url, clean_redis_url) as app:
        with as_owner(database_url) as owner:
            owner.execute("UPDATE alembic_version SET version_num = '0000'")
        answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["problems"] == ["The database is not up to date: run `tandem db upgrade`."]


@pytest.mark.parametrize(
    ("profile", "shown", "hidden"),
    [
        ("Owner", ["Finance", "Runs", "Manage users", "Connections"], []),
        ("Finance only", ["Runs", "Connections"], ["Manage users"]),
        ("Clients only", ["Manage users"], ["Runs", "Connections", "Finance"]),
    ],
)
def test_the_navigation_shows_only_what_a_profile_may_open(log_in, profile, shown, hidden):
    page = log_in(profile).get("/p/nordlicht/", follow_redirects=True).text
    side = page.split('<nav class="side"')[1].split("</nav>")[0]
    assert [label for label in shown if f"{label}<" not in side] == []
    assert [label for label in hidden if f">{label}<" in side] == []


def test_the_place_one_is_at_is_marked_in_the_navigation(log_in):
    page = log_in("Owner").get("/p/nordlicht/connections/").text
    marked = re.findall(r'aria-current="page">.*?<span>([^<]+)</span>', page)
    assert "Connections" in marked
    assert "Manage users" not in marked


@pytest.mark.parametrize(
    ("state", "paused", "words"),
    [
        ("connected", False, "in sync"),
        ("connected", True, "pauses"),
        ("attention", False, "needs attention"),
        ("disconnected", False, None),
        ("new", False, None),
    ],
)
def test_a_connection_shows_its_state_in_words_in_the_navigation(app, people, log_in, state, paused, words):
    until = now() + timedelta(hours=1) if paused else None
    with app.app_context():
        db.session.add(
            Connection(portal_id=people.portal_id, provider="ledgerly", state=state, paused_until=until)
        )
        db.session.commit()
    page = log_in("Owner").get("/p/nordlicht/client-users/").text
    side = page.split('<nav class="side"')[1].split("</nav>")[0]
    assert ("Ledgerly" in side) is (words is not None)
    assert words is None or f'<span class="visually-hidden">{words}</span>' in side


def test_connections_through_one_product_are_told_apart_in_the_navigation(app, people, log_in):
    with app.app_context():
        for name in ("Nordlicht Studio", "Südlicht"):
            db.session.add(
                Connection(
                    portal_id=people.portal_id,
                    provider="ledgerly",
                    state="connected",
                    organization_name=name,
                )
            )
        db.session.commit()
    side = log_in("Owner").get("/p/nordlicht/client-users/").text.split('<nav class="side"')[1]
    side = side.split("</nav>")[0]
    assert "<span>Nordlicht Studio</span>" in side
    assert "<span>Südlicht</span>" in side
    assert "<span>Ledgerly</span>" not in side
