"""An account counts, asks for leave and is observed at each call, and renews credentials once for all."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import redis

from tests.outside.accounts import KEY, MemoryCredentials, make_account
from tests.outside.peer import answer, peer
from webapp.budget import Budget, BudgetSpent, Limits
from webapp.outside import Call
from webapp.sdk import Fatal, RateLimited, RetryLater, Unavailable

PAUSED = RateLimited("Later.", scope="block", after=60)


class FenceLost(Exception):
    """What a service raises when its lease is another's."""


def cut(client):
    client.close()


def stop():
    raise FenceLost


def test_makes_a_call_and_gives_its_place_back(budget):
    with peer(answer(b'{"code": 0}')) as other:
        account = make_account(budget, other, limits=Limits(calls_per_minute=0, calls_at_once=1))
        for _ in range(3):
            assert account.call("GET", f"{other.origin}/x").json() == {"code": 0}


def test_gives_its_place_back_when_a_call_fails(budget):
    with peer(cut) as other:
        account = make_account(budget, other, limits=Limits(calls_per_minute=0, calls_at_once=1))
        for _ in range(2):
            with pytest.raises(Unavailable):
                account.call("GET", f"{other.origin}/x")


def test_asks_for_leave_after_waiting_for_the_budget_and_before_the_call(budget):
    with peer(answer()) as other:
        account = make_account(budget, other, before_call=stop)
        with pytest.raises(FenceLost):
            account.call("POST", f"{other.origin}/x")
    assert other.requests == []


def test_makes_no_further_call_once_it_was_stopped(budget):
    leaves = iter([stop])
    with peer(answer()) as other:
        account = make_account(budget, other, before_call=lambda: next(leaves, lambda: None)())
        for _ in range(2):
            with pytest.raises(FenceLost):
                account.call("GET", f"{other.origin}/x", counted=False)
    assert other.requests == []


def test_makes_no_call_while_the_organization_is_paused(budget):
    with peer(answer()) as other:
        account = make_account(budget, other)
        account.penalise(PAUSED)
        with pytest.raises(BudgetSpent) as caught:
            account.call("GET", f"{other.origin}/x")
    assert other.requests == [] and caught.value.after == pytest.approx(60, abs=1)


def test_a_call_that_is_not_counted_needs_no_budget(budget):
    with peer(answer()) as other:
        account = make_account(budget, other)
        account.penalise(PAUSED)
        assert account.call("POST", f"{other.origin}/token", counted=False).status == 200


def test_counts_nothing_while_no_organization_is_chosen(budget):
    with peer(answer(headers="X-Rate-Limit-Limit: 10\r\nX-Rate-Limit-Remaining: 1\r\n")) as other:
        make_account(budget, other, budget_key="").call("GET", f"{other.origin}/organizations")
    assert budget.state("").calls_left_today is None


def test_makes_no_call_without_valkey():
    with peer(answer()) as other:
        account = make_account(Budget.at("redis://127.0.0.1:1/0"), other)
        with pytest.raises(RetryLater, match="call budget cannot be asked"):
            account.call("GET", f"{other.origin}/x")
    assert other.requests == []


def test_refuses_a_foreign_host_before_it_spends_a_call(budget):
    with peer(answer()) as other, peer(answer()) as foreign:
        account = make_account(
            budget, other, limits=Limits(calls_per_minute=0, calls_at_once=1, calls_per_day=9)
        )
        with pytest.raises(Fatal):
            account.call("GET", f"{foreign.origin}/x")
    assert foreign.requests == [] and budget.state(KEY).calls_left_today is None


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ("X-Rate-Limit-Limit: 1000\r\nX-Rate-Limit-Remaining: 900\r\nX-Rate-Limit-Reset: 60\r\n", 900),
        ("X-Rate-Limit-Limit: 1000\r\nX-Rate-Limit-Remaining: -80\r\n", -80),
        ("X-Rate-Limit-Limit: many\r\nX-Rate-Limit-Remaining: 900\r\n", None),
        ("X-Rate-Limit-Limit: 0\r\nX-Rate-Limit-Remaining: 0\r\n", None),
        ("X-Rate-Limit-Remaining: 900\r\n", None),
        ("", None),
    ],
)
def test_learns_the_days_calls_from_an_answer(budget, headers, left):
    with peer(answer(headers=headers)) as other:
        make_account(budget, other).call("GET", f"{other.origin}/x")
    assert budget.state(KEY).calls_left_today == left


