"""A plugin comes in by its hooks, found by the marker and by nothing else."""

from __future__ import annotations

from types import SimpleNamespace

import pluggy
import pytest

from tests.ledger import LEDGER
from webapp.sdk import Provider, RunEnd, Veto, Writing, hookimpl, hookspec


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


def test_the_first_answer_before_a_write_ends_the_asking(manager: pluggy.PluginManager):
    writing = Writing(
        kind="contact", where="portal", provider="ledger", values={"email": "ida@trial.example"}
    )
    veto = Veto(reason="Nobody is reached there.", field="email")
    asked = []
    later, lenient, strict = (
        SimpleNamespace(tandem_before_write=hookimpl(answer))
        for answer in (
            lambda writing: asked.append(writing),
            lambda writing: None,
            lambda writing: veto if "trial" in writing.values["email"] else None,
        )
    )
    # The one that came last is asked first.
    for plugin in (later, strict, lenient):
        manager.register(plugin)
    assert manager.hook.tandem_before_write(writing=writing) == veto
    assert asked == []


def test_a_record_that_is_to_be_made_held_nothing_before_and_a_veto_need_name_no_field():
    writing = Writing(kind="customer", where="provider", provider="ledger", values={"name": "Ada"})
    assert (writing.before, writing.max_lengths) == ({}, {})
    assert Veto(reason="It is a trial.").field == ""


def test_all_hear_of_a_run(manager: pluggy.PluginManager):
    run = RunEnd(id="1", portal="2", connection="3", provider="ledger", kind="import", state="done")
    heard = []
    for _ in range(2):
        manager.register(SimpleNamespace(tandem_after_run=hookimpl(lambda run: heard.append(run))))
    manager.hook.tandem_after_run(run=run)
    assert heard == [run, run]
    assert (run.cause, run.counts, run.number, run.started_at) == ("", {}, None, None)
