"""Connecting: consent and back, the choice of an organization, and what can go wrong on the way."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import current_app
from sqlalchemy import func, select, text, update

from tests.mirror_world import MAIN, SECOND, Place, connection, mirrored, named, until_done
from webapp.extensions import db
from webapp.providers import Registry
from webapp.sdk import AuthorizationDenied, AuthorizationLost, Fatal, RetryLater
from webapp.sdk.provider import asks_nobody
from webapp.services import connecting, connection_views, connections
from webapp.services.connections import find
from webapp.services.credentials import KeptCredentials
from webapp.services.errors import Conflict, Invalid, NotFound, Refused
from webapp.services.look import look
from webapp.store.columns import new_id
from webapp.store.connections import ConnectAttempt, Connection

SECRET = "a secret nobody reads"
KEYS_ALONE = dict.fromkeys(("authorize_url", "read_callback", "exchange"), asks_nobody)


def begin(place, **options):
    asked = {"provider": "ledgerly", "region": "eu", "credentials": {"client_secret": SECRET}} | options
    return connecting.begin(
        place.portal_id,
        place.user_id,
        redirect_uri="https://portal.example/callback",
        session_digest="session",
        **asked,
    )


def state_of(begun):
    return parse_qs(urlsplit(begun.address).query)["state"][0]


def finish(place, state, **params):
    return connecting.finish(
        state=state, params={"code": "c1"} | params, user_id=place.user_id, session_digest="session"
    )


def connect(place, **options):
    begun = begin(place, **options)
    finish(place, state_of(begun))
    look(begun.connection_id, interactive=True)
    return begun.connection_id


def choosing(place, there):
    there.organizations = [MAIN, SECOND]
    return connect(place)


def test_leads_to_the_providers_consent_page(place):
    address = begin(place).address
    assert address.startswith("https://eu.ledgerly.example/consent?state=")
    assert len(address.split("state=")[1]) >= 43


def test_consent_ends_in_a_connection_to_the_only_organization(place):
    connection_id = connect(place)
    made = connection(connection_id)
    assert (made.state, made.organization_id, made.organization_key) == ("connected", "1", "ledgerly:1")
    assert (made.organization_name, made.currency, made.time_zone) == (
        "Nordlicht Studio",
        "EUR",
        "Europe/Berlin",
    )
    assert made.connected_by == place.user_id


def test_an_attempt_that_is_repeated_leaves_one_connection(place):
    begin(place)
    begin(place)
    assert begin(place).connection_id == begin(place).connection_id


def test_nothing_secret_is_readable_in_the_database(place):
    begun = begin(place)
    finish(place, state_of(begun))
    [sealed] = db.session.scalars(
        select(ConnectAttempt.grant).where(ConnectAttempt.portal_id == place.portal_id)
    )
    look(begun.connection_id, interactive=True)
    stored = sealed + connection(begun.connection_id).credentials
    assert SECRET not in stored
    assert "c1" not in stored.split(":")


def test_no_attempt_is_left_behind(place):
    connect(place)
    left = select(func.count()).select_from(ConnectAttempt).where(ConnectAttempt.portal_id == place.portal_id)
    assert db.session.scalar(left) == 0


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"session_digest": "another"}, "another session"),
        ({"user_id": new_id()}, "another session"),
        ({"portal_ids": [new_id()]}, "not allow connecting any more"),
        ({"state": "guessed"}, "begun here"),
    ],
)
def test_an_answer_that_is_not_theirs_is_refused(place, changed, words):
    begun = begin(place)
    own = {"state": state_of(begun), "user_id": place.user_id, "session_digest": "session"}
    with pytest.raises(Refused, match=words):
        connecting.finish(params={"code": "c1"}, **own | changed)
    assert connection(begun.connection_id).state == "new"
    assert finish(place, state_of(begun)).connection_id == begun.connection_id


def test_an_answer_counts_once(place):
    begun = begin(place)
    finish(place, state_of(begun))
    with pytest.raises(Refused, match="already"):
        finish(place, state_of(begun))
    look(begun.connection_id, interactive=True)
    with pytest.raises(Refused):
        finish(place, state_of(begun))
    assert connection(begun.connection_id).state == "connected"


def test_an_answer_after_ten_minutes_is_refused(place):
    begun = begin(place)
    db.session.execute(update(ConnectAttempt).values(expires_at=func.now() - text("interval '1 second'")))
    db.session.commit()
    with pytest.raises(Refused, match="10 minutes"):
        finish(place, state_of(begun))
    assert connection(begun.connection_id).state == "new"


def test_a_no_at_the_provider_changes_nothing(place):
    begun = begin(place)
    with pytest.raises(Refused, match="declined at Ledgerly"):
        finish(place, state_of(begun), error="access_denied")
    assert connection(begun.connection_id).state == "new"
    with pytest.raises(Refused):
        finish(place, state_of(begun))


@pytest.mark.parametrize("entered", ["", "   ", "two\nlines", "x" * 2000])
def test_a_credential_that_cannot_be_one_names_its_field(place, entered):
    with pytest.raises(Invalid) as caught:
        begin(place, credentials={"client_secret": entered})
    assert caught.value.field == "client_secret"
    assert "client secret" in caught.value.reason


def test_unknown_providers_regions_and_connections_are_refused(place):
    with pytest.raises(Refused):
        begin(place, provider="nobody")
    with pytest.raises(Invalid):
        begin(place, region="moon")
    with pytest.raises(NotFound):
        begin(place, connection_id=new_id())
    foreign = Place.new().connect()
    with pytest.raises(NotFound):
        begin(place, connection_id=foreign)


def test_the_callback_may_name_another_region(place):
    begun = begin(place)
    finish(place, state_of(begun), region="us")
    look(begun.connection_id, interactive=True)
    assert connection(begun.connection_id).region == "us"


def test_several_organizations_are_offered(place, there):
    view = connection_views.view(place.portal_id, choosing(place, there))
    assert view.state == "choosing"
    assert [(choice.id, choice.name, choice.taken_by) for choice in view.choices] == [
        ("1", "Nordlicht Studio", ""),
        ("2", "Nordlicht Inc.", ""),
    ]


def test_the_organization_chosen_is_connected(place, there):
    connection_id = choosing(place, there)
    connecting.choose_organization(place.portal_id, connection_id, "2", user_id=place.user_id)
    assert connection(connection_id).organization_name == "Nordlicht Inc."
    connecting.choose_organization(place.portal_id, connection_id, "2", user_id=place.user_id)
    with pytest.raises(Conflict):
        connecting.choose_organization(place.portal_id, connection_id, "1", user_id=place.user_id)


def test_an_organization_that_was_not_offered_cannot_be_chosen(place, there):
    connection_id = choosing(place, there)
    with pytest.raises(Invalid):
        connecting.choose_organization(place.portal_id, connection_id, "3", user_id=place.user_id)
    with pytest.raises(NotFound):
        connecting.choose_organization(Place.new().portal_id, connection_id, "1", user_id=None)
    assert connection(connection_id).state == "choosing"


def test_one_organization_is_connected_once(place, there):
    place.connect()
    connection_id = choosing(place, there)
    view = connection_views.view(place.portal_id, connection_id)
    assert [choice.taken_by for choice in view.choices] == ["Ledgerly", ""]
    with pytest.raises(Refused, match="Nordlicht Studio already, through Ledgerly"):
        connecting.choose_organization(place.portal_id, connection_id, "1", user_id=place.user_id)
    assert connection(connection_id).state == "choosing"


def test_a_second_connection_to_the_only_organization_says_why_not(place):
    place.connect()
    second = connection_views.view(place.portal_id, connect(place))
    assert second.state == "attention"
    assert "connected to Nordlicht Studio already" in second.words


def test_another_portal_may_connect_the_same_organization(place):
    place.connect()
    assert connection(connect(Place.new())).state == "connected"


def test_an_organization_connected_before_is_to_be_reconnected(place):
    first = place.connect()
    connections.disconnect(place.portal_id, first, user_id=place.user_id)
    assert "press Reconnect" in connection_views.view(place.portal_id, connect(place)).words


def test_reconnecting_takes_the_mirror_up_again(place, there):
    with there.directory.behind() as behind:
        behind.create_customer(named("Arc"))
    first = place.connect()
    until_done(lambda: look(first, interactive=False))
    cursor = connection(first).cursor
    connections.disconnect(place.portal_id, first, user_id=place.user_id)
    begun = begin(place, connection_id=first)
    finish(place, state_of(begun))
    look(first, interactive=True)
    again = connection(first)
    assert (again.state, again.id, again.cursor) == ("connected", first, cursor)
    assert [row.name for row in mirrored(first).values()] == ["Arc"]


def test_reconnecting_keeps_the_credentials_left_blank(place, there):
    connection_id = connect(place)
    connections.needs_attention(connection_id, "lost")
    begun = begin(place, connection_id=connection_id, credentials={"client_secret": ""})
    finish(place, state_of(begun))
    look(connection_id, interactive=True)
    connections.disconnect(place.portal_id, connection_id, user_id=place.user_id)
    assert there.revoked[0]["client_secret"] == SECRET


@pytest.fixture
def keyed(there):
    """The provider is let in by a key alone."""
    current_app.extensions["tandem_providers"] = Registry([replace(there.provider(), **KEYS_ALONE)])
    return there


def key_of(connection_id):
    """Open what is kept of a connection's credentials."""
    row = connection(connection_id)
    return KeptCredentials(row.portal_id, row.id).load()[1]["client_secret"]


