"""The sample portal."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from sandbox.sample.curated import CURATED
from tests.portal_world import portal_app
from tests.settings import ENVIRONMENT
from webapp.cli.root import tandem
from webapp.extensions import db
from webapp.store.customers import Contact, Customer
from webapp.store.portals import Profile
from webapp.store.projects import Project, ProjectCustomer


@pytest.fixture(scope="module")
def sample_environment(own_database_url, redis_url):
    """The environment of an installation whose sample these tests look at together."""
    return ENVIRONMENT | {"DATABASE_URL": own_database_url, "REDIS_URL": redis_url}


@pytest.fixture(scope="module")
def logins(sample_environment):
    """What the command printed, the first time and the second."""
    printed = [CliRunner().invoke(tandem, ["sample"], env=sample_environment).stdout for _ in range(2)]
    return [json.loads(text) for text in printed]


@pytest.fixture
def ask(sample_environment, logins):
    """Ask the sample's database one thing."""

    def answer(statement):
        with portal_app(sample_environment["DATABASE_URL"]):
            return db.session.scalars(statement).all()

    return answer


def test_it_has_people_of_every_kind(logins):
    names = [login["email"].split("@")[0] for login in logins[0]]
    assert names == ["owner", "finance", "lead", "books", "plain"]
    assert all(set(login) == {"email", "password", "role"} for login in logins[0])


def test_it_has_customers_of_many_scripts_with_people(ask):
    names = ask(select(Customer.name))
    assert 38 <= len(names) <= 50
    assert {"青空工房", "مكتبة الياسمين", "İncir Seramik Atölyesi"} <= set(names)
    assert ask(select(func.count()).select_from(Contact))[0] >= 45


def test_it_is_filled_once_and_says_the_same_again(logins, ask):
    assert logins[0] == logins[1]
    twice = select(Customer.name).group_by(Customer.name).having(func.count() > 1)
    assert ask(twice) == ["Nordwind Energie"]


def test_its_projects_have_a_primary_customer_each_where_they_have_any(ask):
    assert sorted(ask(select(Project.key))) == ["HAF", "KAF", "MESA", "WATT"]
    assert ask(select(func.count()).where(ProjectCustomer.primary)) == [3]


def test_who_leads_a_project_may_import_there_and_an_accountant_into_the_portal(ask):
    lead, accountant = (
        ask(select(Profile.permissions).where(Profile.name == name))[0]
        for name in ("Project lead", "Accountant")
    )
    assert (lead, accountant) == (["finance", "clients.add"], ["finance", "clients.manage"])


def test_some_names_are_in_the_practice_zoho_too(ask):
    shared = {draft.fields["name"] for draft in CURATED} & set(ask(select(Customer.name)))
    assert len(shared) >= 5


def test_a_portal_that_is_not_the_sample_is_left_alone(run):
    run("portal", "add", "nordlicht", "A real company")
    result = run("sample")
    assert result.exit_code == 1
    assert "is not the sample" in result.stderr
