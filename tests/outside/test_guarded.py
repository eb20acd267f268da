"""A plugin behind the border keeps its promises or is named."""

from dataclasses import replace

import pytest

from tests.ledger import EUROPE, LEDGER
from tests.outside.accounts import make_account
from tests.outside.peer import answer, peer
from webapp.outside import GuardedDirectory, GuardedProvider, PluginFault
from webapp.sdk import (
    Authorization,
    AuthorizationDenied,
    ContactData,
    CustomerData,
    CustomField,
    Delivery,
    Gone,
    Grant,
    Organization,
    Region,
    Rejected,
    Unavailable,
)
from webapp.sdk.memory import MemoryDirectory

AUTHORIZATION = Authorization(region=EUROPE, credentials={}, redirect_uri="https://portal", state="s")


def provider(**functions: object) -> GuardedProvider:
    return GuardedProvider(replace(LEDGER, **functions))


@pytest.fixture
def account(budget):
    """An account that makes no call."""
    with peer(answer()) as other:
        yield make_account(budget, other)


def test_passes_on_everything_a_directory_does():
    directory = GuardedDirectory(MemoryDirectory(), "ledger")
    customer = directory.create_customer(CustomerData(name="Ada"))
    contact = directory.create_contact(customer.id, ContactData(first_name="Eve"))
    directory.update_customer(customer.id, {"name": "Ada & Co"})
    directory.update_contact(customer.id, contact.id, {"phone": "5550199"})
    detail = directory.customer(customer.id)
    assert (detail.customer.data.name, detail.contacts[0].data.phone) == ("Ada & Co", "5550199")
    assert [row.id for row in directory.changed(None).customers] == [customer.id]
    assert [row.id for row in directory.census(None, expected=1).customers] == [customer.id]
    assert [row.id for row in directory.contact_census(None, expected=1).contacts] == [contact.id]
    directory.delete_contact(customer.id, contact.id)
    directory.delete_customer(customer.id)
    with pytest.raises(Gone):
        directory.customer(customer.id)


@pytest.mark.parametrize("listing", ["changed", "census", "contact_census"])
def test_a_refused_list_is_no_record_that_failed(listing):
    class Refusing(MemoryDirectory):
        def changed(self, cursor):
            raise Rejected("Invalid value passed for sort_column")

        def census(self, cursor, *, expected=None):
            return self.changed(cursor)

        contact_census = census

    with pytest.raises(Unavailable, match="refused: Invalid value passed for sort_column"):
        getattr(GuardedDirectory(Refusing(), "ledger"), listing)(None)


def test_names_a_directory_that_returns_something_else():
    class Odd(MemoryDirectory):
        def census(self, cursor, *, expected=None):
            return replace(super().census(cursor, expected=expected), customers=[{"id": 1}])

    with pytest.raises(PluginFault, match=r"ledger failed: what it returned\.customers is list, not tuple"):
        GuardedDirectory(Odd(), "ledger").census(None)


def test_after_a_write_that_returned_nonsense_the_effect_is_unknown():
    class Odd(MemoryDirectory):
        def create_customer(self, data):
            super().create_customer(data)

    with pytest.raises(PluginFault) as caught:
        GuardedDirectory(Odd(), "ledger").create_customer(CustomerData(name="Ada"))
    assert caught.value.effect_unknown


def test_after_a_faulty_read_nothing_is_in_doubt():
    class Odd(MemoryDirectory):
        def changed(self, cursor):
            raise KeyError(cursor)

    with pytest.raises(PluginFault) as caught:
        GuardedDirectory(Odd(), "ledger").changed(None)
    assert not caught.value.effect_unknown


def test_opens_a_directory_that_is_guarded(account):
    opened = provider(open=lambda account: MemoryDirectory()).open(account)
    assert isinstance(opened, GuardedDirectory)


def test_refuses_a_directory_that_lacks_something(account):
    class Half:
        def changed(self, cursor):
            raise AssertionError

    with pytest.raises(PluginFault, match="has no census, contact_census, customer, create_customer"):
        provider(open=lambda account: Half()).open(account)


