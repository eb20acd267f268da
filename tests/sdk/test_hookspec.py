"""A plugin comes in by its hook, found by the marker and by nothing else."""

from __future__ import annotations

from types import SimpleNamespace

import pluggy
import pytest

from tests.ledger import LEDGER
from webapp.sdk import Provider, hookimpl, hookspec


@pytest.fixture
def manager() -> pluggy.PluginManager:
    """What the portal asks plugins through."""
    manager = pluggy.PluginManager("tandem")
    manager.add_hookspecs(hookspec)
    return manager


@hookimpl
def tandem_provider() -> Provider:
    return LEDGER


def test_a_marked_function_answers_the_hook(manager: pluggy.PluginManager):
    manager.register(SimpleNamespace(tandem_provider=tandem_provider))
    assert manager.hook.tandem_provider() == [LEDGER]


def test_a_function_that_is_not_marked_answers_nothing(manager: pluggy.PluginManager):
    manager.register(SimpleNamespace(tandem_provider=lambda: LEDGER))
    assert manager.hook.tandem_provider() == []


def test_a_marked_function_that_is_no_hook_is_a_fault(manager: pluggy.PluginManager):
    manager.register(SimpleNamespace(tandem_supplier=hookimpl(lambda: LEDGER)))
    with pytest.raises(pluggy.PluginValidationError):
        manager.check_pending()
