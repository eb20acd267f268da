"""Plugins' hooks are asked one after another; one that misbehaves is named, and nobody waits for it long."""

import threading
from typing import Any

import pytest

from tests.plugged import AMPLE, hooked
from webapp.hooks import REST, Hooked, HookFault, Hooks
from webapp.sdk import Address, RunEnd, Veto, Writing, hookimpl

WRITING = Writing(
    kind="contact",
    where="provider",
    provider="ledger",
    values={"email": "a@x.example", "phone": "", "primary": True, "billing_address": Address(city="Oslo")},
)
ENDED = RunEnd(id="1", portal="2", connection="3", provider="ledger", kind="sync", state="done")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def answering(name: str, answer: Any) -> Hooked:
    """Make a plugin whose hooks return `answer`, raise it, or return what it makes of what they are told."""

    def say(told: Any) -> Any:
        if isinstance(answer, BaseException):
            raise answer
        return answer(told) if callable(answer) else answer

    class Plugin:
        @hookimpl
        def tandem_before_write(self, writing):
            return say(writing)

        @hookimpl
        def tandem_after_run(self, run):
            return say(run)

    return hooked(name, Plugin())


def asked(*answers: Any) -> Any:
    """Ask plugins named a, b, … before `WRITING`."""
    plugins = [answering(chr(97 + at), answer) for at, answer in enumerate(answers)]
    return Hooks(plugins, patience=AMPLE).before_write(WRITING)


def test_writes_as_it_is_what_no_plugin_minds():
    assert asked(None, {}) == WRITING.values


def test_each_plugin_is_told_what_those_before_it_made_of_the_values():
    told = []
    asked({"email": "b@x.example"}, lambda writing: told.append(writing.values["email"]))
    assert told == ["b@x.example"]


def test_the_first_veto_ends_the_asking():
    told = []
    answer = asked({"email": "b@x.example"}, Veto(reason="No.", field="email"), told.append)
    assert (answer, told) == (Veto(reason="No.", field="email"), [])


def test_plugins_are_asked_by_their_names_whatever_order_they_came_in():
    told = []
    both = [answering(name, lambda _, name=name: told.append(name)) for name in ("b", "a")]
    Hooks(both, patience=AMPLE).before_write(WRITING)
    assert told == ["a", "b"]


def test_what_a_plugin_keeps_of_the_values_changes_nothing():
    def meddle(writing: Writing) -> None:
        writing.values["email"] = "stolen"  # type: ignore[index]

    with pytest.raises(HookFault, match="TypeError"):
        asked(meddle)
    assert WRITING.values["email"] == "a@x.example"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("no", "returned str"),
        (False, "returned bool"),
        (Veto, "returned type"),
        ({"name": "New"}, "'name', which is not to be written"),
        ({7: "New"}, "7, which is not to be written"),
        ({"email": None}, "email NoneType, not str"),
        ({"email": True}, "email bool, not str"),
        ({"primary": "yes"}, "primary str, not bool"),
        ({"email": ""}, "blanks email"),
        ({"billing_address": Address()}, "blanks billing_address"),
        ({"billing_address": Address(city=7)}, "no text"),  # type: ignore[arg-type]
        ({"email": "a\0"}, "no text"),
        ({"email": "\ud800"}, "no text"),
        (Veto(reason=" \n"), "no reason"),
        (Veto(reason=None), "no reason"),  # type: ignore[arg-type]
        (Veto(reason="No.", field="name"), "not to be written"),
        (KeyError("secret@x.example"), "KeyError"),
        (SystemExit(1), "SystemExit"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_names_a_plugin_that_raises_or_answers_something_else(answer, words):
    with pytest.raises(HookFault) as raised:
        asked(lambda _: answer if not isinstance(answer, BaseException) else fail(answer))
    assert words in str(raised.value)
    assert "plugin a failed in tandem_before_write" in str(raised.value)
    assert "secret" not in str(raised.value)


def fail(error: BaseException) -> None:
    raise error


def test_a_reason_can_be_shown_whatever_it_holds():
    answer = asked(Veto(reason="No\0\ud800\n" + "x" * 1000))
    assert answer.reason.isprintable()
    assert len(answer.reason) == 500


def test_does_not_wait_for_a_plugin_that_hangs_nor_ask_it_again_at_once():
    over, asked, clock = threading.Event(), threading.Semaphore(0), Clock()

    def hang(writing: Writing) -> None:
        asked.release()
        over.wait()

    hooks = Hooks([answering("slow", hang)], patience=0.01, clock=clock)
    for clock.time in (0.0, REST - 1, REST + 1):
        with pytest.raises(HookFault, match="slow failed in tandem_before_write: it took longer"):
            hooks.before_write(WRITING)
    assert asked.acquire(timeout=30)
    assert asked.acquire(timeout=30)
    assert not asked.acquire(blocking=False)
    over.set()


def test_tells_everybody_of_a_run_whoever_fails():
    told = []
    hooks = Hooks([answering("a", RuntimeError("boom")), answering("b", told.append)])
    [fault] = hooks.after_run(ENDED)
    assert (fault.plugin, fault.hook, told) == ("a", "tandem_after_run", [ENDED])


def test_asks_nobody_where_no_plugin_has_a_hook():
    assert not Hooks().vet
    assert not Hooks().hear
    assert Hooks([answering("a", None)]).vet
