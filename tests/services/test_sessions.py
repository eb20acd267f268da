"""Sessions kept on the server."""

import pytest

from tests.portal_world import World, portal_app
from webapp.extensions import db
from webapp.services import sessions
from webapp.services.sessions import SessionData
from webapp.store.portals import User


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


def test_finds_what_was_kept():
    user = db.session.get_one(User, World.new().user_id)
    token = sessions.keep(SessionData(user=user, data={"portal": "nordlicht"}))
    found = sessions.find(token)
    found.data["portal"] = "südwind"
    sessions.keep(found)
    assert (sessions.find(token).data, sessions.find(token).user) == ({"portal": "südwind"}, user)


def test_a_request_under_way_does_not_bring_back_a_session_that_was_ended():
    token = sessions.keep(SessionData())
    under_way = sessions.find(token)
    sessions.forget(token)
    sessions.keep(under_way)
    assert sessions.find(token) is None
