"""Settings are read once, and what is wrong with them is said with its remedy."""

import base64

import pytest

from tests.settings import ENVIRONMENT, make_settings
from webapp.config import Settings, SettingsError

KEY = base64.b64encode(b"k" * 32).decode()
OLD_KEY = base64.b64encode(b"o" * 32).decode()


def test_reads_a_whole_environment():
    settings = make_settings(
        TANDEM_SANDBOX_URL="http://127.0.0.1:9000/", TANDEM_POLL_SECONDS="60", TANDEM_CALLS_PER_MINUTE="100"
    )
    assert settings.sandbox_url == "http://127.0.0.1:9000"
    assert (settings.poll_seconds, settings.calls_per_minute) == (60, 100)


def test_has_defaults_for_what_need_not_be_set():
    settings = make_settings()
    assert (settings.sandbox_url, settings.poll_seconds, settings.calls_per_minute) == (None, 300, 90)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_drives_postgresql_with_psycopg_three(scheme):
    settings = make_settings(DATABASE_URL=f"{scheme}://user:p%40ss@host/db")
    assert settings.database_url == "postgresql+psycopg://user:p%40ss@host/db"


def test_keeps_the_order_of_the_keys_since_the_first_encrypts():
    settings = make_settings(TANDEM_KEYS=f"new:{KEY}, old:{OLD_KEY}")
    assert list(settings.keys.items()) == [("new", b"k" * 32), ("old", b"o" * 32)]


def test_names_all_that_is_missing_at_once():
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({})
    assert [line.split()[0] for line in str(caught.value).splitlines()] == list(ENVIRONMENT)


def test_the_remedies_it_prints_give_values_that_are_accepted(capsys):
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({})
    remedies = {}
    for line in str(caught.value).splitlines():
        name, _, command = line.partition(" ")
        if 'python3 -c "' in command:
            exec(command.split('python3 -c "')[1].removesuffix('"'), {})
            remedies[name] = capsys.readouterr().out.strip()
    assert set(remedies) == {"TANDEM_SECRET_KEY", "TANDEM_KEYS"}
    assert make_settings(**remedies).secret_key == remedies["TANDEM_SECRET_KEY"]


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("DATABASE_URL", "sqlite:///tandem.db", "postgresql://"),
        ("DATABASE_URL", "tandem", "postgresql://"),
        ("REDIS_URL", "http://localhost:6379", "redis://"),
        ("TANDEM_SECRET_KEY", "short", "at least 32 characters"),
        ("TANDEM_KEYS", KEY, "1:<key>"),
        ("TANDEM_KEYS", "1:c2hvcnQ=", "32 bytes"),
        ("TANDEM_KEYS", "1:not base64!", "32 bytes"),
        ("TANDEM_KEYS", f"1:{KEY},1:{OLD_KEY}", "twice"),
        ("TANDEM_BASE_URL", "portal.example.com", "https://portal.example.com"),
        ("TANDEM_BASE_URL", "http://portal.example.com", "https://"),
        ("TANDEM_BASE_URL", "https://portal.example.com/tandem", "alone"),
        ("TANDEM_BASE_URL", "https://me@portal.example.com", "alone"),
        ("TANDEM_BASE_URL", "https://portal.example.com:port", "https://portal.example.com"),
        ("TANDEM_SANDBOX_URL", "http://sandbox.example.com", "on this machine"),
        ("TANDEM_SANDBOX_URL", "http://127.0.0.1.example.com", "on this machine"),
        ("TANDEM_SANDBOX_URL", "ftp://127.0.0.1", "an address"),
        ("TANDEM_POLL_SECONDS", "5 minutes", "whole number from 10"),
        ("TANDEM_CALLS_PER_MINUTE", "101", "to 100"),
        ("TANDEM_CALLS_PER_MINUTE", "0", "from 1"),
    ],
)
def test_says_what_to_do_about_a_wrong_value(name, value, remedy):
    with pytest.raises(SettingsError) as caught:
        make_settings(**{name: value})
    assert str(caught.value).startswith(name)
    assert remedy in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "[::1]", "localhost"])
def test_takes_any_loopback_address_for_the_sandbox(host):
    assert make_settings(TANDEM_SANDBOX_URL=f"https://{host}:9000").sandbox_url == f"https://{host}:9000"


def test_cookies_are_secure_unless_the_portal_is_plain_http_on_loopback():
    assert make_settings(TANDEM_BASE_URL="https://portal.example.com").secure_cookies
    assert make_settings(TANDEM_BASE_URL="https://localhost:5000").secure_cookies
    assert not make_settings(TANDEM_BASE_URL="http://localhost:5000").secure_cookies


def test_shows_no_secret_when_printed_or_refused():
    secret = "s" * 40
    settings = make_settings(TANDEM_SECRET_KEY=secret, REDIS_URL="redis://:hidden@host/0")
    shown = repr(settings)
    assert not any(word in shown for word in (secret, "hidden", "tandem@127", "x00"))
    with pytest.raises(SettingsError) as caught:
        make_settings(TANDEM_KEYS="1:secret", DATABASE_URL="mysql://u:hidden@host")
    assert "secret" not in str(caught.value).replace("secrets", "") and "hidden" not in str(caught.value)


def test_takes_an_operators_client_of_each_provider():
    settings = make_settings(
        TANDEM_BOOKS_CLIENT_ID="1000.A ", TANDEM_BOOKS_CLIENT_SECRET="s", TANDEM_FIELD_NOTES_CLIENT_ID="f"
    )
    assert settings.client_credentials == {
        "books": {"client_id": "1000.A", "client_secret": "s"},
        "field_notes": {"client_id": "f"},
    }
    assert "1000.A" not in repr(settings)


def test_a_blank_client_of_a_provider_counts_as_none():
    assert make_settings(TANDEM_BOOKS_CLIENT_SECRET=" ").client_credentials == {}
