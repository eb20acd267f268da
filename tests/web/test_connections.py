"""The pages of connections: consent and back, the choice of an organization, and how a connection is."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.ledger import KEYED
from tests.mirror_world import BOOKS, MAIN, SECOND, MemoryProvider, Place
from tests.portal_world import World
from tests.settings import make_settings
from tests.web.import_world import FRAGMENT
from tests.web.people import browser_of, cast_of_people, token_on
from webapp.app import create_app
from webapp.extensions import db
from webapp.providers import Broken, Registry
from webapp.sdk import Fatal
from webapp.services import connections, portals
from webapp.services.look import look
from webapp.store.columns import now
from webapp.store.connections import ConnectAttempt, Connection
from webapp.store.portals import Portal

UNKNOWN = uuid.UUID("01890000-0000-7000-8000-000000000000")
LIST = "/p/nordlicht/connections/"
CALLBACK = "/connections/callback"
SECRET = "a secret nobody reads"
CLIENT = {"client_id": "1000.ABC", "client_secret": SECRET, "region": "eu"}
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def app(app, there) -> Iterator[Flask]:
    """The application with a provider in memory beside Books."""
    settings = app.config["TANDEM"]
    app.extensions["tandem_providers"] = Registry([there.provider(), BOOKS])
    yield app
    app.config["TANDEM"] = settings


@pytest.fixture
def there() -> MemoryProvider:
    return MemoryProvider()


@pytest.fixture
def ledger(app, people):
    """The id of a connection to the provider in memory."""
    with app.app_context():
        return Place(people.portal_id, people.users["Owner"]).connect()


def send(browser, address, headers=None, **form):
    form = {"csrf_token": token_on(browser.get("/account/").text), **form}
    return browser.post(address, data=form, headers=headers)


def begin(browser, provider="ledgerly", **form):
    """Send the form that leads to the consent page; return the state it carries."""
    answer = send(browser, f"{LIST}new/{provider}", **{**CLIENT, **form})
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.location).query)["state"][0]


def come_back(browser, state, **params):
    return browser.get(CALLBACK, query_string={"state": state, "code": "c1", **params})


def look_at(app, connection_id):
    with app.app_context():
        look(connection_id, interactive=True)


def only_connection(app):
    with app.app_context():
        return db.session.scalars(select(Connection)).one()


def connection_is(app, **values):
    with app.app_context():
        db.session.execute(update(Connection).values(**values))
        db.session.commit()


def choosing(app, there, browser):
    """Come back from the consent page of an account with two organizations; return the connection's page."""
    there.organizations = [MAIN, SECOND]
    come_back(browser, begin(browser))
    look_at(app, only_connection(app).id)
    return f"{LIST}{only_connection(app).id}"


def test_without_a_connection_the_list_says_what_to_do(browser):
    page = browser.get(LIST).text
    assert "No finance app is connected." in page
    assert "Connect Ledgerly" in page
    assert f'href="{LIST}new/ledgerly"' in page


def test_whoever_may_not_connect_is_told_who_may(log_in):
    page = log_in("Finance only").get(LIST).text
    assert "An owner or admin of this portal can connect one." in page
    assert "Connect Ledgerly" not in page


def test_a_plugin_that_failed_is_shown_with_its_reason(app, there, browser):
    broken = Broken(name="abacus", distribution="tandem-abacus", reason=f"no module {EVIL}")
    app.extensions["tandem_providers"] = Registry([there.provider()], [broken])
    page = browser.get(LIST).text
    assert "Unavailable" in page
    assert "From tandem-abacus: no module &lt;script&gt;" in page


def test_a_connection_whose_plugin_is_gone_says_so_and_can_be_ended(app, browser, ledger):
    app.extensions["tandem_providers"] = Registry([BOOKS])
    for page in (browser.get(LIST).text, browser.get(f"{LIST}{ledger}").text):
        assert "Plugin unavailable" in page
        assert "plugin unavailable" in page
        assert "/refresh" not in page
        assert "/import/" not in page
    send(browser, f"{LIST}{ledger}/disconnect")
    assert only_connection(app).state == "disconnected"