def test_is_observed_without_parameters(budget):
    seen: list[Call] = []
    with peer(answer(status="404 Not Found")) as other:
        account = make_account(budget, other, on_call=seen.append)
        account.call("GET", f"{other.origin}/contacts/7?email=a@b.c", params={"phone": "555"})
    (call,) = seen
    assert (call.method, call.host, call.path, call.status) == (
        "GET",
        f"127.0.0.1:{other.port}",
        "/contacts/7",
        404,
    )
    assert 0 <= call.ms < 500


def test_is_observed_when_no_answer_came(budget):
    seen: list[Call] = []
    with peer(cut) as other, pytest.raises(Unavailable):
        make_account(budget, other, on_call=seen.append).call("GET", f"{other.origin}/x")
    assert [call.status for call in seen] == [None]


def test_an_observer_that_fails_does_not_hide_how_a_call_went(budget):
    with peer(answer(status="201 Created")) as other:
        account = make_account(budget, other, on_call=lambda call: stop())
        assert account.call("POST", f"{other.origin}/x").status == 201


def test_merges_what_a_renewal_brought_into_what_is_kept(budget):
    with peer(answer()) as other:
        store = MemoryCredentials(token="old", client_id="me")
        account = make_account(budget, other, credentials=store)
        renewed = account.renew(account.credentials(), lambda kept: {"token": "new"})
    assert dict(renewed) == dict(account.credentials()) == {"token": "new", "client_id": "me"}


def test_renews_once_for_fifty_who_ask_at_the_same_time(budget):
    refreshed, together = [], Barrier(50)

    with peer(answer()) as other, ThreadPoolExecutor(50) as threads:
        store = MemoryCredentials(token="old")

        def ask(number):
            account = make_account(budget, other, credentials=store)
            used = account.credentials()
            together.wait(10)
            return account.renew(used, refresh)["token"]

        def refresh(kept):
            refreshed.append(kept)
            make_account(budget, other).call("POST", f"{other.origin}/token", counted=False)
            return {"token": "new"}

        tokens = list(threads.map(ask, range(50)))
    assert tokens == ["new"] * 50 and len(refreshed) == 1


def test_renews_again_when_the_new_credentials_fail_too(budget):
    with peer(answer()) as other:
        account = make_account(budget, other)
        for number in range(3):
            used = account.credentials()
            account.renew(used, lambda kept, number=number: {"token": f"new {number}"})
    assert account.credentials() == {"token": "new 2"}


def test_keeps_the_credentials_of_a_person_who_reconnected_during_a_renewal(budget):
    store = MemoryCredentials(token="old")

    def reconnect_meanwhile(kept):
        store.keep({"token": "of the person"}, expected=1)
        return {"token": "of the renewal"}

    with peer(answer()) as other:
        account = make_account(budget, other, credentials=store)
        renewed = account.renew({"token": "old"}, reconnect_meanwhile)
    assert renewed == account.credentials() == {"token": "of the person"}


def test_a_renewal_that_fails_keeps_nothing_and_lets_the_next_one_try(budget):
    def refuse(kept):
        raise Unavailable("The accounts server is away.")

    with peer(answer()) as other:
        account = make_account(budget, other)
        with pytest.raises(Unavailable):
            account.renew({"token": "old"}, refuse)
        assert account.renew({"token": "old"}, lambda kept: {"token": "new"}) == {"token": "new"}


def test_a_store_that_fails_stops_the_account(budget):
    class Broken(MemoryCredentials):
        def load(self):
            raise redis.ConnectionError("gone")

    with peer(answer()) as other:
        account = make_account(budget, other, credentials=Broken())
        with pytest.raises(redis.ConnectionError):
            account.credentials()
        with pytest.raises(redis.ConnectionError):
            account.call("GET", f"{other.origin}/x")
    assert other.requests == []
