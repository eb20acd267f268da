"""Answers of any shape at all: each method tells a result or one of the SDK's errors, and never crashes."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.books.hooks import tandem_provider
from plugins.zoho.regions import REGIONS
from tests.plugins.account import ScriptedAccount, answered
from webapp.sdk import Address, ContactData, CustomerData, ProviderError

PERSON = {
    "contact_id": "1",
    "contact_person_id": "2",
    "first_name": "Ada",
    "is_primary_contact": True,
}
CONTACT = {
    "contact_id": "1",
    "contact_name": "Acme",
    "contact_type": "customer",
    "status": "active",
    "created_time": "2026-06-09T09:45:19-0400",
    "last_modified_time": "2026-06-09T13:15:33-0400",
    "billing_address": {"address": "1 Main St"},
    "contact_persons": [PERSON],
}
ANSWER = {
    "code": 0,
    "message": "success",
    "contact": CONTACT,
    "contacts": [CONTACT],
    "contact_person": PERSON,
    "contact_persons": [PERSON],
    "currencies": [{"currency_id": "3", "currency_code": "EUR"}],
    "organizations": [{"organization_id": "7", "name": "Acme", "org_settings": {"is_org_active": True}}],
    "page_context": {"page": 1, "per_page": 200, "has_more_page": False},
    "access_token": "b",
    "expires_in": 3600,
}
METHODS = {
    "changed": lambda directory: directory.changed(None),
    "census": lambda directory: directory.census(None),
    "contact_census": lambda directory: directory.contact_census(None),
    "customer": lambda directory: directory.customer("1"),
    "create_customer": lambda directory: directory.create_customer(
        CustomerData(name="Acme", currency="EUR", active=False)
    ),
    "update_customer": lambda directory: directory.update_customer(
        "1", {"billing_address": Address(street="2 Main St"), "active": False}
    ),
    "delete_customer": lambda directory: directory.delete_customer("1"),
    "create_contact": lambda directory: directory.create_contact(
        "1", ContactData(first_name="Ada", primary=True)
    ),
    "update_contact": lambda directory: directory.update_contact("1", "2", {"primary": True, "phone": "1"}),
    "delete_contact": lambda directory: directory.delete_contact("1", "2"),
}

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def places(shape, path=()):
    """List every place in a JSON value, the whole included."""
    yield path
    inner = shape.items() if isinstance(shape, dict) else enumerate(shape) if isinstance(shape, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def spoilt(path, value):
    """Return the answer with another value in one place."""
    if not path:
        return value
    answer = copy.deepcopy(ANSWER)
    inner = answer
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return answer


class Repeating(ScriptedAccount):
    """An account whose every call gets the next of the same few answers."""

    def play(self, answers):
        self.round = cycle(answers)
        return self

    def answer(self, call):
        return next(self.round)


def account(*answers):
    kept = {"access_token": "a", "refresh_token": "r", "expires_at": "2999-01-01T00:00:00+00:00"}
    clock = lambda: datetime(2026, 11, 22, tzinfo=UTC)  # noqa: E731
    return Repeating(REGIONS[0], kept, organization="7", clock=clock).play(answers)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60, deadline=None)
@given(
    path=st.sampled_from(list(places(ANSWER))),
    value=junk,
    status=st.sampled_from([200, 201, 400, 401, 404, 500]),
)
def test_an_answer_of_any_shape_never_crashes(method, path, value, status):
    directory = tandem_provider().open(account(answered(spoilt(path, value), status), answered(ANSWER)))
    try:
        METHODS[method](directory)
    except ProviderError as error:
        assert str(error)


@settings(max_examples=60, deadline=None)
@given(path=st.sampled_from(list(places(ANSWER))), value=junk)
def test_organizations_and_features_of_any_shape_never_crash(path, value):
    provider, odd = tandem_provider(), account(answered(spoilt(path, value)))
    for ask in (provider.organizations, provider.probe):
        try:
            ask(odd)
        except ProviderError as error:
            assert str(error)
