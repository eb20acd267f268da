"""The sample of a proxy, run by nginx before real web processes on roles that the script made."""

from __future__ import annotations

import json
import secrets
import subprocess
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests import soaking
from tests.deploy.conftest import Site
from tests.system.waiting import until
from webapp.demo.run import tandem

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not soaking.NUMBER, reason="starts everything: `make soak` does"),
]

WRONG_DELIVERIES_A_MINUTE = 30


class From(HTTPAdapter):
    """Asks from one of this machine's own addresses."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Bind every connection to the address."""
        super().init_poolmanager(*args, **kwargs, source_address=(self._address, 0))


def visitor(site: Site, address: str = "127.0.0.1") -> requests.Session:
    """Return somebody at an address, who trusts the site's certificate and no other."""
    session = requests.Session()
    session.trust_env = False
    session.verify = str(site.certificate)
    session.mount("https://", From(address))
    return session


def deliver(session: requests.Session, site: Site, token: str, body: bytes = b"{}") -> requests.Response:
    """Call a webhook's address, claiming to be somebody else."""
    return session.post(f"{site.url}/hooks/{token}", data=body, headers={"X-Forwarded-For": "192.0.2.7"})


def test_whoever_comes_unencrypted_is_sent_to_the_other_door(site: Site):
    answer = requests.get(f"{site.plain_url}/login?next=/", allow_redirects=False, timeout=20)
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://127.0.0.1/login?next=/")


def test_pages_come_with_all_their_headers_and_a_secure_cookie(site: Site):
    page = visitor(site).get(f"{site.url}/login")
    assert (page.status_code, "Log in" in page.text) == (200, True)
    assert page.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "Content-Encoding" not in page.headers
    assert page.headers["Server"] == "nginx"
    cookies = page.headers["Set-Cookie"]
    assert cookies.startswith("__Host-tandem=") and "Secure" in cookies and "HttpOnly" in cookies


def test_what_is_nobodys_is_compressed_and_kept(site: Site):
    script = visitor(site).get(f"{site.url}/static/vendor/htmx.js")
    assert (script.status_code, script.headers["Content-Encoding"]) == (200, "gzip")
    assert "max-age=31536000" in script.headers["Cache-Control"]


def test_a_request_has_one_id_in_both_logs_and_its_address_in_none(site: Site):
    secret = secrets.token_urlsafe(32)
    answer = visitor(site).get(f"{site.url}/invitations/{secret}?from=mail")
    request = answer.headers["X-Request-Id"]
    until(lambda: f"request={request}" in site.log("tandem.log"), what="the proxy's line")
    until(lambda: f"request={request}" in site.log("web.log"), what="Tandem's line")
    assert secret not in site.log("tandem.log") + site.log("web.log") + site.log("error.log")


def test_another_host_is_refused(site: Site):
    answer = visitor(site).get(f"{site.url}/login", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 421


def test_visitors_are_told_apart_by_their_real_addresses_whatever_they_claim(site: Site):
    one, other = visitor(site, "127.0.0.2"), visitor(site, "127.0.0.3")
    told = [deliver(one, site, "wrong").status_code for _ in range(WRONG_DELIVERIES_A_MINUTE + 1)]
    assert (told[0], told[-1]) == (404, 429)
    assert deliver(other, site, "wrong").status_code == 404


def test_more_than_is_read_is_refused_and_a_webhooks_address_is_in_no_log(site: Site):
    token, somebody = secrets.token_urlsafe(32), visitor(site, "127.0.0.4")
    assert deliver(somebody, site, token, bytes(1024 * 1024 + 1)).status_code == 413
    assert somebody.post(f"{site.url}/login", data=bytes(2 * 1024 * 1024 + 1)).status_code == 413
    assert deliver(somebody, site, token, bytes(1024 * 1024)).status_code == 404
    assert token not in site.log("tandem.log") + site.log("error.log") + site.log("web.log")


def test_numbers_are_for_this_machine_and_not_for_who_comes_through_the_proxy(site: Site):
    assert visitor(site).get(f"{site.url}/metrics").status_code == 404
    assert "tandem_info{" in requests.get(f"{site.behind}/metrics", timeout=20).text


def test_the_doctor_finds_roles_schema_and_address_well(site: Site):
    ran = subprocess.run(tandem("doctor", "--json"), env=site.environment, capture_output=True, text=True)
    found = {
        (each["area"], each["subject"])
        for each in json.loads(ran.stdout)["findings"]
        if each["level"] == "fault"
    }
    assert {area for area, _ in found} <= {"processes"}, ran.stdout
