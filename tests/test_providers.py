"""Plugins come in by entry points; one that is at fault is named and harms no other."""

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.ledger import AMERICA, EUROPE, KEYED, LEDGER
from webapp.providers import Registry, UnknownProvider, UnknownRegion
from webapp.sdk import API_VERSION, Capabilities, hookimpl


@dataclass
class Entry:
    """An entry point that loads what it was given, or raises it."""

    plugin: object
    name: str = "ledger"
    distribution: str = "tandem-ledger"

    @property
    def dist(self) -> Any:
        return SimpleNamespace(name=self.distribution, version="1.0")

    def load(self) -> object:
        if isinstance(self.plugin, BaseException):
            raise self.plugin
        return self.plugin


def plugin(answer: object) -> object:
    """Make a plugin whose hook returns `answer`, or raises it."""

    class Plugin:
        @hookimpl
        def tandem_provider(self):
            if isinstance(answer, BaseException):
                raise answer
            return answer

    return Plugin()


def load(*entries: Entry, sandbox_url: str | None = None) -> Registry:
    return Registry.load(entry_points=entries, sandbox_url=sandbox_url)


TELLING = Capabilities(calls_per_minute=60, calls_at_once=1, webhooks=True)


def reason(entry: Entry) -> str:
    """Say why a plugin is unavailable, having checked that a good one beside it is not."""
    registry = load(entry, Entry(plugin(replace(LEDGER, name="other")), name="other"))
    assert [provider.name for provider in registry.providers()] == ["other"]
    (broken,) = registry.unavailable()
    assert broken.distribution == entry.distribution
    return broken.reason


def test_takes_a_provider_that_is_let_in_by_keys_alone():
    assert load(Entry(plugin(KEYED))).get("abacus") is KEYED


def test_refuses_half_a_consent_and_none_without_a_secret():
    half = replace(LEDGER, exchange=KEYED.exchange)
    assert "leaves out exchange: give all of authorize_url, read_callback, exchange" in reason(
        Entry(plugin(half))
    )
    assert "neither for consent nor for a secret" in reason(Entry(plugin(replace(KEYED, credentials=()))))


def test_hands_out_a_provider_by_its_name():
    assert load(Entry(plugin(LEDGER))).get("ledger") is LEDGER


def test_lists_providers_by_label():
    zeta = replace(LEDGER, name="a", label="Zeta")
    registry = load(Entry(plugin(zeta)), Entry(plugin(LEDGER)))
    assert [provider.label for provider in registry.providers()] == ["Ledger", "Zeta"]


def test_finds_the_plugins_that_are_installed():
    registry = Registry.load()
    assert "books" in {provider.name for provider in registry.providers()}
    assert registry.unavailable() == ()


@pytest.mark.parametrize("fault", [ImportError("no module ledger_api"), SystemExit(1), RuntimeError("boom")])
def test_survives_a_plugin_that_fails_to_import(fault):
    assert type(fault).__name__ in reason(Entry(fault))


def test_survives_a_hook_that_raises():
    assert "KeyError" in reason(Entry(plugin(KeyError("rates"))))


def test_survives_a_plugin_without_the_hook():
    assert "no hook tandem_provider" in reason(Entry(SimpleNamespace()))


def test_survives_a_hook_that_takes_what_is_not_offered():
    class Greedy:
        @hookimpl
        def tandem_provider(self, database):
            return LEDGER

    assert "database" in reason(Entry(Greedy()))


@pytest.mark.parametrize("answer", ["ledger", LEDGER.regions, {"name": "ledger"}])
def test_survives_a_hook_that_returns_something_else(answer):
    assert f"returned {type(answer).__name__}, not a Provider" in reason(Entry(plugin(answer)))


def test_a_provider_that_tells_of_changes_says_how_it_is_set_up():
    telling = replace(LEDGER, capabilities=TELLING, webhook_guide=("Paste {address}.", "And {secret}."))
    assert load(Entry(plugin(telling))).get(telling.name).webhook_guide[1] == "And {secret}."


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "Ledger"}, "lower case"),
        ({"name": "ledger-1"}, "lower case"),
        ({"name": ""}, "lower case"),
        ({"name": None}, "name is NoneType, not str"),
        ({"label": "  "}, "label"),
        ({"label": "x" * 61}, "label"),
        ({"mark": "LED"}, "two letters"),
        ({"api_version": API_VERSION + 1}, "update the portal"),
        ({"api_version": API_VERSION - 1}, "update the plugin"),
        ({"open": None}, "open cannot be called"),
        ({"capabilities": Capabilities(calls_per_minute=0, calls_at_once=5)}, "allow no call"),
        ({"capabilities": None}, "capabilities is NoneType, not Capabilities"),
        ({"regions": ()}, "no region"),
        ({"regions": (EUROPE, EUROPE)}, "'eu' is not"),
        ({"regions": (replace(EUROPE, key="sandbox"),)}, "portal's own"),
        ({"regions": (replace(EUROPE, endpoints={}),)}, "no endpoint"),
        ({"credentials": LEDGER.credentials * 2}, "'token' is not"),
        ({"verify_webhook": None}, "verify_webhook cannot be called"),
        ({"capabilities": TELLING}, "does not say where {address} and {secret} go"),
        ({"capabilities": TELLING, "webhook_guide": ("Paste {secret}.",)}, "does not say where"),
    ],
)
def test_says_what_is_wrong_with_a_provider(changes, expected):
    assert expected in reason(Entry(plugin(replace(LEDGER, **changes))))


