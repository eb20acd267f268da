"""Each safety device, taken away: the witness of a history must notice."""

from dataclasses import replace

import pytest

from tests.sync.history import History
from tests.sync.world import World
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.steps import TheirCustomer


class WithoutShadows(World):
    def our_customer(self, customer_id):
        ours = super().our_customer(customer_id)
        if ours.link:
            ours = replace(ours, link=replace(ours.link, agreed_ours={}, agreed_theirs={}))
        return ours


class WithOneShadow(World):
    def our_customer(self, customer_id):
        ours = super().our_customer(customer_id)
        if ours.link:
            ours = replace(ours, link=replace(ours.link, agreed_theirs=ours.link.agreed_ours))
        return ours


class WithoutIntents(World):
    def recover(self):
        self.ledger.intents.clear()


class WithoutConfirmedDelete(World):
    def their_customer(self, ours):
        """Take a listing that missed everyone at its word."""
        theirs = super().their_customer(ours)
        gone = frozenset(link.their_id for link in ours.contact_links)
        return TheirCustomer(customer=theirs.customer, contacts=(), gone_contacts=gone)


class WithoutReadBeforeWrite(World):
    def carry_out(self, plan, *, just_read=False):
        return super().carry_out(plan, just_read=True)


def spaces_go(name, value):
    return value.strip() if isinstance(value, str) else value


def play_shadows(world):
    history = History(world)
    history.edit_customer("ours", "website", "new")
    history.settle()
    assert history.here() == history.there()


def play_lossy_mapping(world):
    history = History(world)
    world.edit_here(history.our_id, website=" x.example ")
    history.sync()
    world.edit_here(history.our_id, company_name="Ada Ltd")
    history.sync()
    assert world.read_here(history.our_id).customer.data.website == " x.example "


def play_lost_answer(world):
    history = History(world)
    history.add("ours")
    history.crash(4)
    history.edit("ours", 2, "email", "new")
    history.edit("ours", 2, "first_name", "new")
    history.settle()


def play_short_listing(world):
    History(world).settle()


def play_late_edit(world):
    history = History(world)
    world.edit_here(history.our_id, website="ours.example")
    plan = world.plan_sync(history.our_id)
    world.edit_there(history.their_id, website="theirs.example")
    world.carry_out(plan)
    assert world.read_there(history.their_id).customer.data.website == "theirs.example"


def lossy(kind):
    return kind(theirs=MemoryDirectory(prefix="their-", keeps=spaces_go))


@pytest.mark.parametrize(
    ("play", "world"),
    [
        pytest.param(play_shadows, WithoutShadows, id="shadows"),
        pytest.param(play_lossy_mapping, lambda: lossy(WithOneShadow), id="the second shadow"),
        pytest.param(play_lost_answer, WithoutIntents, id="the intent"),
        pytest.param(play_short_listing, WithoutConfirmedDelete, id="the confirmed delete"),
        pytest.param(play_late_edit, WithoutReadBeforeWrite, id="the reading before a write"),
    ],
)
def test_is_missed(play, world):
    with pytest.raises(AssertionError):
        play(world())


@pytest.mark.parametrize(
    ("play", "world"),
    [
        pytest.param(play_shadows, World, id="shadows"),
        pytest.param(play_lossy_mapping, lambda: lossy(World), id="the second shadow"),
        pytest.param(play_lost_answer, World, id="the intent"),
        pytest.param(play_short_listing, World, id="the confirmed delete"),
        pytest.param(play_late_edit, World, id="the reading before a write"),
    ],
)
def test_does_its_work(play, world):
    play(world())