def test_the_form_guides_through_the_console_with_the_address_to_copy(browser):
    page = browser.get(f"{LIST}new/books").text
    assert 'value="http://127.0.0.1:5000/connections/callback"' in page
    assert "Add client" in page
    assert "Europe" in page
    assert "Sandbox" not in page


def test_the_form_alone_may_end_at_the_providers_accounts_servers(browser):
    policy = browser.get(f"{LIST}new/books").headers["Content-Security-Policy"]
    targets = re.search(r"form-action ([^;]*)", policy)[1]
    assert "https://accounts.zoho.eu" in targets
    elsewhere = browser.get(LIST).headers["Content-Security-Policy"]
    assert "form-action 'self';" in elsewhere


def test_the_sandbox_is_offered_only_where_it_is_allowed_and_named_on_its_page(app, there, browser, ledger):
    app.extensions["tandem_providers"] = Registry([there.provider()], sandbox_url="http://127.0.0.1:9000")
    assert "Sandbox" in browser.get(f"{LIST}new/ledgerly").text
    assert "This is a sandbox" not in browser.get(f"{LIST}{ledger}").text
    connection_is(app, region="sandbox")
    assert "This is a sandbox, not a real account." in browser.get(f"{LIST}{ledger}").text


def test_what_the_sandbox_takes_is_told_of_the_providers_it_is_a_sandbox_of(app, there, browser):
    app.extensions["tandem_providers"] = Registry(
        [there.provider(), BOOKS], sandbox_url="http://127.0.0.1:9000"
    )
    assert "1000.SANDBOX" in browser.get(f"{LIST}new/books").text
    assert "To try it without an account" not in browser.get(f"{LIST}new/ledgerly").text


def test_a_provider_that_is_let_in_by_a_key_asks_for_it_and_sends_nobody_away(app, browser):
    app.extensions["tandem_providers"] = Registry([KEYED])
    form = browser.get(f"{LIST}new/abacus")
    assert "Redirect address" not in form.text
    assert "form-action 'self';" in form.headers["Content-Security-Policy"]
    missing = send(browser, f"{LIST}new/abacus", region="world", api_key="")
    assert missing.status_code == 422
    assert "Enter the API key" in missing.text
    answer = send(browser, f"{LIST}new/abacus", region="world", api_key=SECRET)
    assert re.fullmatch(r"/p/nordlicht/connections/[0-9a-f-]{36}", answer.location)
    again = browser.get(f"{answer.location}/reconnect").text
    assert "Being connected" in browser.get(answer.location).text
    assert SECRET not in browser.get(answer.location).text + again


def test_every_page_says_where_a_sandbox_is_allowed(there, database_url, clean_redis_url):
    settings = {"DATABASE_URL": database_url, "REDIS_URL": clean_redis_url}
    for url, said in (("", False), ("http://127.0.0.1:9000", True)):
        app = create_app(make_settings(**settings, TANDEM_SANDBOX_URL=url), registry=Registry([BOOKS]))
        with app.app_context():
            owner = cast_of_people(f"portal{said:d}", "Nordlicht").users["Owner"]
        for place in ("client-users", "connections", "runs"):
            page = browser_of(app, owner).get(f"/p/portal{said:d}/{place}/").text
            assert ("A sandbox is allowed here" in page) is said
        with app.app_context():
            db.engine.dispose()