@pytest.mark.parametrize(
    "url",
    [
        "http://api.ledger.eu",
        "https://",
        "https://user@api.ledger.eu",
        "https://api.ledger.eu?key=1",
        "https://API.ledger.eu",
        " https://api.ledger.eu",
        "api.ledger.eu",
        "https://api.ledger.eu:port",
    ],
)
def test_refuses_an_endpoint_that_is_not_plain_https(url):
    regions = (replace(EUROPE, endpoints={"api": url}),)
    assert reason(Entry(plugin(replace(LEDGER, regions=regions))))


def test_refuses_two_of_one_name_naming_both_distributions():
    entries = [
        Entry(plugin(LEDGER), distribution="tandem-ledger"),
        Entry(plugin(LEDGER), distribution="ledger-pro"),
    ]
    registry = load(*entries)
    assert registry.providers() == ()
    assert [broken.distribution for broken in registry.unavailable()] == ["tandem-ledger", "ledger-pro"]
    with pytest.raises(
        UnknownProvider, match="tandem-ledger and ledger-pro both bring a provider named ledger"
    ):
        registry.get("ledger")


def test_says_why_a_provider_that_is_installed_cannot_be_used():
    with pytest.raises(
        UnknownProvider, match=r"tandem-ledger is unavailable: it fails to load .*no ledger_api"
    ):
        load(Entry(ImportError("no ledger_api"))).get("ledger")


def test_says_that_a_provider_is_not_installed():
    with pytest.raises(UnknownProvider, match="install"):
        load().get("ledger")


def test_has_no_sandbox_unless_it_is_allowed():
    registry = load(Entry(plugin(LEDGER)))
    assert registry.regions(LEDGER) == (EUROPE, AMERICA)
    with pytest.raises(UnknownRegion, match="TANDEM_SANDBOX_URL"):
        registry.region(LEDGER, "sandbox")


def test_adds_a_sandbox_with_all_endpoints_at_its_address():
    registry = load(Entry(plugin(LEDGER)), sandbox_url="http://127.0.0.1:9000")
    sandbox = registry.region(LEDGER, "sandbox")
    assert registry.regions(LEDGER) == (EUROPE, AMERICA, sandbox)
    assert sandbox.endpoints == {"api": "http://127.0.0.1:9000", "accounts": "http://127.0.0.1:9000"}


def test_names_an_unknown_region():
    with pytest.raises(UnknownRegion, match="Ledger has no region 'mars'"):
        load(Entry(plugin(LEDGER))).region(LEDGER, "mars")


def test_allows_only_the_origins_of_the_region_connected_to():
    registry = load(Entry(plugin(LEDGER)), sandbox_url="http://127.0.0.1:9000")
    assert registry.allowed_origins(LEDGER, "eu") == {"https://api.ledger.eu", "https://id.ledger.eu"}
    assert registry.allowed_origins(LEDGER, "us") == {"https://api.ledger.com:8443"}
    assert registry.allowed_origins(LEDGER, "sandbox") == {"http://127.0.0.1:9000"}


class Guard:
    """A plugin that brings no provider."""

    @hookimpl
    def tandem_before_write(self, writing):
        return None


def with_hooks(*entries: Entry) -> Registry:
    """Load plugins that bring no provider, beside one that does."""
    return Registry.load(entry_points=[Entry(plugin(LEDGER))], hook_entry_points=entries)


def test_a_plugin_may_bring_hooks_and_no_provider():
    registry = with_hooks(Entry(Guard(), name="guard"))
    assert registry.hooks.vet
    assert [each.name for each in registry.hooks.plugins] == ["guard", "ledger"]
    assert [provider.name for provider in registry.providers()] == ["ledger"]
    with pytest.raises(UnknownProvider, match="guard of tandem-ledger brings hooks and no provider"):
        registry.get("guard")


@pytest.mark.parametrize("fault", [ImportError("no guard_api"), SystemExit(1)])
def test_survives_hooks_that_fail_to_load(fault):
    registry = with_hooks(Entry(fault, name="guard"), Entry(Guard(), name="other"))
    assert [broken.name for broken in registry.unavailable()] == ["guard"]
    assert [each.name for each in registry.hooks.plugins] == ["ledger", "other"]


def test_a_provider_left_out_is_not_asked_before_writes_either():
    class Both(Guard):
        @hookimpl
        def tandem_provider(self):
            return replace(LEDGER, label="")

    registry = load(Entry(Both()))
    assert registry.unavailable()
    assert not registry.hooks.vet
