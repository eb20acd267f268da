"""What the doctor says of keys, mail, clocks, the portal's address and the disk."""

from __future__ import annotations

import base64
import json
import shutil
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller

from tests.outside.certificate import own_certificate
from tests.settings import ENVIRONMENT
from webapp.embedded.folder import port_near
from webapp.extensions import db
from webapp.hooks import HookFault
from webapp.providers import Broken, Registry
from webapp.services import context, hook_faults, portals
from webapp.services.doctor import surroundings
from webapp.services.observing import CLOCKS
from webapp.services.presence import Presence
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.walls import inside

NEWER = "newer:" + base64.b64encode(bytes(32)).decode()
MAIL = {"TANDEM_MAIL_FROM": "Tandem <tandem@nordlicht.example>"}


class Office:
    """A mail server's mind: keeps what it takes."""

    def __init__(self):
        self.taken = []

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


@contextmanager
def answering(body, *, certificate=None):
    """A web server that gives the same answer to everything; its address."""

    class Same(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *about):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Same)
    if certificate:
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(certificate)
        server.socket = trust.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"{'https://localhost' if certificate else 'http://127.0.0.1'}:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def seal_something(*, key=None):
    """Keep a sealed value, as if sealed with a key of another name if one is given."""
    portal_id, made = portals.add_portal("nordlicht", "Nordlicht Studio").id, new_id()
    sealed = context.safe().seal("{}", portal=portal_id, owner=made, field="credentials")
    value = f"{key}:{sealed.partition(':')[2]}" if key else sealed
    with inside(portal_id):
        db.session.add(
            Connection(portal_id=portal_id, id=made, provider="books", state="connected", credentials=value)
        )
        db.session.commit()


def test_a_key_that_is_needed_and_missing_is_a_fault(app, found):
    seal_something(key="lost")
    lost = found("keys")["lost"]
    assert lost.level == "fault"
    assert "tandem keys forget lost" in lost.remedy
    assert found("keys")["test"].level == "ok"


def test_an_older_key_that_still_seals_something_asks_for_a_rotation(installation, found):
    installation(TANDEM_KEYS=f"{NEWER},{ENVIRONMENT['TANDEM_KEYS']}")
    assert "may be taken off" in found("keys")["test"].says
    seal_something(key="test")
    older = found("keys")["test"]
    assert (older.level, older.remedy) == ("warning", "tandem keys rotate")


def test_without_a_mail_server_nothing_is_wrong_unless_a_mail_is_to_be_sent(app, found):
    assert found("mail")["server"].level == "ok"
    refused = found("mail", mail_to="ada@nordlicht.example")["server"]
    assert refused.level == "fault"
    assert "TANDEM_MAIL_URL" in refused.remedy


def test_a_mail_server_is_reached_without_sending_anything_unless_asked(installation, found):
    office, port = Office(), port_near(0)
    server = Controller(office, hostname="127.0.0.1", port=port)
    server.start()
    try:
        installation(TANDEM_MAIL_URL=f"smtp://127.0.0.1:{port}", **MAIL)
        assert found("mail")["server"].level == "ok"
        assert office.taken == []
        assert found("mail", mail_to="ada@nordlicht.example")["server"].level == "ok"
    finally:
        server.stop()
    [(people, content)] = office.taken
    assert people == ["ada@nordlicht.example"]
    assert "tandem doctor --mail-to" in content


def test_a_mail_server_that_is_away_is_a_fault(installation, found):
    installation(TANDEM_MAIL_URL="smtp://127.0.0.1:1", **MAIL)
    server = found("mail")["server"]
    assert server.level == "fault"
    assert "TANDEM_MAIL_URL" in server.remedy


@pytest.mark.parametrize(("off", "level"), [(1, "ok"), (3600, "warning"), (-3600, "warning")])
def test_the_clock_of_a_workers_machine_is_looked_at(app, found, off, level):
    Presence("worker", queue="bulk").beat()
    db.session.execute(db.text("UPDATE process SET host = 'elsewhere', clock_off = :off"), {"off": off})
    db.session.commit()
    assert found("clocks")["elsewhere"].level == level


