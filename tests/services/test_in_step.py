"""How a customer stands beside its provider, and that what somebody looks at is read in full."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from tests.mirror_world import mirrored, set_connection
from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.sdk import Address
from webapp.services import customers, in_step, signals
from webapp.store.columns import now
from webapp.store.conflicts import Conflict
from webapp.store.links import Link
from webapp.store.mirror import MirrorCustomer
from webapp.store.problems import Problem


@pytest.fixture
def synced(world):
    return SyncWorld(world)


@pytest.fixture
def arc(synced):
    """Arc, linked and in step; its newest version there was read in full."""
    [(our_id, their_id)] = synced.linked("Arc")
    synced.imports.read_details([their_id])
    synced.look()
    return our_id


def stands(synced, our_id):
    db.session.rollback()
    db.session.expire_all()
    [found] = customers.detail(synced.portal_id, our_id).beside
    return found


def place(synced, our_id):
    return {
        "portal_id": synced.portal_id,
        "connection_id": synced.connection_id,
        "kind": "customer",
        "our_id": our_id,
        "customer_id": our_id,
    }


def test_says_what_travels_and_what_rests(synced, arc):
    assert (stands(synced, arc).state, stands(synced, arc).moving) == ("ok", False)
    synced.edit(arc, website="https://arc.example")
    found = stands(synced, arc)
    assert (found.state, found.words, found.moving) == ("move", "Travels to Ledgerly now", True)
    synced.look(interactive=True)
    assert stands(synced, arc).words == "In step with Ledgerly"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"state": "attention"}, "no longer lets us in"),
        ({"state": "disconnected"}, "Not connected"),
        ({"sync_paused_at": "now"}, "is paused"),
        ({"held": {"why": "restored", "at": ""}}, "somebody has to look"),
        ({"provider": "unheard of"}, "not available"),
    ],
)
def test_says_why_nothing_travels(synced, arc, columns, words):
    synced.edit(arc, website="https://arc.example")
    set_connection(synced.connection_id, **{n: now() if v == "now" else v for n, v in columns.items()})
    found = stands(synced, arc)
    assert words in found.words
    assert (found.moving, found.waits_at) == (False, "connection")


def test_leads_to_what_waits_for_a_person(synced, arc):
    db.session.execute(insert(Conflict).values(field="name", **place(synced, arc)))
    db.session.commit()
    assert (stands(synced, arc).waits_at, stands(synced, arc).words) == (
        "conflicts",
        "Waits for you: 1 conflict",
    )
    db.session.execute(insert(Problem).values(question="failed", **place(synced, arc)))
    db.session.commit()
    assert (stands(synced, arc).waits_at, stands(synced, arc).state) == ("problems", "bad")


def test_a_customer_somebody_opens_is_read_in_full_and_its_address_appears(synced, arc):
    their_id = synced.link(arc).their_id
    synced.edit_there(their_id, billing_address=Address(city="Kiel"))
    db.session.execute(update(MirrorCustomer).values(detail_version=None))
    db.session.execute(update(Link).values(due_at=None))
    db.session.commit()
    heard = []
    synced.theirs.calls.clear()

    def hear(app, *, connection_id, interactive):
        heard.append(interactive)

    with signals.due.connected_to(hear):
        for _ in range(2):
            in_step.want_details(synced.portal_id, [stands(synced, arc)])
    assert heard == [True]
    assert stands(synced, arc).reading
    synced.look(interactive=True)
    assert synced.called() == ["customer"]
    assert not stands(synced, arc).reading
    assert mirrored(synced.connection_id)[their_id].detail_wanted_at is None
    synced.look()
    assert synced.here(arc).billing_address["city"] == "Kiel"


def test_what_was_read_in_full_is_not_asked_for_again(synced, arc):
    in_step.want_details(synced.portal_id, [stands(synced, arc)])
    assert mirrored(synced.connection_id)[synced.link(arc).their_id].detail_wanted_at is None
