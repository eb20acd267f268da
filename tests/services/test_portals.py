"""Portals and the people in them."""

import pytest
from flask_security import Security, SQLAlchemyUserDatastore

from tests.portal_world import portal_app
from webapp.extensions import db
from webapp.services import portals
from webapp.services.errors import Invalid, NotFound, Refused
from webapp.store.portals import User, membership_of


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        made.config |= {"SECRET_KEY": "for tests", "SECURITY_PASSWORD_SALT": "salt"}
        Security(made, SQLAlchemyUserDatastore(db, User, None), register_blueprint=False)
        yield made


@pytest.fixture
def portal(as_owner, module_database_url):
    made = portals.add_portal("nordlicht", "Nordlicht", currency="SEK", country="SE")
    yield made
    db.session.rollback()
    with as_owner(module_database_url) as owner:
        owner.execute("DELETE FROM portal WHERE id = %s", [made.id])


def test_starts_with_four_profiles(portal):
    user = portals.add_user(
        portal.id, "ada@nordlicht.example", "Ada", password="long enough for all", profile="Manager"
    )
    held = membership_of(user.id, portal.id).profile
    assert (held.name, held.allows("clients.add"), held.allows("users")) == ("Manager", True, False)
    assert user.password != "long enough for all"
    assert portals.portal("nordlicht").currency == "SEK"


@pytest.mark.parametrize(
    ("key", "name", "field"),
    [("nordlicht", "x", "key"), ("No Way", "x", "key"), ("", "x", "key"), ("new", " ", "name")],
)
def test_refuses_a_portal_that_cannot_be(portal, key, name, field):
    with pytest.raises(Invalid) as refused:
        portals.add_portal(key, name)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"name": ""}, "name"),
        ({"password": "short"}, "password"),
        ({"profile": "King"}, "profile"),
    ],
)
def test_refuses_a_user_that_cannot_be(portal, change, field):
    user = {
        "email": "eve@nordlicht.example",
        "name": "Eve",
        "password": "long enough for all",
        "profile": "Owner",
    }
    with pytest.raises(Invalid) as refused:
        portals.add_user(portal.id, **(user | change))
    assert refused.value.field == field


def test_gives_a_person_one_place_in_a_portal(portal):
    first = portals.add_user(portal.id, "bo@nordlicht.example", "Bo", password=None)
    with pytest.raises(Invalid):
        portals.add_user(portal.id, "BO@nordlicht.example", "Bo again", password=None)
    other = portals.add_portal("other", "Other")
    assert portals.add_user(other.id, "bo@nordlicht.example", "Bo", password=None).id == first.id


def test_keeps_an_owner(portal):
    owner = portals.add_user(portal.id, "cy@nordlicht.example", "Cy", password=None, profile="Owner")
    with pytest.raises(Refused):
        portals.set_profile(portal.id, owner.id, "Employee")
    portals.add_user(portal.id, "di@nordlicht.example", "Di", password=None, profile="Owner")
    portals.set_profile(portal.id, owner.id, "Employee")
    db.session.expire_all()
    assert membership_of(owner.id, portal.id).profile.name == "Employee"


def test_knows_no_other_portals():
    with pytest.raises(NotFound):
        portals.portal("nowhere")