@pytest.mark.parametrize(("ahead", "level"), [(-2, "ok"), (120, "warning")])
def test_a_providers_clock_is_looked_at(app, found, ahead, level):
    context.valkey().hset(CLOCKS, "books", json.dumps([ahead, now().timestamp()]))
    assert found("clocks")["books"].level == level


def test_a_portal_that_answers_where_people_go_is_well(installation, found):
    with answering(b'{"status": "ok"}') as url:
        installation(TANDEM_BASE_URL=url)
        assert found("address")[url].level == "ok"


@pytest.mark.parametrize("body", [b"It works!", b"{}", b""])
def test_somebody_else_at_the_portals_address_is_seen(installation, found, body):
    with answering(body) as url:
        installation(TANDEM_BASE_URL=url)
        assert "not this portal" in found("address")[url].says


def test_nobody_at_the_portals_address_is_seen(installation, found):
    installation(TANDEM_BASE_URL="http://127.0.0.1:1")
    there = found("address")["http://127.0.0.1:1"]
    assert there.level == "warning"
    assert "tandem serve" in there.remedy


def test_a_certificate_nobody_trusts_is_seen(installation, found, tmp_path):
    with answering(b'{"status": "ok"}', certificate=own_certificate(tmp_path)) as url:
        installation(TANDEM_BASE_URL=url)
        seen = found("address")
    assert "certificate was refused" in seen[url].says
    assert seen["certificate"].level == "warning"


@pytest.mark.parametrize(("days", "level"), [(14, "warning"), (0, "ok")])
def test_a_certificate_that_ends_soon_is_seen(installation, found, tmp_path, monkeypatch, days, level):
    certificate = own_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(surroundings, "CERTIFICATE_DAYS", days)
    with answering(b'{"status": "ok"}', certificate=certificate) as url:
        installation(TANDEM_BASE_URL=url)
        assert found("address")["certificate"].level == level


def test_a_practice_provider_in_a_public_portal_is_seen(installation, found):
    installation(TANDEM_BASE_URL="https://portal.invalid", TANDEM_SANDBOX_URL="http://127.0.0.1:1")
    assert found("address")["sandbox"].level == "warning"


def test_a_full_disk_is_seen(app, found, monkeypatch):
    assert {each.level for each in found("disk").values()} == {"ok"}
    monkeypatch.setattr(surroundings, "LEAST_DISK", shutil.disk_usage("/").total * 1000)
    assert {each.level for each in found("disk").values()} == {"warning"}


def test_names_the_plugins_that_can_be_used(app):
    (found,) = surroundings.plugins()
    assert (found.level, found.subject) == ("ok", "usable")
    assert "Zoho Books" in found.says


def test_a_plugin_that_cannot_be_used_is_a_fault_with_its_reason(app):
    usable = context.registry().providers()
    broken = Broken(name="abacus", distribution="tandem-abacus", reason="It has no hook.")
    app.extensions["tandem_providers"] = Registry(usable, [broken])
    fault, well = surroundings.plugins()
    assert (fault.level, fault.subject, well.level) == ("fault", "abacus", "ok")
    assert "tandem-abacus" in fault.says
    assert "It has no hook." in fault.says
    assert "restart" in fault.remedy


def test_a_plugin_whose_hook_failed_lately_is_warned_of(app):
    hook_faults.note(HookFault("guard", "tandem_before_write", "KeyError in guard, line 3"))
    warned, well = surroundings.plugins()
    context.valkey().delete(hook_faults.REMEMBERED)
    assert (warned.level, warned.subject, well.level) == ("warning", "guard", "ok")
    assert "KeyError in guard, line 3" in warned.says


def test_an_installation_without_plugins_is_warned(app):
    app.extensions["tandem_providers"] = Registry(())
    (found,) = surroundings.plugins()
    assert found.level == "warning"
