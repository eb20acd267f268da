"""How many calls a first mirror costs: the figures the plugin has to reach."""

from __future__ import annotations

import pytest

from plugins.books.hooks import tandem_provider
from tests.plugins.zoho_world import contact_pages, customer_pages


def first_mirror(world):
    """Read all that a portal reads of an organization it has just been connected to; return the calls."""
    provider, account = tandem_provider(), world.account
    provider.organizations(account)
    assert provider.probe(account)["contact_census"]
    directory = provider.open(account)
    directory.changed(None)
    customers = {each.id for page in customer_pages(directory) for each in page.customers}
    contacts = {each.id for page in contact_pages(directory) for each in page.contacts}
    return customers, contacts, len(world.log())


@pytest.mark.parametrize(("customers", "most"), [(100, 16), (1000, 33), (10_000, 195)])
def test_a_first_mirror_costs_few_calls(start_world, customers, most):
    world = start_world(customers=customers)
    seen, contacts, calls = first_mirror(world)
    assert len(seen) == customers and len(contacts) >= 2.4 * customers
    assert calls <= most


def test_a_census_costs_one_call_a_page_when_the_number_is_known(start_world):
    world = start_world(customers=1000, contacts=0)
    assert len(list(customer_pages(world.directory, expected=1000))) == 5
