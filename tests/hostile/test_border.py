"""Whatever a plugin does at whichever call, it is named, and what it told goes no further."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import pytest

from tests.hostile.deeds import DEEDS, raising
from tests.hostile.plugin import PURE, Asked, Deed, HostilePlugin
from tests.hostile.table import CELLS, IGNORED, TABLE
from tests.ledger import LEDGER
from tests.mirror_world import MemoryProvider, signed
from tests.outside.accounts import LIMITS, MemoryCredentials
from tests.test_providers import Entry, load
from tests.test_providers import plugin as described
from webapp import opening
from webapp.budget import Budget
from webapp.outside import GuardedDirectory, GuardedProvider, OutsideAccount, PluginFault, Wire, patience
from webapp.sdk import Authorization, ContactData, CustomerData, CustomField, Fatal, Grant, hookimpl

NAME = "ledgerly"


class Deal:
    """A hostile plugin behind the border, and each call it gets, by name."""

    def __init__(self, name: str = NAME) -> None:
        self.plugin = HostilePlugin(MemoryProvider(name=name, own=[CustomField(key="tier", label="Tier")]))
        self.books = self.plugin.honest.directory
        self.customer = self.books.create_customer(CustomerData(name="Arc")).id
        people = (ContactData(first_name=name) for name in ("Anna", "Bo"))
        self.people = [self.books.create_contact(self.customer, person).id for person in people]
        self.provider = GuardedProvider(self.plugin.provider())
        self.region = self.provider.provider.regions[0]
        self.account = OutsideAccount(
            region=self.region,
            credentials=MemoryCredentials(token="t"),
            provider=name,
            budget=Budget.at("redis://127.0.0.1:1/0"),
            limits=LIMITS,
            wire=Wire(frozenset(self.region.endpoints.values())),
        )

    def ask(self, call: str) -> object:
        """Make a call as the portal does."""
        return self._calls()[call]()

    def _calls(self) -> Mapping[str, Callable[[], Any]]:
        back = "https://portal.example/back"
        trip = Authorization(region=self.region, credentials={}, redirect_uri=back, state="s")
        grant = Grant(code="c", region="eu", redirect_uri=back)
        new = ContactData(email="eve@arc.example")
        return {
            "authorize_url": lambda: self.provider.authorize_url(trip),
            "read_callback": lambda: self.provider.read_callback(trip, {"code": "c"}),
            "record_url": lambda: self.provider.record_url(self.region, "1", "2"),
            "verify_webhook": lambda: self.provider.verify_webhook(signed("s"), "s"),
            "exchange": lambda: self.provider.exchange(self.account, grant),
            "organizations": lambda: self.provider.organizations(self.account),
            "probe": lambda: self.provider.probe(self.account),
            "custom_fields": lambda: self.provider.custom_fields(self.account),
            "open": lambda: self.provider.open(self.account),
            "revoke": lambda: self.provider.revoke(self.account),
            "changed": lambda: self._directory().changed(None),
            "census": lambda: self._directory().census(None),
            "contact_census": lambda: self._directory().contact_census(None),
            "customer": lambda: self._directory().customer(self.customer),
            "update_customer": lambda: self._directory().update_customer(self.customer, {"name": "Arc & Co"}),
            "update_contact": lambda: self._directory().update_contact(
                self.customer, self.people[1], {"phone": "1"}
            ),
            "create_contact": lambda: self._directory().create_contact(self.customer, new),
            "delete_contact": lambda: self._directory().delete_contact(self.customer, self.people[1]),
            "delete_customer": lambda: self._directory().delete_customer(self.customer),
        }

    def _directory(self) -> GuardedDirectory:
        return self.provider.open(self.account)


class Describing:
    """A plugin whose hook does a deed instead of describing its provider."""

    def __init__(self, deed: Deed) -> None:
        self._deed = deed

    @hookimpl
    def tandem_provider(self) -> Any:
        return self._deed(Asked("tandem_provider", MemoryProvider().provider, None))


def interrupted(asked: Asked) -> NoReturn:
    """Be interrupted by a person."""
    raise KeyboardInterrupt


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait long."""
    monkeypatch.setattr(opening, "LOAD_SECONDS", 0.05)
    monkeypatch.setattr(patience, "PATIENCE", 0.05)


@pytest.mark.parametrize(("misdeed", "call"), [cell for cell in CELLS if cell[1] != "tandem_provider"])
def test_the_plugin_is_named(misdeed, call, request):
    if misdeed == "never returns":
        request.getfixturevalue("hurry")
    for number, deed in enumerate(DEEDS[misdeed]):
        deal = Deal(f"p{CELLS.index((misdeed, call))}_{number}")
        deal.plugin.deeds[call] = deed
        if TABLE[misdeed][call] is IGNORED:
            deal.ask(call)
            continue
        with pytest.raises(Fatal if misdeed == "calls foreign hosts" else PluginFault) as caught:
            deal.ask(call)
        told = str(caught.value)
        assert f"The plugin {deal.plugin.honest.name} " in told
        assert "jane" not in told and told.isprintable() and len(told) < 1000


@pytest.mark.parametrize("misdeed", [misdeed for misdeed, call in CELLS if call == "tandem_provider"])
def test_a_portal_starts_without_the_plugin_and_with_the_others(misdeed, request):
    if misdeed == "never returns":
        request.getfixturevalue("hurry")
    for deed in DEEDS[misdeed]:
        registry = load(Entry(Describing(deed)), Entry(described(LEDGER), name="other"))
        (broken,) = registry.unavailable()
        assert [one.name for one in registry.providers()] == [LEDGER.name]
        assert broken.reason and broken.reason.isprintable() and len(broken.reason) < 700


@pytest.mark.parametrize("call", sorted({call for _, call in CELLS} - {"tandem_provider"}))
def test_an_honest_plugin_passes(call):
    Deal().ask(call)


def test_a_plugin_that_hung_is_not_asked_again_at_once(hurry):
    deal = Deal("sleepy")
    deal.plugin.deeds["record_url"] = DEEDS["never returns"][0]
    with pytest.raises(PluginFault, match=r"sleepy failed: it did not come back within 0\.05 seconds"):
        deal.ask("record_url")
    del deal.plugin.deeds["record_url"]
    with pytest.raises(PluginFault, match="did not come back when it was last asked"):
        deal.ask("record_url")


@pytest.mark.parametrize("call", PURE)
@pytest.mark.parametrize("error", [KeyboardInterrupt, BaseException])
def test_pages_are_ended_by_nothing_a_plugin_raises(call, error):
    deal = Deal()
    [deal.plugin.deeds[call]] = raising(error())
    with pytest.raises(PluginFault, match=f"ledgerly failed: {error.__name__}"):
        deal.ask(call)


@pytest.mark.parametrize("error", [KeyboardInterrupt, BaseException])
def test_a_start_is_ended_by_nothing_a_plugin_raises(error):
    [deed] = raising(error())
    registry = load(Entry(Describing(deed)), Entry(described(LEDGER), name="other"))
    assert [one.name for one in registry.providers()] == [LEDGER.name]
    assert error.__name__ in registry.unavailable()[0].reason


def test_ctrl_c_still_ends_a_command():
    deal = Deal()
    deal.plugin.deeds["probe"] = interrupted
    with pytest.raises(KeyboardInterrupt):
        deal.ask("probe")
