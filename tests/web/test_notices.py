"""Notices in the portal: the bell, the list, and what is read by being looked at."""

from __future__ import annotations

import re

import pytest

from tests.telling import Portal, telling_app
from tests.web.people import browser_of, token_on
from webapp.services import notices
from webapp.store.portals import membership_of
from webapp.walls import inside


@pytest.fixture(scope="module")
def module_app(module_database_url, redis_url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mail") / "outbox"
    with telling_app(module_database_url, redis_url, folder) as made:
        yield made


@pytest.fixture
def portal(app):
    with app.app_context():
        return Portal.new()


@pytest.fixture
def browse(app, portal):
    """Open pages of the portal as somebody: ``browse("Owner")("notices/")``."""

    def of(profile):
        client = browser_of(app, portal.cast.users[profile])

        def get(path, **options):
            return client.get(f"/p/{portal.cast.portal_key}/{path}", **options)

        get.post = lambda path, **data: client.post(
            f"/p/{portal.cast.portal_key}/{path}",
            data={"csrf_token": token_on(get("notices/").text), **data},
            follow_redirects=True,
        )
        return get

    return of


@pytest.fixture
def attention(app, portal):
    with app.app_context():
        portal.attention()


def ids(app, portal, profile="Owner"):
    with app.app_context(), inside(portal.portal_id):
        place = membership_of(portal.cast.users[profile], portal.portal_id)
        return [notice.id for notice in notices.unread(place)]


def rung(page):
    """What the bell in the navigation says."""
    found = re.search(r'<span class="side-n">(\d+\+?)<span class="visually-hidden"> unread', page.text)
    return found[1] if found else ""


def test_the_bell_counts_what_was_not_read(app, portal, browse, attention):
    with app.app_context():
        portal.ended(failed=2, created=1)
    assert rung(browse("Owner")("connections/")) == "2"
    assert rung(browse("Employee")("")) == ""


def test_a_phone_has_the_bell_in_its_bar_with_the_count_in_words(browse, attention):
    assert 'aria-label="Notices, 1 unread"' in browse("Owner")("connections/").text


def test_looking_at_what_a_notice_is_about_reads_it(app, portal, browse, attention):
    owner = browse("Owner")
    shown = owner(f"connections/{portal.connection_id}")
    assert shown.status_code == 200
    assert rung(shown) == ""
    assert ids(app, portal) == []


def test_a_fragment_of_that_page_reads_nothing(app, portal, browse, attention):
    browse("Owner")(f"connections/{portal.connection_id}", headers={"HX-Request": "true"})
    assert len(ids(app, portal)) == 1


def test_a_notice_leads_to_what_it_is_about_and_is_read(app, portal, browse, attention):
    (notice_id,) = ids(app, portal)
    answer = browse("Owner")(f"notices/{notice_id}")
    assert (answer.status_code, answer.location.rpartition("/")[2]) == (303, str(portal.connection_id))
    assert ids(app, portal) == []


def test_the_summary_of_an_import_reads_its_notice(app, portal, browse):
    with app.app_context():
        portal.ended(by="Owner", created=3, contacts=1)
    assert rung(browse("Owner")("client-users/")) == ""
    assert ids(app, portal) == []


def test_the_list_shows_what_was_not_read_and_all_of_it_on_demand(app, portal, browse, attention):
    owner = browse("Owner")
    assert "Ledgerly needs attention" in owner("notices/").text
    page = owner.post("notices/read").text
    assert "Nothing new." in page and "Ledgerly needs attention" not in page
    assert "Ledgerly needs attention" in owner("notices/?show=all").text


def test_one_notice_is_marked_read_and_unread(app, portal, browse, attention):
    owner, (notice_id,) = browse("Owner"), ids(app, portal)
    owner.post(f"notices/{notice_id}/read")
    assert ids(app, portal) == []
    page = owner.post(f"notices/{notice_id}/unread", show="all")
    assert ids(app, portal) == [notice_id]
    assert page.request.args["show"] == "all"


def test_solved_trouble_stands_in_the_list_as_solved(app, portal, browse, attention):
    with app.app_context():
        portal.solved()
    page = browse("Owner")("notices/?show=all").text
    assert "Connected again." in page
    assert rung(browse("Owner")("notices/")) == ""


def test_an_empty_list_says_what_will_stand_there(browse):
    assert "Nothing new." in browse("Employee")("notices/").text
    assert "Nothing was told yet." in browse("Employee")("notices/?show=all").text


@pytest.mark.parametrize("path", ["", "/read", "/unread"])
def test_a_notice_of_others_is_not_there(app, portal, browse, attention, path):
    (notice_id,) = ids(app, portal)
    plain = browse("Employee")
    answer = plain.post(f"notices/{notice_id}{path}") if path else plain(f"notices/{notice_id}")
    assert answer.status_code == 404


def test_a_long_list_has_pages(app, portal, browse):
    with app.app_context():
        for number in range(notices.PAGE_SIZE + 1):
            portal.attention_of(number)
    owner = browse("Owner")
    assert owner("notices/?show=all").text.count('class="told ') == notices.PAGE_SIZE
    assert owner("notices/?show=all&page=2").text.count('class="told ') == 1


@pytest.mark.parametrize("number", ["0", "-3", "99999999999", "x"])
def test_a_page_that_is_not_there_breaks_nothing(browse, attention, number):
    assert browse("Owner")(f"notices/?show=all&page={number}").status_code == 200


def test_words_of_a_provider_stay_words(app, portal, browse):
    with app.app_context():
        portal.attention("<script>alert(1)</script>")
    page = browse("Owner")("notices/").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
