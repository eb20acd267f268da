"""The demo's outbox: there where mails are kept instead of sent, and nowhere else."""

from __future__ import annotations

import pytest

from tests.telling import Portal, posted, telling_app
from tests.web.people import browser_of
from webapp.services import mails, passwords


@pytest.fixture(scope="module")
def module_app(module_database_url, redis_url, outbox_folder):
    with telling_app(module_database_url, redis_url, outbox_folder) as made:
        yield made


@pytest.fixture
def portal(app):
    with app.app_context():
        made = Portal.new()
        made.attention()
        passwords.ask_for_reset(made.user("Manager").email)
        mails.send_due()
        return made


def test_the_outbox_lists_every_mail_the_newest_first(client, portal, outbox_folder):
    page = client.get("/outbox/").text
    assert page.index("Ledgerly needs attention") < page.index("Choose a new password")
    assert page.count('class="told is-mail"') == len(posted(outbox_folder))


def test_a_mail_is_shown_with_its_links(app, client, portal):
    page = client.get("/outbox/").text
    address = page.partition('href="/outbox/')[2].partition('"')[0]
    mail = client.get(f"/outbox/{address}").text
    assert "tandem@nordlicht.example" in mail
    assert '<a href="http://127.0.0.1:5000/' in mail


def test_the_navigation_leads_to_it(app, portal):
    page = browser_of(app, portal.cast.users["Owner"]).get(f"/p/{portal.cast.portal_key}/connections/").text
    assert 'href="/outbox/"' in page


@pytest.mark.parametrize("key", ["nonsense", "..%2f..%2fetc%2fpasswd", "1.2.3:2,S"])
def test_a_mail_that_is_not_there_is_not_found(client, portal, key):
    assert client.get(f"/outbox/{key}").status_code == 404


def test_where_mails_are_sent_there_is_no_outbox(module_database_url, redis_url):
    sent = {"TANDEM_MAIL_URL": "smtp://127.0.0.1:2525", "TANDEM_MAIL_FROM": "tandem@nordlicht.example"}
    for settings in ({}, sent):
        with telling_app(module_database_url, redis_url, None, **settings) as app:
            assert app.test_client().get("/outbox/").status_code == 404
