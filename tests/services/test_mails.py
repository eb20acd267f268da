"""The outbox: mails about notices and logins, each sent once, and none when there is no reason left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from tests.telling import Portal, let_pass, posted, telling_app
from webapp.extensions import db
from webapp.services import mails, notices, passwords, users
from webapp.services.mail_words import in_one_line
from webapp.store import mails as store
from webapp.store.columns import now
from webapp.store.mails import LoginMail, NoticeMail
from webapp.store.notices import PORTAL
from webapp.store.portals import Membership, User
from webapp.walls import across_portals, inside

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def app(module_database_url, redis_url, outbox_folder):
    with telling_app(module_database_url, redis_url, outbox_folder) as made, made.app_context():
        yield made


@pytest.fixture
def portal(app):
    yield Portal.new()
    db.session.rollback()
    with across_portals():
        for table in (NoticeMail, LoginMail):
            db.session.execute(update(table).values(due_at=None))
        db.session.commit()


@pytest.fixture
def folder(outbox_folder):
    """The folder of mails, without those of other tests."""
    if outbox_folder.exists():
        for kept in outbox_folder.glob("*/*"):
            kept.unlink()
    return outbox_folder


@pytest.fixture
def sent(portal, folder):
    """Send what is due, and read all that was sent."""

    def send():
        mails.send_due()
        return posted(folder)

    return send


def problems():
    with across_portals():
        found = db.session.execute(select(NoticeMail.problem, NoticeMail.due_at)).all()
        db.session.rollback()
    return [tuple(row) for row in found if row.problem]


def test_trouble_is_written_to_those_who_look_after_connections(portal, sent):
    portal.attention()
    (mail,) = sent()
    assert mail["To"].addresses[0].addr_spec == portal.user("Owner").email
    assert mail["From"].addresses[0].addr_spec == "tandem@nordlicht.example"
    assert mail["Subject"] == "Ledgerly needs attention · Nordlicht Studio"


def test_a_mail_leads_to_its_page_and_to_the_setting_that_ends_it(portal, sent):
    portal.attention()
    (mail,) = sent()
    text = mail.get_body(("plain",)).get_content()
    with inside(portal.portal_id):
        (notice,) = notices.unread(portal.member("Owner"))
    assert f"http://127.0.0.1:5000/p/{portal.cast.portal_key}/notices/{notice.id}" in text
    assert "http://127.0.0.1:5000/account/#notices" in text
    assert mail["List-Unsubscribe"] == "<http://127.0.0.1:5000/account/#notices>"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_says_the_same_as_text_and_as_html(portal, sent):
    portal.attention("Ledgerly said <b>no</b>.")
    (mail,) = sent()
    assert "Ledgerly said <b>no</b>." in mail.get_body(("plain",)).get_content()
    assert "Ledgerly said &lt;b&gt;no&lt;/b&gt;." in mail.get_body(("html",)).get_content()


def test_a_mail_is_sent_once(portal, sent):
    portal.attention()
    sent()
    assert len(sent()) == 1
    assert not mails.are_due()


def test_trouble_that_comes_and_goes_is_written_about_once_a_day(portal, sent):
    for _ in range(5):
        portal.attention()
        portal.solved()
    portal.attention()
    assert len(sent()) == 1
    portal.solved()
    portal.attention()
    assert len(sent()) == 1
    let_pass(DAY)
    (_, again) = sent()
    assert "It was reported 7 times" in again.get_body(("plain",)).get_content()


def test_trouble_that_goes_on_is_written_about_again_the_next_day(portal, sent):
    portal.attention()
    sent()
    let_pass(DAY + MINUTE)
    portal.attention()
    assert len(sent()) == 2


def test_what_was_solved_before_is_not_written_about(portal, sent):
    portal.attention()
    portal.solved()
    assert sent() == []
    assert not mails.are_due()


def test_an_import_is_written_about_only_if_who_started_it_stays_away(portal, sent):
    portal.ended(created=3, contacts=1)
    assert sent() == []
    let_pass(3 * MINUTE)
    (mail,) = sent()
    assert mail["To"].addresses[0].addr_spec == portal.user("Manager").email
    assert "3 customers imported. 1 contact came along." in mail.get_body(("plain",)).get_content()


def test_what_was_read_in_the_portal_is_not_written_about(portal, sent):
    portal.ended(created=3, contacts=1)
    with inside(portal.portal_id):
        notices.mark_read(portal.member("Manager"))
    let_pass(3 * MINUTE)
    assert sent() == []


def test_who_switched_mail_off_gets_none_and_still_hears_in_the_portal(portal, sent):
    notices.set_wanted(portal.cast.users["Owner"], {"connection.attention": [PORTAL]})
    portal.attention()
    assert sent() == []
    assert portal.heard("Owner") == ["connection.attention"]


def test_who_switches_mail_off_before_it_is_sent_gets_none(portal, sent):
    portal.attention()
    notices.set_wanted(portal.cast.users["Owner"], {"connection.attention": [PORTAL]})
    assert sent() == []


def test_who_left_the_portal_or_was_disabled_gets_none(portal, sent):
    portal.ended(failed=1)
    with inside(portal.portal_id):
        db.session.delete(portal.member("Manager"))
        db.session.execute(update(User).where(User.id == portal.cast.users["Owner"]).values(active=False))
        db.session.commit()
    let_pass(3 * MINUTE)
    assert sent() == []


def test_who_lost_the_permission_gets_none(portal, sent):
    portal.attention()
    with inside(portal.portal_id):
        plain = portal.member("Employee").profile_id
        mine = Membership.user_id == portal.cast.users["Owner"]
        db.session.execute(update(Membership).where(mine).values(profile_id=plain))
        db.session.commit()
    assert sent() == []


def test_what_could_not_be_sent_for_days_is_dropped(portal, sent):
    portal.attention()
    let_pass(3 * DAY)
    assert sent() == []


def test_a_crash_between_taking_and_sending_loses_nothing(portal, sent):
    portal.attention()
    assert store.claim(now()) is not None
    db.session.commit()
    assert sent() == []
    let_pass(store.CLAIM)
    assert len(sent()) == 1


def test_a_mail_handed_in_twice_is_one_to_who_reads_it(portal, sent):
    portal.attention()
    sent()
    with across_portals():
        mine = NoticeMail.portal_id == portal.portal_id
        db.session.execute(update(NoticeMail).where(mine).values(due_at=now()))
        db.session.commit()
    first, second = sent()
    assert first["Message-ID"] == second["Message-ID"]


def test_two_workers_send_each_mail_once(app, portal, folder):
    for _ in range(5):
        Portal.new().attention()
    ready = Barrier(2)

    def work():
        with app.app_context():
            ready.wait(10)
            return mails.send_due()

    with ThreadPoolExecutor(2) as workers:
        counts = [each.result() for each in [workers.submit(work), workers.submit(work)]]
    assert sum(counts) == len(posted(folder)) == 5


def test_a_mail_asked_for_while_one_is_sent_is_not_lost(portal):
    user_id = portal.cast.users["Owner"]
    store.post_login(user_id, store.CHANGED, moment=now())
    claim = store.claim(now())
    db.session.execute(update(LoginMail).values(due_at=now()))
    store.settle(claim, sent_at=now())
    assert store.any_due(now())


def test_a_new_password_is_told_to_whose_it_is(portal, sent):
    users.set_password(portal.user("Owner").email, "another passphrase")
    (mail,) = sent()
    assert mail["Subject"] == "Your password was changed"
    assert "another passphrase" not in mail.as_string()


def test_a_link_for_a_forgotten_password_works_once(portal, sent):
    passwords.ask_for_reset(portal.user("Owner").email.upper())
    (mail,) = sent()
    text = mail.get_body(("plain",)).get_content()
    token = next(line for line in text.splitlines() if "/password/" in line).rpartition("/")[2]
    assert passwords.user_of_link(token).id == portal.cast.users["Owner"]
    passwords.reset(token, "a third passphrase", "a third passphrase")
    with pytest.raises(passwords.Refused):
        passwords.user_of_link(token)


def test_a_link_asked_for_again_at_once_comes_two_minutes_later(portal, sent):
    for _ in range(3):
        passwords.ask_for_reset(portal.user("Owner").email)
        sent()
    assert len(sent()) == 1
    let_pass(2 * MINUTE)
    assert len(sent()) == 2


@pytest.mark.parametrize("email", ["nobody@nordlicht.example", "owner\0@nordlicht.example", ""])
def test_nobody_gets_a_link_who_does_not_log_in(portal, sent, email):
    passwords.ask_for_reset(email)
    assert sent() == []


def test_the_outbox_holds_no_words_and_no_link(portal):
    passwords.ask_for_reset(portal.user("Owner").email)
    portal.attention("a secret reason")
    with across_portals():
        rows = [
            str(row)
            for table in (NoticeMail, LoginMail)
            for row in db.session.execute(select(table.__table__))
        ]
    assert rows and not any("reason" in row or "password/" in row for row in rows)


def test_a_notice_takes_its_mails_with_it(portal):
    portal.ended(failed=1)
    let_pass(91 * DAY)
    portal.attention()
    with inside(portal.portal_id):
        assert db.session.scalar(select(func.count()).select_from(NoticeMail)) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Zoho\r\nBcc: all@example.com", "Zoho Bcc: all@example.com"),
        ("a\u202egnp.exe\x00\x1b[31m", "a gnp.exe [31m"),
        ("  Müller \u2028 & Söhne  ", "Müller & Söhne"),
        ("x" * 500, "x" * 149 + "…"),
    ],
)
def test_a_subject_is_one_line_of_what_can_be_seen(text, line):
    assert in_one_line(text) == line


def test_a_providers_words_make_no_header(portal, sent):
    with inside(portal.portal_id):
        notices.tell(
            portal.portal_id,
            "connection.attention",
            portal.connection_id,
            {"label": "Ledgerly\r\nBcc: all@example.com", "reason": ""},
        )
        db.session.commit()
    (mail,) = sent()
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("Ledgerly Bcc: all@example.com needs attention")
