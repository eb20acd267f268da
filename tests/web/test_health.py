"""What machines ask: whether the process lives, whether it can serve, and how the installation fares."""

from __future__ import annotations

import pytest

from tests.settings import make_settings
from tests.web.pages import pages_app
from webapp.app import create_app

TOKEN = "a-token-for-prometheus-alone"
NOWHERE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "REDIS_URL": "redis://127.0.0.1:1/0"}


@pytest.fixture(scope="module")
def with_token(module_database_url, redis_url):
    with pages_app(module_database_url, redis_url, TANDEM_METRICS_TOKEN=TOKEN) as app:
        yield app


def asked(app, address="203.0.113.9", **headers):
    return app.test_client().get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": address})


def test_metrics_are_for_whoever_holds_the_token(with_token):
    answer = asked(with_token, Authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    assert "tandem_connections" in answer.text


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ünïcode"]
)
def test_metrics_are_for_nobody_else_where_a_token_is_set(with_token, given):
    headers = {} if given is None else {"Authorization": given}
    for address in ("203.0.113.9", "127.0.0.1"):
        answer = asked(with_token, address, **headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "tandem_" not in answer.text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 404),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 404),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.9"}, 404),
    ],
)
def test_without_a_token_metrics_are_for_this_machine_alone(app, address, headers, status):
    assert asked(app, address, **headers).status_code == status


def test_metrics_come_in_the_newer_format_for_who_wants_it(client):
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.content_type.startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_metrics_answer_though_neither_server_does():
    answer = create_app(make_settings(**NOWHERE)).test_client().get("/metrics")
    assert answer.status_code == 200
    assert 'tandem_up{server="database"} 0.0' in answer.text
    assert 'tandem_up{server="valkey"} 0.0' in answer.text


def test_requests_are_counted_by_route_and_never_by_address(client):
    client.get("/anna@harbour.example/nowhere")
    client.get("/login?next=/anna")
    client.open("/login", method="PROPFIND")
    told = client.get("/metrics").text
    assert 'tandem_http_requests_total{endpoint="none",method="GET",status="404"} 1.0' in told
    assert 'tandem_http_requests_total{endpoint="auth.login",method="GET",status="200"} 1.0' in told
    assert 'tandem_http_request_seconds_count{endpoint="auth.login"} 1.0' in told
    assert 'method="other"' in told
    assert "anna" not in told


def test_static_files_are_not_counted(client):
    client.get("/static/logo.svg")
    assert 'endpoint="static"' not in client.get("/metrics").text
