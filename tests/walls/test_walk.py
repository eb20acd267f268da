"""A walk over all routes: who is turned away, and what a forged request may not do."""

from __future__ import annotations

import secrets
import uuid
from collections import Counter

import pytest

from tests.portal_world import PROVIDER
from tests.walls.asking import text_of
from tests.walls.places import digest_of, furnished
from tests.web.pages import pages_app
from tests.web.people import PASSWORD, browser_of, token_on
from webapp.extensions import db
from webapp.providers import Registry
from webapp.sdk import Unavailable
from webapp.services import users
from webapp.services.accounts import open_account
from webapp.services.presence import Presence
from webapp.services.sweep import sweep
from webapp.store import processes
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.portals import User
from webapp.walls import inside, outside_portals
from webapp.web.hosts import ASKED_BY_NUMBER, is_own
from webapp.web.permissions import PUBLIC, declared
from webapp.web.read_only import COMING_AND_GOING
from webapp.worker import jobs

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
BOTH = pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
UNSAFE = ("DELETE", "PATCH", "POST", "PUT")
OPENLY_POSTED = (
    "auth.logout",
    "auth.try_login",
    "invitations.accept",
    "passwords.reset",
    "passwords.send",
    "two_factor.check",
)
"""Unsafe routes that need no login; a token they need all the same."""
SIGNED = ("webhooks.arrive",)
"""Unsafe routes for machines: neither login nor token, but a secret address and a signature."""
WRITTEN_BY_LOOKING = ("connections.callback", "imports.pick", "project_imports.pick")
"""Pages that are there for something to be done: whoever opens them first begins it."""


@pytest.fixture(scope="module")
def app(module_database_url, redis_url):
    with pages_app(module_database_url, redis_url, registry=Registry([PROVIDER])) as made:
        made.extensions["tandem_redis"].flushdb()
        yield made


@pytest.fixture(scope="module")
def place(app):
    """A portal with something behind every address."""
    return furnished(app, f"p{secrets.token_hex(4)}", f"q{secrets.token_hex(6)}")


@pytest.fixture(autouse=True)
def as_elsewhere():
    """Let requests begin as they do where no test is."""
    with outside_portals():
        yield


def routes(app, place):
    """Every route as (endpoint, methods, address), with ids that lead somewhere."""
    others = {
        "provider": "ledgerly",
        "filename": "logo.svg",
        "token": "x",
        "key": "x",
        "word": "unlink",
    }
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            values = {
                name: place.ids[name][0] if name in place.ids else others[name] for name in rule.arguments
            }
            found.append((rule.endpoint, rule.methods - {"HEAD", "OPTIONS"}, rule.build(values)[1]))
    # Out of that context, which every request would share: who asked first would have asked for all.
    return found


def closed(app, place):
    """Every route that needs a login, with one of its methods."""
    for endpoint, methods, address in routes(app, place):
        if declared(app, endpoint) is not PUBLIC:
            yield from ((method, address) for method in methods)


def unsafe(app, place):
    """Every route that may change something in somebody's name."""
    for endpoint, methods, address in routes(app, place):
        if endpoint not in SIGNED:
            yield from ((endpoint, method, address) for method in methods if method in UNSAFE)


@pytest.fixture
def owner(app, place):
    """A browser of the portal's owner, and the token of its session."""
    browser = browser_of(app, place.people.users["Owner"])
    return browser, token_on(browser.get("/account/").text)


def somebody_without_a_place(app):
    with app.app_context():
        user = User(
            id=uuid.uuid4(), email=f"{uuid.uuid4().hex}@x.example", name="N", fs_uniquifier=uuid.uuid4().hex
        )
        db.session.add(user)
        db.session.commit()
        return user.id


@BOTH
def test_who_was_disabled_is_nobody_everywhere(app, place, headers):
    browser = browser_of(app, place.people.users["Manager"])
    token = token_on(browser.get("/account/").text)
    with app.app_context():
        email = db.session.get_one(User, place.people.users["Manager"]).email
        users.set_active(email, active=False)
    for method, address in closed(app, place):
        answer = browser.open(address, method=method, data={"csrf_token": token}, headers=headers)
        where = answer.headers.get("HX-Redirect") or answer.headers.get("Location", "")
        refused = answer.status_code in ((401,) if headers else (302,)) and where.startswith("/login")
        # A session that ended took its token along.
        assert refused or answer.status_code == 400, f"{method} {address}"
        assert place.secret not in answer.text
    with app.app_context():
        users.set_active(email, active=True)