def test_the_form_leads_to_the_consent_page(browser):
    answer = send(browser, f"{LIST}new/books", **CLIENT)
    assert answer.status_code == 303
    assert answer.location.startswith("https://accounts.zoho.eu/oauth/v2/auth?")
    assert SECRET not in answer.location


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"client_id": ""}, "Enter the Client ID"),
        ({"client_secret": " "}, "Enter the Client secret"),
        ({"client_id": "x" * 5000}, "This is no Client ID"),
        ({"client_id": "a\nb"}, "This is no Client ID"),
        ({"region": "moon"}, "moon"),
        ({"region": EVIL}, "&lt;script&gt;"),
    ],
    ids=["no id", "no secret", "long id", "two lines", "no region", "markup"],
)
def test_a_form_error_names_its_field_and_keeps_what_was_typed(browser, changed, words):
    answer = send(browser, f"{LIST}new/books", **{**CLIENT, **changed})
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert EVIL not in answer.text
    if "client_id" not in changed:
        assert 'value="1000.ABC"' in answer.text


def test_a_secret_is_never_sent_back_to_the_page(browser):
    assert SECRET not in send(browser, f"{LIST}new/books", **{**CLIENT, "client_id": ""}).text


def test_the_operators_client_is_said_on_the_form_and_used(app, browser):
    own = {"books": {"client_id": "1000.OPERATOR", "client_secret": SECRET}}
    app.config["TANDEM"] = replace(app.config["TANDEM"], client_credentials=own)
    page = browser.get(f"{LIST}new/books").text
    assert page.count("Set by the operator of this Tandem.") == 2
    assert SECRET not in page
    answer = send(browser, f"{LIST}new/books", region="eu", client_id="", client_secret="")
    assert "client_id=1000.OPERATOR" in answer.location


def test_consent_ends_on_the_connections_page_that_asks_for_itself(app, browser):
    answer = come_back(browser, begin(browser))
    page = browser.get(answer.location, follow_redirects=True)
    assert page.request.path == f"{LIST}{only_connection(app).id}"
    assert "Signing in to Ledgerly." in page.text
    assert 'hx-trigger="every 2s"' in page.text


def test_once_connected_the_page_tells_what_there_is_to_know(app, browser):
    come_back(browser, begin(browser))
    look_at(app, only_connection(app).id)
    page = browser.get(f"{LIST}{only_connection(app).id}").text
    for told in (
        "Nordlicht Studio",
        "Owner Person",
        "Europe",
        "Full check",
        "Calls left today",
        "Import from",
    ):
        assert told in page


def test_the_page_counts_who_is_there_and_who_is_linked(app, people, browser):
    come_back(browser, begin(browser))
    look_at(app, only_connection(app).id)
    connection = only_connection(app)
    with app.app_context():
        world = World(people.portal_id, people.users["Owner"], connection.id)
        their_ids = [world.there(name, name) for name in ("Arc", "Bee", "Cee")]
        world.link(their_ids[0], world.here("Arc"))
    page = browser.get(f"{LIST}{connection.id}").text
    assert "<dt>Linked customers</dt><dd>1 <small>of 3</small></dd>" in page


@pytest.mark.parametrize("error", ["access_denied", EVIL])
def test_a_no_at_the_provider_is_said_in_words_and_changes_nothing(app, browser, error):
    answer = come_back(browser, begin(browser, "books"), error=error)
    assert answer.status_code == 409
    assert "Nothing was changed." in answer.text
    assert re.search(rf'href="{LIST}"[^>]*>Try again', answer.text)
    assert EVIL not in answer.text
    assert only_connection(app).state == "new"


def test_an_answer_that_is_replayed_is_refused(app, browser):
    state = begin(browser)
    come_back(browser, state)
    again = come_back(browser, state)
    assert again.status_code == 409
    assert "taken already" in again.text
    assert only_connection(app).state == "authorizing"


@pytest.mark.parametrize(
    "foreign",
    [
        {"accounts-server": "https://accounts.zoho.example"},
        {"accounts-server": "https://accounts.zoho.eu@evil.example"},
        {"location": "moon"},
    ],
    ids=str,
)
def test_an_answer_that_names_a_foreign_accounts_server_is_refused(app, browser, foreign):
    answer = come_back(browser, begin(browser, "books"), **foreign)
    assert answer.status_code == 409
    assert only_connection(app).state == "new"


