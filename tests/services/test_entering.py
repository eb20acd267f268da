"""What stands in for credentials left blank: those kept with the connection, or the operator's."""

from dataclasses import replace

import pytest

from tests.mirror_world import BOOKS
from webapp.extensions import db
from webapp.services import entering
from webapp.services.credentials import seal_credentials
from webapp.services.errors import Invalid
from webapp.store.columns import new_id
from webapp.store.connections import Connection

OPERATORS = {"client_id": "1000.OPERATOR", "client_secret": "the operator's secret"}
KEPT = {"client_id": "1000.KEPT", "client_secret": "the kept secret", "refresh_token": "never told"}
TYPED = {"client_id": "1000.TYPED", "client_secret": "the typed secret"}


@pytest.fixture
def operator(mirror_app):
    """Let the operator have a client for Books."""
    settings = mirror_app.config["TANDEM"]
    mirror_app.config["TANDEM"] = replace(settings, client_credentials={"books": OPERATORS})
    yield
    mirror_app.config["TANDEM"] = settings


def kept(place, **changed):
    """Make a connection that keeps credentials."""
    row = Connection(portal_id=place.portal_id, id=new_id(), provider="books", region="eu", state="attention")
    row.credentials = seal_credentials(place.portal_id, row.id, KEPT | changed)
    db.session.add(row)
    db.session.commit()
    return row


def test_what_is_typed_is_taken(place, operator):
    assert entering.entered(BOOKS, kept(place), TYPED) == TYPED


def test_the_operators_client_stands_in_when_nothing_is_typed(place, operator):
    assert entering.entered(BOOKS, None, {"client_id": " ", "client_secret": ""}) == OPERATORS
    assert entering.stand_ins(BOOKS, None) == {"client_id": "operator", "client_secret": "operator"}


def test_what_the_connection_keeps_comes_before_the_operators(place, operator):
    connection = kept(place)
    assert entering.entered(BOOKS, connection, {}) == {name: KEPT[name] for name in TYPED}
    assert set(entering.stand_ins(BOOKS, connection).values()) == {"kept"}


def test_an_operator_who_renewed_the_secret_of_the_kept_client_knows_best(place, operator):
    connection = kept(place, client_id=OPERATORS["client_id"])
    assert entering.entered(BOOKS, connection, {})["client_secret"] == OPERATORS["client_secret"]


def test_a_secret_never_stands_in_beside_another_client(place, operator):
    with pytest.raises(Invalid) as caught:
        entering.entered(BOOKS, kept(place), {"client_id": "1000.TYPED"})
    assert caught.value.field == "client_secret"


def test_a_secret_stands_in_beside_the_client_it_belongs_to(place, operator):
    own = {"client_id": OPERATORS["client_id"]}
    assert entering.entered(BOOKS, kept(place), own) == OPERATORS


def test_nothing_stands_in_where_nobody_set_anything(place):
    assert entering.stand_ins(BOOKS, None) == {}
    with pytest.raises(Invalid) as caught:
        entering.entered(BOOKS, None, {})
    assert caught.value.field == "client_id"


def test_what_is_kept_under_a_lost_key_has_to_be_entered_again(place):
    connection = kept(place)
    connection.credentials = connection.credentials[:-4] + "AAAA"
    db.session.commit()
    assert entering.stand_ins(BOOKS, connection) == {}
