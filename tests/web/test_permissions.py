"""Who may do what: every route, every profile, as a page and as a fragment."""

from __future__ import annotations

import uuid
from contextlib import ExitStack

import pytest
from flask import Blueprint

from tests.web.pages import pages_app
from tests.web.people import PROFILES, browser_of, cast_of_people, token_on
from webapp.store.portals import IMPLIED
from webapp.store.portals import PROFILES as PORTAL_PROFILES
from webapp.web.permissions import CLIENTS, PUBLIC, declared, may, needs

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
UNKNOWN_ID = uuid.UUID("01890000-0000-7000-8000-000000000000")
SAMPLES = {
    "portal_key": "nordlicht",
    "provider": "ledgerly",
    "filename": "logo.svg",
    "their_id": "460000000000001",
    "position": 1,
    "word": "unlink",
}
"""What stands for an address's variable, by its name; every other one is an id nobody has."""


def held(profile: str) -> set[str]:
    """The permissions of a profile, implied ones too."""
    own = PROFILES[profile] if PROFILES[profile] is not None else PORTAL_PROFILES[profile]
    return {*own, *(more for permission in own for more in IMPLIED.get(permission, ()))}


def routes(app):
    """Every route as (endpoint, method, address) with sample arguments."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            arguments = {name: SAMPLES.get(name, UNKNOWN_ID) for name in rule.arguments}
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                found.append((rule.endpoint, method, rule.build(arguments)[1]))
    # Out of that context, which every request would share: who asked first would have asked for all.
    return found


def asking(browser, headers):
    """Make a function that sends requests of a browser, with the token that unsafe ones need."""
    token = token_on(browser.get("/account/").text)

    def ask(method, address):
        form = {} if method == "GET" else {"csrf_token": token}
        return browser.open(address, method=method, data=form, headers=headers, buffered=True)

    return ask


@pytest.fixture
def with_area(module_database_url, redis_url):
    """Make an application that has an area of the test's own beside the portal's."""
    with ExitStack() as stack:

        def make(area):
            made = stack.enter_context(pages_app(module_database_url, redis_url))
            made.register_blueprint(area)
            return made

        yield make


def test_every_route_declares_its_permission(app):
    for endpoint, _, _ in routes(app):
        declared(app, endpoint)


def test_a_view_that_declares_nothing_is_refused(with_area):
    area = Blueprint("careless", __name__)
    area.add_url_rule("/careless", "view", lambda: "shown")
    answer = with_area(area).test_client().get("/careless")
    assert answer.status_code == 500
    assert "shown" not in answer.text


def test_a_permission_that_does_not_exist_cannot_be_declared():
    with pytest.raises(ValueError, match=r"clients\.mange"):
        needs("clients.mange")


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_nobody_gets_past_the_login(app, client, people, headers):
    token = token_on(client.get("/login").text)
    for endpoint, method, address in routes(app):
        if declared(app, endpoint) is PUBLIC:
            continue
        answer = client.open(address, method=method, data={"csrf_token": token}, headers=headers)
        assert answer.status_code == (401 if headers else 302), f"{method} {address}"
        where = answer.headers["HX-Redirect"] if headers else answer.location
        assert where.startswith("/login"), f"{method} {address}"


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_opens_what_it_may_and_nothing_else(app, log_in, profile, headers):
    ask = asking(log_in(profile), headers)
    for endpoint, method, address in routes(app):
        needed = declared(app, endpoint)
        if needed is PUBLIC:
            continue
        answer = ask(method, address)
        if needed == CLIENTS:
            assert answer.status_code == 404, f"{method} {address}"
            continue
        assert (answer.status_code != 403) is (set(needed) <= held(profile)), f"{method} {address}"
        assert answer.status_code < 500, f"{method} {address}"


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_another_portal_is_not_there_for_its_strangers(app, people, headers):
    with app.app_context():
        stranger = cast_of_people("elsewhere", "Elsewhere Ltd").users["Owner"]
    ask = asking(browser_of(app, stranger), headers)
    for endpoint, method, address in routes(app):
        if declared(app, endpoint) is PUBLIC or not address.startswith("/p/nordlicht"):
            continue
        answer = ask(method, address)
        assert answer.status_code == 404, f"{method} {address}"
        assert "Nordlicht" not in answer.text


def test_a_portal_that_does_not_exist_answers_like_one_that_is_not_yours(log_in):
    browser = log_in("Owner")
    assert [browser.get(f"/p/{key}/").status_code for key in ("nowhere", "%00")] == [404, 404]


def test_refusal_has_the_same_words_as_page_and_fragment(with_area, people):
    area = Blueprint("guarded", __name__)
    area.add_url_rule("/p/<portal_key>/guarded", "view", needs("finance", "clients.manage")(lambda: "shown"))
    app = with_area(area)
    refused = browser_of(app, people.users["Finance only"])
    page = refused.get("/p/nordlicht/guarded")
    fragment = refused.get("/p/nordlicht/guarded", headers=FRAGMENT)
    assert (page.status_code, fragment.status_code) == (403, 403)
    assert "Your profile in this portal does not allow it." in page.text
    assert "Your profile in this portal does not allow it." in fragment.text
    assert browser_of(app, people.users["Manager"]).get("/p/nordlicht/guarded").text == "shown"


def test_a_template_may_show_what_the_gate_lets_through(with_area, people):
    area = Blueprint("asking", __name__)

    @area.get("/p/<portal_key>/asking")
    @needs()
    def view():
        return {
            "finance": may("finance"),
            "both": may("finance", "clients.manage"),
            "implied": may("clients.add"),
        }

    app = with_area(area)
    assert browser_of(app, people.users["Finance only"]).get("/p/nordlicht/asking").json == {
        "finance": True,
        "both": False,
        "implied": False,
    }
    assert browser_of(app, people.users["Clients only"]).get("/p/nordlicht/asking").json["implied"] is True