def with_key(place, key, connection_id=None):
    """Connect with a key, as far as a worker."""
    begun = begin(place, credentials={"client_secret": key}, connection_id=connection_id)
    look(begun.connection_id, interactive=True)
    return begun


def test_a_key_is_tried_by_a_worker_without_anybodys_consent(place, keyed):
    begun = begin(place)
    assert (begun.address, keyed.asked) == ("", [])
    assert connection(begun.connection_id).state == "authorizing"
    look(begun.connection_id, interactive=True)
    made = connection(begun.connection_id)
    assert (made.state, made.organization_name) == ("connected", "Nordlicht Studio")
    assert "exchange" not in keyed.asked
    assert SECRET not in made.credentials
    assert key_of(begun.connection_id) == SECRET


def test_a_key_that_does_not_fit_says_so_and_leaves_what_worked(place, keyed):
    keyed.fails["organizations"] = [AuthorizationLost("This key is not known.")]
    refused = connection(with_key(place, "wrong").connection_id)
    assert (refused.state, refused.attention) == ("attention", "This key is not known.")
    well = with_key(place, "right").connection_id
    keyed.fails["organizations"] = [AuthorizationLost("This key is not known.")]
    with_key(place, "wrong", well)
    assert (connection(well).state, key_of(well)) == ("connected", "right")


