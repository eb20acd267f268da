"""Notices: one for each matter, heard by who may and wants to, and over when the matter is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.mirror_world import MAIN
from tests.telling import REASON, Portal, let_pass, telling_app
from webapp.extensions import db
from webapp.sdk import Fatal, RateLimited, Unavailable
from webapp.services import authorizing, connections, notices
from webapp.services.credentials import KeptCredentials
from webapp.services.errors import NotFound
from webapp.services.look import look
from webapp.services.notice_kinds import KINDS
from webapp.services.reader import reader_of
from webapp.store.connections import Connection
from webapp.store.notices import KEPT, MAIL, PORTAL, Notice
from webapp.walls import inside

HOUR = 3600.0


@pytest.fixture(scope="module")
def app(module_database_url, redis_url):
    with telling_app(module_database_url, redis_url, None) as made, made.app_context():
        yield made


@pytest.fixture
def portal(app):
    yield Portal.new()
    db.session.rollback()


def only(portal, profile="Owner"):
    """The one notice there is, as somebody reads it."""
    with inside(portal.portal_id):
        found = notices.page(portal.member(profile), reader_of(None), only_unread=False, number=1)
    (row,) = found.rows
    return row


def set_wanted(portal, profile, **wishes):
    notices.set_wanted(portal.cast.users[profile], wishes)


def test_repeated_trouble_is_one_notice(portal):
    for _ in range(3):
        portal.attention()
    assert portal.heard("Owner") == ["connection.attention"]
    assert only(portal).times == 3


def test_those_who_look_after_connections_hear_of_them_and_nobody_else(portal):
    portal.attention()
    assert [profile for profile in portal.cast.users if portal.heard(profile)] == ["Owner"]


def test_who_is_not_to_see_a_notice_does_not_find_it(portal):
    portal.attention()
    with inside(portal.portal_id):
        notice = notices.unread(portal.member("Owner"))[0]
        assert notices.find(portal.member("Owner"), notice.id) is notice
        with pytest.raises(NotFound):
            notices.find(portal.member("Employee"), notice.id)


def test_portals_hear_only_their_own(portal):
    other = Portal.new()
    other.attention()
    assert other.heard("Owner") and not portal.heard("Owner")


def test_solved_trouble_rings_no_longer_and_says_so(portal):
    portal.attention()
    portal.solved()
    assert portal.heard("Owner") == []
    assert only(portal).solved == "Connected again."


def test_trouble_that_comes_back_rings_again(portal):
    portal.attention()
    with inside(portal.portal_id):
        notices.mark_read(portal.member("Owner"))
    portal.solved()
    portal.attention("Ledgerly wants another password.")
    assert portal.heard("Owner") == ["connection.attention"]
    assert "another password" in only(portal).words.text
    assert (only(portal).times, only(portal).solved) == (2, "")


def test_trouble_that_goes_on_rings_anew_after_a_day_and_not_before(portal):
    portal.attention()
    with inside(portal.portal_id):
        notices.mark_read(portal.member("Owner"))
    portal.attention()
    assert portal.heard("Owner") == []
    let_pass(timedelta(hours=25))
    portal.attention()
    assert portal.heard("Owner") == ["connection.attention"]


def test_reading_is_each_persons_own(portal):
    portal.ended(failed=2, created=1, contacts=0)
    with inside(portal.portal_id):
        notices.mark_read(portal.member("Owner"))
    assert portal.heard("Owner") == []
    assert portal.heard("Manager") == ["run.failed"]


def test_what_was_read_can_be_unread_again(portal):
    portal.attention()
    with inside(portal.portal_id):
        owner = portal.member("Owner")
        (notice,) = notices.unread(owner)
        notices.mark_read(owner, among=[notice.id])
        assert notices.unread(owner) == []
        notices.mark_unread(owner, notice.id)
        assert notices.unread(owner) == [notice]


def test_a_kind_switched_off_is_not_heard_in_the_portal(portal):
    set_wanted(portal, "Owner", **{"connection.attention": [MAIL]})
    portal.attention()
    assert portal.heard("Owner") == []
    set_wanted(portal, "Owner", **{"connection.attention": [PORTAL, MAIL]})
    assert portal.heard("Owner") == ["connection.attention"]


def test_switching_one_way_leaves_the_other_as_it_was(portal):
    user_id = portal.cast.users["Owner"]
    set_wanted(portal, "Owner", **{"run.failed": [PORTAL]})
    notices.set_wanted(user_id, {"run.failed": []}, ways=(PORTAL,))
    assert notices.wanted(user_id)["run.failed"] == {PORTAL: False, MAIL: False}


def test_who_started_an_import_hears_that_it_finished(portal):
    portal.ended(created=18, merged=1, cloned=1, contacts=52)
    assert portal.heard("Manager") == ["run.finished"]
    assert portal.heard("Owner") == []
    assert only(portal, "Manager").words.text == "Run 7: 20 customers imported. 52 contacts came along."


def test_a_failed_import_is_told_once_to_who_started_it_and_to_those_who_look_after_connections(portal):
    portal.ended(created=17, failed=3, contacts=40)
    assert portal.heard("Manager") == portal.heard("Owner") == ["run.failed"]
    assert only(portal).words.title == "3 customers could not be imported from Ledgerly"


def test_an_import_of_which_nothing_arrived_failed_as_a_whole(portal):
    portal.ended(failed=3)
    assert only(portal).words.title == "An import from Ledgerly failed"


def test_customers_that_came_only_partly_are_told_like_those_that_failed(portal):
    portal.ended(created=20, partly=2, changed=1, contacts=9)
    assert portal.heard("Owner") == ["run.failed"]
    assert only(portal).words.title == "2 customers came only partly from Ledgerly"
    assert only(portal).words.text.endswith(
        "2 came only partly. 1 changed meanwhile and can be looked at again."
    )


def test_numbers_in_a_notice_are_written_for_who_reads_it(portal):
    portal.ended(created=12_345, contacts=20_000)
    manager = portal.user("Manager")
    manager.locale = "de_DE"
    with inside(portal.portal_id):
        (notice,) = notices.unread(portal.member("Manager"))
        assert "12.345 customers" in notices.words_of(notice, reader_of(manager)).text


def test_a_notice_is_not_written_when_what_it_tells_of_is_not(portal):
    with inside(portal.portal_id):
        notices.tell_attention(portal.connection(), REASON)
        db.session.rollback()
    assert portal.heard("Owner") == []


def test_losing_the_authorisation_is_told_until_the_connection_is_settled_again(portal):
    with inside(portal.portal_id):
        connections.needs_attention(portal.connection_id, REASON)
    assert only(portal).words.text.startswith(REASON)
    with inside(portal.portal_id):
        authorizing.settle(portal.connection(), MAIN, "sealed", user_id=portal.cast.users["Owner"])
        db.session.commit()
    assert portal.heard("Owner") == []


def test_secrets_that_cannot_be_opened_are_told_as_such(portal):
    with inside(portal.portal_id):
        connections.needs_attention(portal.connection_id, "No key 1.", keys=True)
    assert portal.heard("Owner") == ["connection.keys"]


def test_the_days_calls_are_told_until_work_goes_on(portal):
    with inside(portal.portal_id):
        connections.pause(portal.connection_id, RateLimited("spent", scope="day", after=5 * HOUR))
    assert portal.heard("Owner") == ["limits.day"]
    with inside(portal.portal_id):
        connections.went_well(portal.connection())
        db.session.commit()
    assert portal.heard("Owner") == []
    assert only(portal).solved == "There are calls again."


@pytest.mark.parametrize(("seconds", "heard"), [(60.0, []), (HOUR, ["limits.pause"])])
def test_only_a_long_pause_is_told(portal, seconds, heard):
    with inside(portal.portal_id):
        connections.pause(portal.connection_id, Unavailable("Ledgerly does not answer.", after=seconds))
    assert portal.heard("Owner") == heard


def test_ending_a_connection_ends_what_was_told_of_it(portal):
    portal.attention()
    with inside(portal.portal_id):
        connections.disconnect(portal.portal_id, portal.connection_id, user_id=portal.cast.users["Owner"])
    assert portal.heard("Owner") == []
    assert only(portal).solved == "The connection was ended."


def test_old_notices_are_forgotten(portal):
    portal.ended(created=1, contacts=0)
    let_pass(KEPT + timedelta(days=1))
    portal.attention()
    with inside(portal.portal_id):
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 1


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_has_words_and_every_trouble_an_end(kind):
    assert kind.label and kind.hint and kind.action
    assert bool(kind.solved) == (kind.about != "run")


def test_a_look_that_cannot_open_the_secrets_says_so(place, there):
    connection_id = place.connect()
    broken = update(Connection).where(Connection.id == connection_id).values(credentials="gone:AAAA")
    with inside(place.portal_id):
        db.session.execute(broken)
        db.session.commit()
        with pytest.raises(Fatal) as refusal:
            KeptCredentials(place.portal_id, connection_id).load()
        there.fails["probe"] = [refusal.value]
        look(connection_id, interactive=False)
        assert db.session.scalars(select(Notice.kind)).all() == ["connection.keys"]
