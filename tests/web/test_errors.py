"""Errors as people read them: the same words as a page and as a fragment, a way back, no stack trace."""

from __future__ import annotations

import pytest
from flask import Blueprint, request
from psycopg.errors import DeadlockDetected, SerializationFailure, UndefinedTable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from tests.portal_world import PROVIDER
from tests.settings import make_settings
from tests.web.pages import pages_app
from tests.web.people import token_on
from webapp.app import create_app
from webapp.providers import Registry
from webapp.services.errors import Conflict, Invalid, NotFound, Refused
from webapp.web.permissions import needs, public

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}


def parted(error):
    """Wrap an error of the database as it reaches a page."""
    return DBAPIError("UPDATE run", {}, error)


RAISED = {
    "missing": (NotFound("This run is gone."), 404, "This run is gone."),
    "refused": (Refused("Nothing is selected: tick somebody first."), 409, "tick somebody first"),
    "quicker": (Conflict("Ines confirmed it already."), 409, "Ines confirmed it already."),
    "invalid": (Invalid("name", "A name is needed."), 422, "A name is needed."),
    "parted": (parted(DeadlockDetected()), 409, "send it again"),
    "overtaken": (parted(SerializationFailure()), 409, "send it again"),
    "taken away": (StaleDataError("1 row expected, 0 matched"), 409, "send it again"),
    "unasked": (parted(UndefinedTable()), 500, "Something broke here"),
    "broken": (RuntimeError("secret innards"), 500, "Something broke here"),
}


@pytest.fixture(scope="module")
def module_app(module_database_url, redis_url):
    """The portal's application with views that fail."""
    area = Blueprint("failing", __name__)

    @area.get("/fail/<how>")
    @public
    def fail(how):
        raise RAISED[how][0]

    @area.get("/p/<portal_key>/fail/<how>")
    @needs()
    def fail_inside(how):
        raise RAISED[how][0]

    @area.post("/send")
    @public
    def send():
        return request.form.get("text", "")[:10]

    with pages_app(module_database_url, redis_url, registry=Registry([PROVIDER])) as made:
        made.register_blueprint(area)
        yield made


@pytest.mark.parametrize("how", RAISED)
def test_an_error_is_a_page_with_words_and_a_way_on(client, how):
    _, status, words = RAISED[how]
    answer = client.get(f"/fail/{how}")
    assert answer.status_code == status
    assert words in answer.text
    assert "<html" in answer.text
    assert "Go to your portal" in answer.text


@pytest.mark.parametrize("how", RAISED)
def test_the_same_error_is_a_fragment_with_the_same_words(client, how):
    _, status, words = RAISED[how]
    answer = client.get(f"/fail/{how}", headers=FRAGMENT)
    assert answer.status_code == status
    assert words in answer.text
    assert "<html" not in answer.text
    assert answer.headers["HX-Retarget"] == "#trouble"


def test_an_error_within_a_portal_keeps_its_navigation(log_in):
    page = log_in("Owner").get("/p/nordlicht/fail/missing").text
    assert "This run is gone." in page
    assert 'id="nav"' in page


def test_a_fault_shows_a_reference_and_no_innards(client, capsys):
    page = client.get("/fail/broken").text
    assert "secret innards" not in page
    assert "Traceback" not in page
    reference = page.split("<code>")[1].split("</code>")[0]
    logged = capsys.readouterr().err
    assert f"reference={reference}" in logged
    assert "secret innards" in logged


@pytest.mark.parametrize(
    ("how", "status", "words"),
    [("parted", 409, "event=page_gave_way"), ("broken", 500, "event=page_failed")],
)
def test_what_breaks_once_the_page_is_made_is_said_and_logged_alike(
    app, client, capsys, monkeypatch, how, status, words
):
    def fail(*_):
        raise RAISED[how][0]

    monkeypatch.setattr(app.session_interface, "save_session", fail)
    answer = client.get("/login")
    assert (answer.status_code, RAISED[how][2] in answer.text) == (status, True)
    [line] = [each for each in capsys.readouterr().err.splitlines() if words in each]
    assert "Traceback" in line
    assert ("<code>" in answer.text) == (status == 500)


def test_who_gave_way_is_named_in_the_log_with_where(client, capsys):
    client.get("/fail/parted")
    [line] = [each for each in capsys.readouterr().err.splitlines() if "event=page_gave_way" in each]
    assert "why=DeadlockDetected" in line
    assert "Traceback" in line


def test_an_unknown_address_is_said_in_words(client, log_in):
    assert client.get("/nowhere").status_code == 404
    answer = log_in("Owner").get("/p/nordlicht/nowhere")
    assert (answer.status_code, "This is not here" in answer.text) == (404, True)


def test_the_way_back_leads_only_to_this_site(client):
    back = client.get("/fail/refused", headers={"Referer": "http://localhost/account/"}).text
    assert 'href="http://localhost/account/"' in back
    assert "evil" not in client.get("/fail/refused", headers={"Referer": "http://evil.example/"}).text


@pytest.mark.parametrize("token", [None, "", "forged", "a.b.c"])
@pytest.mark.parametrize("headers", [{}, FRAGMENT])
def test_a_forged_form_is_refused_in_words(client, token, headers):
    answer = client.post("/send", data={"csrf_token": token} if token is not None else {}, headers=headers)
    assert answer.status_code == 400
    assert "This page is out of date" in answer.text


def test_another_sessions_token_is_refused(app, client, log_in):
    token = token_on(log_in("Owner").get("/account/").text)
    assert client.post("/send", data={"csrf_token": token}).status_code == 400


def test_a_token_in_the_header_is_as_good(client):
    token = token_on(client.get("/login").text)
    assert client.post("/send", headers={"X-CSRFToken": token}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_form_of_another_site_is_refused_even_with_a_token(client, headers, status):
    token = token_on(client.get("/login").text)
    assert client.post("/send", data={"csrf_token": token}, headers=headers).status_code == status


def test_too_much_at_once_is_refused_in_words(client):
    token = token_on(client.get("/login").text)
    answer = client.post("/send", data={"csrf_token": token, "text": "x" * 3_000_000})
    assert (answer.status_code, "This is too much at once" in answer.text) == (413, True)


def test_a_database_that_does_not_answer_is_said_in_words(clean_redis_url):
    gone = "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1"
    browser = create_app(make_settings(DATABASE_URL=gone, REDIS_URL=clean_redis_url)).test_client()
    browser.set_cookie("tandem", "anything")
    answer = browser.get("/account/")
    assert (answer.status_code, "cannot reach its database" in answer.text) == (503, True)
    assert browser.get("/healthz").status_code == 200
