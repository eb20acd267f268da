"""Plugins as people see them: what each brings, who uses it, what went wrong and what would help."""

import pytest

from tests.ledger import LEDGER
from tests.plugged import hooked
from webapp.hooks import Hooks
from webapp.providers import Broken, Installed, Registry
from webapp.sdk import hookimpl
from webapp.services import hook_faults, plugins
from webapp.store.connections import Connection


class Ear:
    """A plugin that brings no provider."""

    @hookimpl
    def tandem_after_run(self, run):
        """Hear of a run."""


EAR, SPARE = hooked("ear", Ear()), hooked("spare", object())
BROKEN = Broken(name="abacus", distribution="tandem-abacus", reason="it fails to load", version="2.1")
ALL = Registry(
    [LEDGER],
    [BROKEN],
    installed=[Installed(provider=LEDGER, distribution="tandem-ledger", version="1.4")],
    hooks=Hooks([EAR, SPARE]),
)


def connection(provider, state="connected"):
    return Connection(provider=provider, state=state, organization_name="Nordlicht")


@pytest.fixture
def shown(monkeypatch):
    """Show the plugins of an installation with all kinds of them, of which some failed."""

    def shown(*connections, faults=()):
        monkeypatch.setattr(plugins.context, "registry", lambda: ALL)
        monkeypatch.setattr(hook_faults, "noted", lambda: faults)
        return {view.plugin.name: view for view in plugins.views(connections)}

    return shown


def test_those_with_a_provider_tell_what_it_can_do():
    [ledger, *_] = plugins.installed(ALL)
    assert (ledger.name, ledger.label, ledger.distribution, ledger.version) == (
        "ledger",
        "Ledger",
        "tandem-ledger",
        "1.4",
    )
    assert (ledger.api_version, ledger.abilities) == (1, ("60 calls a minute", "5 at once"))


def test_those_that_need_somebody_come_first(shown):
    assert {name: view.state for name, view in shown().items()} == {
        "abacus": "left out",
        "ledger": "ready",
        "ear": "ready",
        "spare": "idle",
    }
    assert list(shown()) == ["abacus", "ledger", "ear", "spare"]


def test_one_that_cannot_be_used_says_why_and_what_helps(shown):
    view = shown(connection("abacus"))["abacus"]
    assert (view.plugin.left_out, view.remedy) == ("it fails to load", plugins.REPLACE)
    assert len(view.connections) == 1


def test_one_that_is_gone_is_missed_while_a_connection_needs_it(shown):
    found = shown(connection("sage"), connection("zeta", "disconnected"), connection("beta", "new"))
    assert found["sage"].remedy == plugins.INSTALL
    assert not {"zeta", "beta"} & set(found)


def test_one_whose_hook_failed_lately_says_when_and_what_helps(shown):
    fault = hook_faults.Noted(plugin="ear", hook="tandem_after_run", words="It failed.", at=None)
    view = shown(faults=(fault,))["ear"]
    assert (view.state, view.fault, view.remedy) == ("failed", fault, hook_faults.REMEDY)
