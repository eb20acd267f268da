"""Telling people, by all processes together: what happens at the provider reaches them by mail."""

from __future__ import annotations

from email.message import EmailMessage

from tests.system.place import Place
from tests.system.whole import Tandem
from tests.telling import posted
from webapp.services import notices, passwords
from webapp.store.portals import membership_of
from webapp.walls import inside


def mails_to(tandem: Tandem, place: Place) -> list[EmailMessage]:
    """Read the mails that somebody of a place would have got."""
    return [mail for mail in posted(tandem.logs / "outbox") if place.email in mail["To"]]


def unread(tandem: Tandem, place: Place) -> list[str]:
    """List the kinds of what the owner has not read."""
    with tandem.app.app_context(), inside(place.portal_id):
        member = membership_of(place.user_id, place.portal_id)
        assert member is not None
        return [notice.kind for notice in notices.unread(member)]


def test_a_revoked_authorisation_is_told_by_mail_until_somebody_reconnects(tandem: Tandem, place: Place):
    connection = place.connect()
    tandem.practice.revoke_all()
    place.ask(connection)
    (mail,) = tandem.until(lambda: mails_to(tandem, place), what="a mail")
    assert mail["Subject"] == "Zoho Books needs attention · Nordlicht Studio"
    assert unread(tandem, place) == ["connection.attention"]
    place.connect()
    assert unread(tandem, place) == []
    assert len(mails_to(tandem, place)) == 1


def test_a_link_for_a_forgotten_password_is_posted_by_itself(tandem: Tandem, place: Place):
    with tandem.app.app_context():
        passwords.ask_for_reset(place.email)
    (mail,) = tandem.until(lambda: mails_to(tandem, place), what="a mail")
    assert f"{tandem.url}/password/" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_an_import_that_ended_is_told_to_who_started_it(tandem: Tandem, place: Place):
    run = place.start(place.connect(), "clone", *list(tandem.practice.customers())[:5])
    place.await_end(run)
    assert unread(tandem, place) == ["run.finished"]