@BOTH
def test_who_has_no_place_finds_no_portal(app, place, headers):
    browser = browser_of(app, somebody_without_a_place(app))
    token = token_on(browser.get("/account/").text)
    for method, address in closed(app, place):
        data = {} if method == "GET" else {"csrf_token": token}
        answer = browser.open(address, method=method, data=data, headers=headers)
        assert place.secret not in text_of(answer), f"{method} {address}"
        if address.startswith(f"/p/{place.key}"):
            assert answer.status_code == 404, f"{method} {address}"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_a_method_nobody_declared_does_nothing(app, place, owner, method):
    browser, token = owner
    for _, methods, address in routes(app, place):
        if method not in methods:
            answer = browser.open(address, method=method, headers={"X-CSRFToken": token})
            assert answer.status_code == 405, f"{method} {address}"


def test_asking_for_the_head_alone_needs_the_same_permission(app, place):
    browser = browser_of(app, place.people.users["Employee"])
    for _, methods, address in routes(app, place):
        if "GET" in methods:
            asked = [browser.open(address, method=method).status_code for method in ("GET", "HEAD")]
            assert asked[0] == asked[1], address


FORGED = {
    "without a token": ({}, {}),
    "with a wrong token": ({"csrf_token": "x" * 90}, {}),
    "from another site": ({"csrf_token": None}, {"Sec-Fetch-Site": "cross-site"}),
    "from a neighbour of the site": ({"csrf_token": None}, {"Sec-Fetch-Site": "same-site"}),
    "from another origin": ({"csrf_token": None}, {"Origin": "https://evil.example"}),
    "from no origin": ({"csrf_token": None}, {"Origin": "null"}),
}
"""What a forged request sends: its form and headers. Where the token is None, it is the right one."""


@pytest.mark.parametrize("form, sent", FORGED.values(), ids=FORGED)
@BOTH
def test_a_forged_request_changes_nothing(
    app, place, owner, as_owner, module_database_url, form, sent, headers
):
    browser, token = owner
    form = {name: token if value is None else value for name, value in form.items()}
    with as_owner(module_database_url) as database:
        before = digest_of(database, place)
        for endpoint, method, address in unsafe(app, place):
            answer = browser.open(address, method=method, data=form, headers={**headers, **sent})
            assert answer.status_code in (400, 403), f"{method} {address} ({endpoint})"
        assert digest_of(database, place) == before


def test_the_token_of_another_session_is_none(app, place, owner):
    other = browser_of(app, place.people.users["Owner"])
    token = token_on(other.get("/account/").text)
    for _, method, address in unsafe(app, place):
        answer = owner[0].open(address, method=method, data={"csrf_token": token})
        assert answer.status_code == 400, f"{method} {address}"


def test_what_is_signed_instead_changes_nothing_unsigned(app, place, as_owner, module_database_url):
    signed = [
        (method, address)
        for endpoint, methods, address in routes(app, place)
        for method in methods
        if endpoint in SIGNED
    ]
    assert len(signed) == len(SIGNED)
    with as_owner(module_database_url) as database:
        before = digest_of(database, place)
        for method, address in signed:
            answer = app.test_client().open(address, method=method, data={"csrf_token": "x"})
            assert answer.status_code == 404, address
        assert digest_of(database, place) == before


def test_what_may_be_posted_without_a_login_is_known(app, place):
    openly = {endpoint for endpoint, _, _ in unsafe(app, place) if declared(app, endpoint) is PUBLIC}
    assert openly == set(OPENLY_POSTED)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:5000",
        "localhost@evil.example",
        "127.0.0.1.nip.io",
    ],
)
def test_a_forged_host_is_answered_by_nothing(app, place, owner, host):
    for _, methods, address in routes(app, place):
        for method in methods:
            answer = owner[0].open(address, method=method, headers={"Host": host})
            assert answer.status_code == (421 if address not in ASKED_BY_NUMBER else answer.status_code), (
                address
            )
            told = answer.text + str(answer.headers)
            assert place.secret not in told
            assert "evil.example" not in told, f"{method} {address}"


