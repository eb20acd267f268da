"""Connections are called after their provider, and told apart where a portal has two of it."""

from tests.mirror_world import MAIN, SECOND
from webapp.services import connection_views, connections
from webapp.services.labels import actor_label, provider_label


def test_a_connection_that_is_alone_is_called_after_its_provider(place, connection_id):
    assert provider_label(place.portal_id, connection_id) == "Ledgerly"
    assert actor_label(place.portal_id, f"provider:{connection_id}") == "Ledgerly"


def test_two_of_one_provider_bear_their_organizations_until_the_end(place, there):
    there.organizations = [MAIN, SECOND]
    first, second = (place.connect(organization_id=each.id) for each in (MAIN, SECOND))
    connections.disconnect(place.portal_id, second, user_id=place.user_id)
    assert provider_label(place.portal_id, first) == "Ledgerly (Nordlicht Studio)"
    shown = connection_views.view(place.portal_id, second)
    assert (shown.label, shown.product) == ("Ledgerly (Nordlicht Inc.)", "Ledgerly")


def test_what_other_portals_are_connected_to_is_no_reason(place, connection_id):
    type(place).new().connect()
    assert provider_label(place.portal_id, connection_id) == "Ledgerly"
