"""Each request has an id, on its answer and on all its lines of the log."""

from __future__ import annotations

import re
import uuid

from tests.web.pages import pages_app

OWN = re.compile(r"[0-9a-f]{32}")


def lines_of(capsys, event):
    return [line for line in capsys.readouterr().err.splitlines() if f" event={event} " in line]


def test_a_request_is_one_line_with_its_route_and_the_id_of_its_answer(log_in, capsys):
    owner = log_in("Owner")
    capsys.readouterr()
    answer = owner.get("/p/nordlicht/client-users/?q=anna@harbour.example")
    (line,) = lines_of(capsys, "request")
    assert f"request={answer.headers['X-Request-Id']} " in line
    assert OWN.fullmatch(answer.headers["X-Request-Id"])
    assert re.search(
        r"method=GET route=/p/<portal_key>/client-users/ portal=nordlicht status=200 ms=\d+$", line
    )
    assert "anna" not in line


def test_the_line_says_which_run_and_connection_the_address_is_about(log_in, capsys):
    run, connection = uuid.uuid4(), uuid.uuid4()
    owner = log_in("Owner")
    owner.get(f"/p/nordlicht/runs/{run}")
    owner.get(f"/p/nordlicht/connections/{connection}")
    first, second = lines_of(capsys, "request")[-2:]
    assert f" run={run} " in first and "status=404" in first
    assert f" connection={connection} " in second and "run=" not in second


def test_an_address_that_leads_nowhere_is_not_written_down(client, capsys):
    client.get("/anna@harbour.example/nowhere")
    (line,) = lines_of(capsys, "request")
    assert "route= " in line and "status=404" in line
    assert "anna" not in line


def test_a_fault_is_logged_with_its_requests_id(app, client, capsys):
    app.view_functions["auth.login"], kept = _broken, app.view_functions["auth.login"]
    answer = client.get("/login")
    app.view_functions["auth.login"] = kept
    (line,) = lines_of(capsys, "page_failed")
    assert answer.status_code == 500
    assert f"request={answer.headers['X-Request-Id']} " in line


def test_what_machines_ask_all_the_time_is_not_logged(client, capsys):
    client.get("/healthz")
    client.get("/static/logo.svg")
    assert lines_of(capsys, "request") == []


def test_an_id_of_a_visitors_own_is_not_taken(client):
    answer = client.get("/healthz", headers={"X-Request-Id": "chosen-by-me"})
    assert OWN.fullmatch(answer.headers["X-Request-Id"])


def test_a_proxy_of_ours_names_requests(module_database_url, redis_url):
    with pages_app(module_database_url, redis_url, TANDEM_PROXIES=1) as app:
        named = [
            app.test_client().get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"]
            for given in ("chosen-by-proxy", "short", "with space and more", "x" * 65)
        ]
    assert named[0] == "chosen-by-proxy"
    assert all(OWN.fullmatch(each) for each in named[1:])


def _broken():
    raise RuntimeError("broken")


_broken.needs = None