def test_what_a_proxy_would_say_is_not_believed_from_others(app, place, owner):
    said = dict.fromkeys(("X-Forwarded-Host", "X-Forwarded-Server", "X-Host"), "evil.example")
    said["Forwarded"] = "host=evil.example"
    for _, methods, address in routes(app, place):
        if "GET" in methods:
            answer = owner[0].get(address, headers=said)
            assert "evil.example" not in answer.text + str(answer.headers), address


@pytest.mark.parametrize(
    ("base", "asked", "own"),
    [
        ("https://p.example", "https://p.example", True),
        ("https://p.example", "https://P.EXAMPLE:443", True),
        ("https://p.example", "http://p.example:443", True),
        ("https://p.example", "https://p.example:444", False),
        ("https://p.example", "https://p.example.", False),
        ("https://p.example", "https://a.p.example", False),
        ("https://p.example", "https://127.0.0.1", False),
        ("http://127.0.0.1:5000", "http://localhost:5000", True),
        ("http://127.0.0.1:5000", "http://[::1]:7000", True),
        ("http://127.0.0.1:5000", "http://localhost.example", False),
        ("http://127.0.0.1:5000", "http://[", False),
        ("http://127.0.0.1:5000", "http://x:port", False),
        ("http://127.0.0.1:5000", "http://", False),
    ],
)
def test_the_portals_own_address_is_known_however_it_is_written(base, asked, own):
    assert is_own(base, asked) is own


@pytest.fixture(scope="module")
def resting(app, place, module_database_url, redis_url):
    """The same portal, served in read-only mode."""
    registry = Registry([PROVIDER])
    with pages_app(module_database_url, redis_url, registry=registry, TANDEM_READ_ONLY="on") as made:
        yield made


@BOTH
def test_in_read_only_mode_whatever_would_change_something_says_so(
    resting, place, as_owner, module_database_url, headers
):
    browser = browser_of(resting, place.people.users["Owner"])
    token = token_on(browser.get("/account/").text)
    with as_owner(module_database_url) as database:
        before = digest_of(database, place)
        for endpoint, methods, address in routes(resting, place):
            for method in methods.intersection(UNSAFE) if endpoint not in COMING_AND_GOING else ():
                answer = browser.open(address, method=method, data={"csrf_token": token}, headers=headers)
                assert answer.status_code == 503, f"{method} {address}"
                assert "nothing is changed, here or in any finance app" in answer.text, address
        assert digest_of(database, place) == before


def test_in_read_only_mode_pages_show_what_they_show_otherwise(resting, place, as_owner, module_database_url):
    browser = browser_of(resting, place.people.users["Owner"])
    with as_owner(module_database_url) as database:
        before = digest_of(database, place)
        shown = {
            endpoint: browser.get(address, buffered=True)
            for endpoint, methods, address in routes(resting, place)
            if "GET" in methods
        }
        assert digest_of(database, place) == before
    odd = {endpoint: answer.status_code for endpoint, answer in shown.items() if answer.status_code >= 500}
    assert set(odd) <= set(WRITTEN_BY_LOOKING), odd
    assert set(odd.values()) <= {503}
    assert Counter(answer.status_code for answer in shown.values())[200] > len(shown) / 2
    assert "Read only: nothing is changed for now" in shown["customers.index"].text


def test_in_read_only_mode_people_come_and_go(resting, place):
    browser = resting.test_client()
    token = token_on(browser.get("/login").text)
    typed = {"email": f"owner@{place.key}.example", "password": PASSWORD, "csrf_token": token}
    assert browser.post("/login", data=typed).status_code == 302
    assert browser.get(f"/p/{place.key}/client-users/").status_code == 200
    assert (
        browser.post("/logout", data={"csrf_token": token_on(browser.get("/account/").text)}).location
        == "/login"
    )
    assert browser.get(f"/p/{place.key}/client-users/").status_code == 302


def test_in_read_only_mode_nobody_works_and_no_provider_is_asked(
    resting, place, as_owner, module_database_url
):
    with as_owner(module_database_url) as database, resting.app_context():
        before = digest_of(database, place)
        Presence("schedule").beat()
        assert sweep(now()) == 0
        for interactive in (True, False):
            jobs.look(str(place.connection_id), interactive)
        jobs.send_mail()
        with inside(place.people.portal_id):
            connection = db.session.get(Connection, (place.people.portal_id, place.connection_id))
            with pytest.raises(Unavailable, match="nothing is changed"):
                open_account(connection, interactive=True)
        assert processes.seen() == []
        assert digest_of(database, place) == before
        db.session.remove()
