"""How mails leave: what the environment may say of it, and the remedy for what it may not."""

from pathlib import Path

import pytest

from tests.settings import ENVIRONMENT, make_settings
from webapp.config import Settings, SettingsError

FROM = {"TANDEM_MAIL_FROM": "Tandem <tandem@example.com>"}
DEMO = {"TANDEM_SANDBOX_URL": "http://127.0.0.1:9000"}


def mail(url, **more):
    return make_settings(TANDEM_MAIL_URL=url, **FROM | more).mail


def problem(**environment):
    with pytest.raises(SettingsError) as error:
        Settings.from_environment(ENVIRONMENT | environment)
    return str(error.value)


def test_without_settings_no_mail_leaves():
    assert make_settings().mail is None


@pytest.mark.parametrize(
    ("url", "more", "host", "port", "encryption"),
    [
        ("smtps://mail.example.com", {}, "mail.example.com", 465, "tls"),
        ("smtp://mail.example.com", {}, "mail.example.com", 587, "starttls"),
        ("smtp://mail.example.com:25", {"TANDEM_MAIL_TLS": "off"}, "mail.example.com", 25, "none"),
        ("smtp://127.0.0.1:25", {}, "127.0.0.1", 25, "none"),
        ("smtp://localhost:25", {"TANDEM_MAIL_TLS": "on"}, "localhost", 25, "starttls"),
        ("smtp://[::1]:25", {}, "::1", 25, "none"),
    ],
)
def test_the_way_to_the_server_is_encrypted_but_on_this_machine(url, more, host, port, encryption):
    found = mail(url, **more)
    assert (found.host, found.port, found.encryption) == (host, port, encryption)


def test_sender_user_and_password_are_read_and_never_shown():
    found = mail("smtps://ada%40example.com:p%3Aw@mail.example.com")
    assert (found.user, found.password) == ("ada@example.com", "p:w")
    assert (found.sender_name, found.sender_address) == ("Tandem", "tandem@example.com")
    assert "p:w" not in repr(found) and "ada@" not in repr(make_settings())


def test_a_password_may_stand_by_itself():
    found = mail("smtps://ada@mail.example.com", TANDEM_MAIL_PASSWORD="p:/@%41")
    assert found.password == "p:/@%41"


def test_the_demo_keeps_mails_in_a_folder():
    assert mail("maildir:///tmp/a%20b/outbox", **DEMO).folder == Path("/tmp/a b/outbox")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"TANDEM_MAIL_URL": "smtp://mail.example.com"}, "TANDEM_MAIL_FROM is not set"),
        (FROM, "TANDEM_MAIL_URL is not set"),
        (
            {**FROM, "TANDEM_MAIL_URL": "https://mail.example.com"},
            "TANDEM_MAIL_URL must be an address such as",
        ),
        ({**FROM, "TANDEM_MAIL_URL": "smtp://"}, "TANDEM_MAIL_URL must be an address such as"),
        ({**FROM, "TANDEM_MAIL_URL": "smtp://host:99999"}, "TANDEM_MAIL_URL must be an address such as"),
        ({**FROM, "TANDEM_MAIL_URL": "smtp://host/path"}, "TANDEM_MAIL_URL must be an address such as"),
        ({**FROM, "TANDEM_MAIL_URL": "smtp://ada@host"}, "both a user and a password, or neither"),
        ({**FROM, "TANDEM_MAIL_URL": "smtp://host", "TANDEM_MAIL_TLS": "maybe"}, "must be on or off"),
        (
            {**FROM, "TANDEM_MAIL_URL": "smtp://a:b@host", "TANDEM_MAIL_TLS": "off"},
            "TANDEM_MAIL_TLS must be on",
        ),
        ({**FROM, "TANDEM_MAIL_URL": "maildir:///tmp/outbox"}, "must lead to a mail server"),
        (
            {**FROM, **DEMO, "TANDEM_MAIL_URL": "maildir:///o", "TANDEM_BASE_URL": "https://p.example.com"},
            "must lead to a mail server",
        ),
        ({**FROM, **DEMO, "TANDEM_MAIL_URL": "maildir:outbox"}, "must name a whole path"),
        ({"TANDEM_MAIL_URL": "smtp://host", "TANDEM_MAIL_FROM": "Tandem"}, "TANDEM_MAIL_FROM must be"),
        (
            {"TANDEM_MAIL_URL": "smtp://host", "TANDEM_MAIL_FROM": "a@b\r\nBcc: c@d"},
            "TANDEM_MAIL_FROM must be",
        ),
    ],
)
def test_a_setting_that_cannot_be_right_is_named_with_its_remedy(environment, words):
    assert words in problem(**environment)


def test_a_wrong_password_setting_is_not_repeated():
    assert "s3cret" not in problem(**FROM, TANDEM_MAIL_URL="smtp://ada:s3cret@host/path")