def test_a_key_is_replaced_by_reconnecting_and_stays_where_none_is_typed(place, keyed):
    made = with_key(place, "first").connection_id
    with_key(place, "second", made)
    assert key_of(made) == "second"
    with_key(place, "", made)
    assert (key_of(made), connection(made).state) == ("second", "connected")
    connections.disconnect(place.portal_id, made, user_id=place.user_id)
    assert connection(made).credentials == ""


def test_reconnecting_to_another_organization_is_refused_and_the_old_one_works_on(place, there):
    connection_id = connect(place)
    there.organizations = [SECOND]
    begun = begin(place, connection_id=connection_id)
    finish(place, state_of(begun))
    look(connection_id, interactive=True)
    view = connection_views.view(place.portal_id, connection_id)
    assert (view.state, view.organization_name) == ("connected", "Nordlicht Studio")
    assert "Nordlicht Inc." in view.notice


@pytest.mark.parametrize(
    "error", [Fatal("The secret is wrong."), AuthorizationDenied("The secret is wrong.")]
)
def test_a_code_that_is_refused_ends_in_words(place, there, error):
    there.fails = {"exchange": [error]}
    view = connection_views.view(place.portal_id, connect(place))
    assert (view.state, view.words) == ("attention", "Ledgerly is not connected: The secret is wrong.")


def test_no_usable_organization_ends_in_words(place, there):
    there.organizations = []
    assert "belongs to no organization" in connection_views.view(place.portal_id, connect(place)).words


def awake(connection_id):
    db.session.execute(update(Connection).where(Connection.id == connection_id).values(paused_until=None))
    db.session.commit()


@pytest.mark.parametrize(("failing", "exchanges"), [("exchange", 2), ("organizations", 1)])
def test_a_provider_that_does_not_answer_is_asked_again_with_what_it_gave(place, there, failing, exchanges):
    begun = begin(place)
    finish(place, state_of(begun))
    there.fails = {failing: [RetryLater("busy")]}
    look(begun.connection_id, interactive=True)
    assert connection(begun.connection_id).state == "authorizing"
    awake(begun.connection_id)
    look(begun.connection_id, interactive=True)
    assert connection(begun.connection_id).state == "connected"
    assert there.asked.count("exchange") == exchanges


def test_after_ten_minutes_without_an_answer_it_is_given_up(place, there):
    begun = begin(place)
    finish(place, state_of(begun))
    db.session.execute(update(ConnectAttempt).values(used_at=func.now() - text("interval '11 minutes'")))
    db.session.commit()
    there.fails = {"exchange": [RetryLater("Ledgerly is being repaired.")]}
    look(begun.connection_id, interactive=True)
    assert connection(begun.connection_id).state == "attention"


def test_the_command_line_connects_at_once(place):
    made = find(place.portal_id, place.connect())
    assert (made.state, made.organization_name) == ("connected", "Nordlicht Studio")


def test_the_command_line_names_the_organizations_to_choose_from(place, there):
    there.organizations = [MAIN, SECOND]
    with pytest.raises(Invalid, match=r"Nordlicht Studio \(1\), Nordlicht Inc. \(2\)"):
        place.connect()
    assert connection(place.connect(organization_id="2")).organization_id == "2"


def test_the_command_line_takes_up_what_was_disconnected(place):
    first = place.connect()
    connections.disconnect(place.portal_id, first, user_id=None)
    assert place.connect() == first
    with pytest.raises(Refused):
        place.connect()
