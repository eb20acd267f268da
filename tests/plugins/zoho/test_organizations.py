"""The organizations an authorisation opens."""

from __future__ import annotations

import pytest

from plugins.books.provider import BOOKS
from plugins.zoho.client import Client
from plugins.zoho.organizations import organizations
from plugins.zoho.regions import REGIONS
from tests.plugins.account import ScriptedAccount, answered
from tests.plugins.zoho.recordings import response
from webapp.sdk import Unavailable


def listed(body):
    """Return what is made of an answer."""
    kept = {"access_token": "a", "expires_at": "2999-01-01T00:00:00+00:00"}
    account = ScriptedAccount(REGIONS[0], kept).play([answered(body)])
    return organizations(Client(BOOKS, account))


def test_a_recorded_organization_is_read():
    (organization,) = listed(response("books/list-organizations.json"))
    assert (organization.id, organization.name) == ("927270289", "Nango Dev")
    assert (organization.currency, organization.time_zone) == ("USD", "America/New_York")
    assert (organization.plan, organization.active) == ("Professional", True)


def test_the_calls_a_day_are_left_to_the_answers_to_tell():
    (organization,) = listed(response("books/list-organizations.json"))
    assert organization.calls_per_day is None


@pytest.mark.parametrize("closed", [{"is_org_active": False}, {"org_settings": {"is_org_active": False}}])
def test_an_organization_that_was_closed_says_so(closed):
    (organization,) = listed({"code": 0, "organizations": [{"organization_id": 7, **closed}]})
    assert (organization.id, organization.active) == ("7", False)


@pytest.mark.parametrize("body", [{"code": 0}, {"code": 0, "organizations": ["?"]}])
def test_an_answer_of_another_shape_is_unavailable(body):
    with pytest.raises(Unavailable):
        listed(body)


def test_the_organizations_of_the_sandbox_are_listed_without_choosing_one(world):
    world.account.organization = ""
    assert len(organizations(Client(world.product, world.account))) == 2
