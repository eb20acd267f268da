"""Handing mails in at a mail server: encrypted, with a login, and what is said and done when it fails."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import select, update

from tests.outside.certificate import own_certificate
from tests.settings import make_settings
from tests.telling import SENDER, Portal, let_pass, telling_app
from webapp.extensions import db
from webapp.services import mail_transport, mails
from webapp.services.mail_transport import MailTrouble
from webapp.store.columns import now
from webapp.store.mails import NoticeMail
from webapp.walls import across_portals


class Office:
    """A mail server's mind: keeps what it takes, and answers as told."""

    def __init__(self):
        self.taken = []
        self.to_recipient = ""
        self.to_mail = ""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.to_recipient:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.to_mail:
            return self.to_mail
        self.taken.append((envelope.rcpt_tos, envelope.content.decode(), session.ssl is not None))
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return own_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def app(module_database_url, redis_url):
    with telling_app(module_database_url, redis_url, None) as made, made.app_context():
        yield made


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def serve(office):
    """Start a mail server, and return its port."""
    running = []

    def start(**options):
        server = Controller(office, hostname="localhost", port=free_port(), **options)
        server.start()
        running.append(server)
        return server.port

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def send_through(app, monkeypatch):
    """Let mails leave by an address."""

    def choose(url, **settings):
        named = {"TANDEM_MAIL_URL": url, "TANDEM_MAIL_FROM": SENDER, **settings}
        changed = replace(app.config["TANDEM"], mail=make_settings(**named).mail)
        monkeypatch.setitem(app.config, "TANDEM", changed)

    return choose


@pytest.fixture
def portal(app):
    yield Portal.new()
    db.session.rollback()
    with across_portals():
        db.session.execute(update(NoticeMail).values(due_at=None))
        db.session.commit()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def server_context(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def state(portal):
    """What is noted of the portal's mail."""
    with across_portals():
        mail = db.session.scalars(select(NoticeMail).where(NoticeMail.portal_id == portal.portal_id)).one()
        db.session.rollback()
    return mail


def allow(user, password):
    def authenticate(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=good, handled=False)

    return {"authenticator": authenticate, "auth_required": True}


def test_a_mail_is_handed_in(portal, office, serve, send_through):
    send_through(f"smtp://localhost:{serve()}")
    portal.attention()
    assert mails.send_due() == 1
    ((recipients, text, _),) = office.taken
    assert recipients == [portal.user("Owner").email]
    assert "Subject: =?utf-8?" in text


def test_a_password_goes_over_an_encrypted_way_alone(
    portal, office, serve, send_through, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    port = serve(tls_context=server_context(certificate), require_starttls=True, **allow("tandem", "s:e/c"))
    send_through(f"smtp://tandem:s%3Ae%2Fc@localhost:{port}", TANDEM_MAIL_TLS="on")
    portal.attention()
    assert mails.send_due() == 1
    assert [encrypted for _, _, encrypted in office.taken] == [True]


def test_a_server_that_speaks_tls_from_the_first_byte(
    portal, office, serve, send_through, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    send_through(f"smtps://localhost:{serve(ssl_context=server_context(certificate))}")
    mail_transport.check()
    portal.attention()
    assert mails.send_due() == 1


def test_a_certificate_nobody_trusts_is_refused(serve, send_through, certificate):
    port = serve(tls_context=server_context(certificate))
    send_through(f"smtp://localhost:{port}", TANDEM_MAIL_TLS="on")
    with pytest.raises(MailTrouble, match="certificate is not trusted"):
        mail_transport.check()


def test_a_server_without_encryption_is_told_nothing(office, serve, send_through):
    send_through(f"smtp://localhost:{serve()}", TANDEM_MAIL_TLS="on")
    with pytest.raises(MailTrouble, match="offers no encryption"):
        mail_transport.check()


def test_a_wrong_password_is_named_without_it(serve, send_through):
    port = serve(auth_require_tls=False, **allow("tandem", "right"))
    send_through(f"smtp://tandem:wr0ng@localhost:{port}")
    with pytest.raises(MailTrouble, match="refuses user or password") as trouble:
        mail_transport.check()
    assert "wr0ng" not in str(trouble.value)


def test_a_server_that_is_away_is_tried_again_later_and_later(portal, send_through, office, serve):
    send_through(f"smtp://localhost:{free_port()}")
    portal.attention()
    pauses = []
    for _ in range(3):
        assert mails.send_due() == 0
        mail = state(portal)
        pauses.append(mail.due_at - now())
        let_pass(pauses[-1] + timedelta(seconds=1))
    assert "does not answer" in mail.problem
    assert pauses == sorted(pauses) and pauses[2] > 3 * pauses[0]
    send_through(f"smtp://localhost:{serve()}")
    assert mails.send_due() == 1
    assert (state(portal).problem, state(portal).due_at) == ("", None)


def test_an_address_that_is_refused_for_good_is_given_up(portal, office, serve, send_through):
    office.to_recipient = "550 No such user"
    send_through(f"smtp://localhost:{serve()}")
    portal.attention()
    assert mails.send_due() == 0
    assert state(portal).due_at is None
    assert state(portal).problem == "The mail server refused the address (550)."


def test_an_address_that_is_refused_for_now_is_tried_again(portal, office, serve, send_through):
    office.to_recipient = "451 Greylisted"
    send_through(f"smtp://localhost:{serve()}")
    portal.attention()
    mails.send_due()
    assert state(portal).due_at > now()


def test_a_mail_nobody_takes_is_given_up_after_a_day(portal, office, serve, send_through):
    office.to_mail = "452 Disk full"
    send_through(f"smtp://localhost:{serve()}")
    portal.attention()
    for _ in range(mails.PATIENCE):
        assert mails.are_due()
        mails.send_due()
        let_pass(mails.LONGEST_PAUSE)
    assert not mails.are_due()


def test_one_mail_that_fails_does_not_hold_up_the_others(portal, office, serve, send_through):
    other = Portal.new()
    refused = portal.user("Owner").email
    answer = office.handle_RCPT

    async def handle_RCPT(server, session, envelope, address, options):
        office.to_recipient = "550 No such user" if address == refused else ""
        return await answer(server, session, envelope, address, options)

    office.handle_RCPT = handle_RCPT
    send_through(f"smtp://localhost:{serve()}")
    portal.attention()
    other.attention()
    assert mails.send_due() == 1
    assert [recipients for recipients, _, _ in office.taken] == [[other.user("Owner").email]]


def test_without_a_mail_server_nothing_is_due_and_nothing_fails(portal):
    portal.attention()
    assert not mails.are_due()
    assert mails.send_due() == 0
    assert portal.heard("Owner") == ["connection.attention"]