def test_an_answer_that_comes_to_another_session_or_person_is_refused(app, people, log_in):
    state = begin(log_in("Owner"))
    for other in (log_in("Owner"), log_in("Manager")):
        answer = come_back(other, state)
        assert answer.status_code == 409
        assert "another session" in answer.text
    assert only_connection(app).state == "new"


def test_an_answer_to_somebody_who_may_connect_no_more_is_refused(app, people, browser):
    state = begin(browser)
    with app.app_context():
        portals.add_user(people.portal_id, "b@nordlicht.example", "Bo", password=None, profile="Owner")
        portals.set_profile(people.portal_id, people.users["Owner"], "Manager")
    answer = come_back(browser, state)
    assert (answer.status_code, "does not allow connecting" in answer.text) == (409, True)
    assert only_connection(app).state == "new"


def test_an_answer_that_comes_too_late_is_refused(app, browser):
    state = begin(browser)
    with app.app_context():
        db.session.execute(update(ConnectAttempt).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    answer = come_back(browser, state)
    assert answer.status_code == 409
    assert "10 minutes" in answer.text


@pytest.mark.parametrize(
    "params", [{}, {"state": "guessed"}, {"state": "x" * 10_000}, {"code": "c1"}], ids=str
)
def test_an_answer_to_nothing_is_refused(browser, params):
    answer = browser.get(CALLBACK, query_string=params)
    assert answer.status_code == 409
    assert re.search(f'href="{LIST}"[^>]*>\\s*Try again', answer.text)
    assert "start to connect again" in answer.text


def test_the_way_back_into_a_portal_is_only_for_its_members(app, browser, ledger):
    with app.app_context():
        stranger = cast_of_people("elsewhere", "Elsewhere Ltd")
    own = only_connection(app)
    foreign = browser_of(app, stranger.users["Owner"]).get(f"/connections/{own.portal_id}/{own.id}")
    assert foreign.status_code == 404
    assert browser.get(f"/connections/{own.portal_id}/{own.id}").location == f"{LIST}{own.id}"


def test_a_code_that_is_refused_ends_in_words_and_a_way_on(app, there, browser):
    there.fails = {"exchange": [Fatal("Ledgerly refused the client secret.")]}
    come_back(browser, begin(browser))
    look_at(app, only_connection(app).id)
    page = browser.get(f"{LIST}{only_connection(app).id}").text
    assert "Ledgerly refused the client secret." in page
    assert "/reconnect" in page


def test_several_organizations_are_offered_and_one_is_chosen(app, there, browser):
    address = choosing(app, there, browser)
    page = browser.get(address).text
    assert page.count('type="radio" name="organization"') == 2
    answer = send(browser, f"{address}/organization", organization="2")
    assert answer.status_code == 303
    assert only_connection(app).organization_name == "Nordlicht Inc."


@pytest.mark.parametrize("choice", ["", "3", EVIL])
def test_an_organization_that_was_not_offered_cannot_be_chosen(app, there, browser, choice):
    answer = send(browser, f"{choosing(app, there, browser)}/organization", organization=choice)
    assert answer.status_code == 422
    assert 'type="radio" name="organization"' in answer.text
    assert EVIL not in answer.text
    assert only_connection(app).state == "choosing"


def test_an_organization_that_is_connected_already_cannot_be_chosen(app, there, browser, ledger):
    there.organizations = [MAIN, SECOND]
    come_back(browser, begin(browser))
    with app.app_context():
        second = db.session.scalars(select(Connection.id).where(Connection.state == "authorizing")).one()
    look_at(app, second)
    page = browser.get(f"{LIST}{second}").text
    assert "connected already through Ledgerly" in page
    answer = send(browser, f"{LIST}{second}/organization", organization="1")
    assert answer.status_code == 422
    assert "Nordlicht Studio already, through Ledgerly" in answer.text


def test_the_page_and_its_fragment_tell_the_same(browser, ledger):
    page, part = browser.get(f"{LIST}{ledger}").text, browser.get(f"{LIST}{ledger}", headers=FRAGMENT).text
    assert part.lstrip().startswith("<section")
    assert "<html" not in part
    assert "Connected to Nordlicht Studio." in page
    assert "Connected to Nordlicht Studio." in part


def test_a_first_reading_shows_how_far_it_is(app, browser, ledger):
    page = browser.get(f"{LIST}{ledger}").text
    assert "read so far" in page
    assert 'hx-trigger="every 2s"' in page
    connection_is(app, refresh_wanted_at=None, census={}, census_started_at=now(), census_finished_at=now())
    settled = browser.get(f"{LIST}{ledger}").text
    assert "read so far" not in settled
    assert 'hx-trigger="every 2s"' not in settled


def test_a_pause_says_until_when_and_why(app, browser, ledger):
    connection_is(app, paused_until=now() + timedelta(minutes=9), pause_reason="Ledgerly asks for a pause.")
    page = browser.get(f"{LIST}{ledger}").text
    assert "Pauses until" in page
    assert "Ledgerly asks for a pause." in page


def test_lost_access_is_said_with_what_is_safe_and_the_next_step(app, browser, ledger):
    connection_is(app, state="attention", attention=f"Access was revoked {EVIL}")
    page = browser.get(f"{LIST}{ledger}").text
    assert "Ledgerly no longer lets us in. Nothing is lost; changes wait until you reconnect." in page
    assert f'href="{LIST}{ledger}/reconnect"' in page
    assert f'action="{LIST}{ledger}/refresh"' not in page
    assert EVIL not in page


def test_reconnecting_keeps_what_is_left_blank(app, browser, ledger):
    page = browser.get(f"{LIST}{ledger}/reconnect").text
    assert "Leave it blank to use the one that is kept." in page
    answer = send(browser, f"{LIST}{ledger}/reconnect", region="eu", client_secret="")
    assert answer.location.startswith("https://eu.ledgerly.example/consent?state=")


def test_after_disconnecting_nothing_is_said_to_be_kept(app, browser, ledger):
    send(browser, f"{LIST}{ledger}/disconnect")
    page = browser.get(f"{LIST}{ledger}/reconnect").text
    assert "Leave it blank" not in page
    assert send(browser, f"{LIST}{ledger}/reconnect", region="eu").status_code == 422


def test_disconnecting_says_what_stays_before_and_after(app, browser, ledger):
    assert "Customers, contacts and their links stay here" in browser.get(f"{LIST}{ledger}").text
    answer = send(browser, f"{LIST}{ledger}/disconnect")
    page = browser.get(answer.location).text
    assert "Ledgerly is disconnected. Customers, contacts and links stay" in page
    assert "Disconnected" in page
    assert only_connection(app).credentials == ""
    assert send(browser, f"{LIST}{ledger}/disconnect").status_code == 303


def test_a_refresh_that_was_asked_for_is_shown_until_it_is_done(app, browser, ledger):
    words = "Looking in Ledgerly for what changed"
    connection_is(app, refresh_wanted_at=now(), census={}, census_started_at=now(), census_finished_at=now())
    assert words in browser.get(f"{LIST}{ledger}", headers=FRAGMENT).text
    connection_is(app, refresh_wanted_at=None, census={})
    assert words not in browser.get(f"{LIST}{ledger}", headers=FRAGMENT).text


def test_a_refresh_can_be_asked_for_unless_the_connection_cannot_read(app, browser, ledger):
    connection_is(app, refresh_wanted_at=None)
    assert send(browser, f"{LIST}{ledger}/sync").status_code == 303
    assert only_connection(app).refresh_wanted_at is not None
    connection_is(app, state="attention")
    refused = send(browser, f"{LIST}{ledger}/sync")
    assert refused.status_code == 409
    assert "This connection cannot read now" in refused.text


def test_the_answer_for_names_that_exist_is_set_for_the_portal(app, browser, people, ledger):
    answer = send(browser, f"{LIST}duplicates", duplicates="merge")
    assert (answer.status_code, answer.location) == (303, LIST)
    assert '<option value="merge" selected>' in browser.get(LIST).text
    wrong = send(browser, f"{LIST}duplicates", duplicates="guess")
    assert (wrong.status_code, 'aria-invalid="true"' in wrong.text) == (422, True)
    with app.app_context():
        assert db.session.get_one(Portal, people.portal_id).duplicates == "merge"


def test_the_navigation_leads_to_the_connection_and_tells_its_state(app, browser, ledger):
    assert re.search(
        rf'href="{LIST}{ledger}"[^>]*>.*?in sync', browser.get("/p/nordlicht/client-users/").text
    )
    connection_is(app, state="attention")
    page = browser.get("/p/nordlicht/client-users/").text
    assert re.search(rf'href="{LIST}{ledger}"[^>]*>.*?needs attention', page)


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize(
    "act",
    ["sync", "pause", "resume", "go-on", "census", "settings", "organization", "disconnect", "reconnect"],
)
def test_whoever_may_only_use_a_connection_cannot_change_it(app, log_in, ledger, act, headers):
    answer = send(log_in("Clients only"), f"{LIST}{ledger}/{act}", headers)
    assert answer.status_code == 403
    if act != "sync":
        assert send(log_in("Finance only"), f"{LIST}{ledger}/{act}", headers).status_code == 403
    assert only_connection(app).state == "connected"


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_what_may_not_be_done_is_not_shown(log_in, ledger, headers):
    page = log_in("Finance only").get(f"{LIST}{ledger}", headers=headers).text
    assert "Disconnect" not in page
    assert "Import from" not in page


def test_whoever_may_not_reconnect_is_told_who_does(app, browser, log_in, ledger):
    connection_is(app, state="attention", attention="Access was revoked.")
    who = "An owner or admin of this portal has to reconnect."
    assert who in log_in("Finance only").get(f"{LIST}{ledger}").text
    assert who not in browser.get(f"{LIST}{ledger}").text


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_another_portals_connection_is_not_there(app, ledger, headers):
    with app.app_context():
        stranger = browser_of(app, cast_of_people("elsewhere", "Elsewhere Ltd").users["Owner"])
    place = f"/p/elsewhere/connections/{ledger}"
    answers = [stranger.get(place, headers=headers), stranger.get(f"{place}/reconnect", headers=headers)]
    acts = ("refresh", "organization", "disconnect", "reconnect")
    answers += [send(stranger, f"{place}/{act}", headers, organization="1") for act in acts]
    for answer in answers:
        assert answer.status_code == 404
        assert "Nordlicht" not in answer.text
    assert only_connection(app).state == "connected"


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize("address", [f"{LIST}{UNKNOWN}", f"{LIST}{UNKNOWN}/reconnect", f"{LIST}new/nobody"])
def test_what_nobody_knows_is_not_there(browser, address, headers):
    assert browser.get(address, headers=headers).status_code == 404


def test_a_forged_form_changes_nothing(app, browser, ledger):
    for act in ("sync", "pause", "go-on", "settings", "organization", "disconnect", "reconnect"):
        answer = browser.post(f"{LIST}{ledger}/{act}", data={"csrf_token": "forged"})
        assert answer.status_code == 400
        assert "This page is out of date" in answer.text
    assert only_connection(app).state == "connected"


def test_the_providers_text_is_never_markup(app, there, people, browser):
    there.organizations = [replace(MAIN, name=EVIL), replace(SECOND, name="=1+1")]
    address = choosing(app, there, browser)
    assert EVIL not in browser.get(address).text
    send(browser, f"{address}/organization", organization="1")
    with app.app_context():
        connections.needs_attention(only_connection(app).id, EVIL)
    for page in (
        browser.get(address).text,
        browser.get(LIST).text,
        browser.get("/p/nordlicht/client-users/").text,
    ):
        assert EVIL not in page