def test_passes_on_what_authorising_brings(account):
    grant = Grant(code="c", region="eu", redirect_uri="https://portal")
    guarded = provider(
        authorize_url=lambda authorization: f"https://id.ledger.eu/auth?state={authorization.state}",
        read_callback=lambda authorization, parameters: grant,
        exchange=lambda account, grant: {"token": grant.code},
        organizations=lambda account: [Organization(id="1", name="Ada")],
        probe=lambda account: {"contact_census": True},
        revoke=lambda account: None,
    )
    assert guarded.authorize_url(AUTHORIZATION) == "https://id.ledger.eu/auth?state=s"
    assert guarded.read_callback(AUTHORIZATION, {}) is grant
    assert guarded.exchange(account, grant) == {"token": "c"}
    assert [found.id for found in guarded.organizations(account)] == ["1"]
    assert guarded.probe(account) == {"contact_census": True}
    guarded.revoke(account)


def test_passes_on_a_denial():
    def deny(authorization, parameters):
        raise AuthorizationDenied("You said no.")

    with pytest.raises(AuthorizationDenied):
        provider(read_callback=deny).read_callback(AUTHORIZATION, {})


@pytest.mark.parametrize(
    ("name", "answered"),
    [("exchange", {"token": None}), ("organizations", [{"id": "1"}]), ("probe", {"contact_census": "yes"})],
)
def test_refuses_what_authorising_does_not_promise(account, name, answered):
    guarded = provider(**{name: lambda *arguments: answered})
    arguments = [account, None][: 2 if name == "exchange" else 1]
    with pytest.raises(PluginFault):
        getattr(guarded, name)(*arguments)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ([CustomField(key="a", label="A"), CustomField(key="a", label="B")], "told a custom field twice"),
        ([CustomField(key="a.b", label="A")], "'a.b', which names none"),
        ([CustomField(key="a", label=" ")], "without a label: a"),
        ([CustomField(key=f"{n}", label="A") for n in range(201)], "more than 200 custom fields"),
        ([CustomField(key="a", label="A", kind="blob")], "kind is none of text, number"),
        (["a"], "is str, not CustomField"),
    ],
)
def test_refuses_custom_fields_that_could_not_be_told_apart(account, fields, fault):
    with pytest.raises(PluginFault, match=fault):
        provider(custom_fields=lambda account: fields).custom_fields(account)


def test_passes_on_custom_fields(account):
    told = (CustomField(key="cf_tier", label="Tier", kind="choice", choices=("Basic", "Plus")),)
    assert provider(custom_fields=lambda account: list(told)).custom_fields(account) == told
    assert provider().custom_fields(account) == ()


@pytest.mark.parametrize(
    "url", ["https://evil.example/auth", "javascript:alert(1)", "https://id.ledger.eu.evil.example/", ""]
)
def test_sends_a_browser_to_the_providers_own_hosts_alone(url):
    with pytest.raises(PluginFault, match="host"):
        provider(authorize_url=lambda authorization: url).authorize_url(AUTHORIZATION)


@pytest.mark.parametrize(
    ("url", "shown"), [("https://ledger.eu/1", "https://ledger.eu/1"), ("javascript:alert(1)", ""), ("", "")]
)
def test_links_to_a_record_only_by_http(url, shown):
    region = Region(key="eu", label="Europe", endpoints={})
    assert provider(record_url=lambda region, organization, id: url).record_url(region, "1", "2") == shown


@pytest.mark.parametrize("answered", [None, "yes", 1])
def test_a_webhook_is_signed_or_not_and_nothing_between(answered):
    guarded = provider(verify_webhook=lambda delivery, secret: answered)
    with pytest.raises(PluginFault):
        guarded.verify_webhook(Delivery(headers={}, query=(), body=b""), "s")


def test_a_provider_without_webhooks_takes_none():
    assert provider().verify_webhook(Delivery(headers={}, query=(), body=b""), "s") is False
