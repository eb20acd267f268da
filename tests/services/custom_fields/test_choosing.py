"""Which custom fields of a provider a portal shows: asked for, chosen, and chosen anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.mirror_world import set_connection
from tests.services.custom_fields.own_fields import (
    ALL,
    HELD,
    SINCE,
    choose,
    held,
    linked,
    name_of,
    shown,
)
from webapp.extensions import db
from webapp.services import custom_fields
from webapp.services.errors import Conflict, Invalid
from webapp.store.audit import AuditEntry
from webapp.store.columns import now
from webapp.store.mirror import MirrorCustomer


def test_nothing_is_shown_before_somebody_chose(synced):
    our_id, their_id = linked(synced)
    assert (held(synced, our_id), shown(synced, our_id)) == ({}, [])
    kept = db.session.get_one(MirrorCustomer, (synced.portal_id, synced.connection_id, their_id))
    assert {name.rpartition(".")[2]: value for name, value in kept.custom_fields.items()} == HELD


def test_what_is_known_comes_here_once_chosen_and_costs_no_call(synced):
    our_id, _ = linked(synced, tier="both", score="from_provider")
    assert held(synced, our_id) == {"tier": "Plus", "score": "7"}
    assert shown(synced, our_id) == [("Ledgerly", {"Tier": "Plus", "Score": "7"})]
    link = synced.link(our_id)
    assert link.agreed_ours[name_of(synced, "tier")] == link.agreed_theirs[name_of(synced, "tier")] == "Plus"
    choose(synced, tier="both", score="from_provider", since="both")
    synced.theirs.calls.clear()
    synced.look()
    assert held(synced, our_id)["since"] == "2024-03-01"
    assert [name for name in synced.called() if name != "changed"] == []
    assert (synced.due(), synced.conflicts(), synced.problems()) == ([], [], [])


def test_a_field_hidden_again_stops_travelling_and_comes_back_up_to_date(synced):
    our_id, their_id = linked(synced, tier="both")
    choose(synced)
    assert shown(synced, our_id) == []
    synced.edit_there(their_id, **{"custom.tier": "Basic"})
    synced.poll()
    assert held(synced, our_id) == {"tier": "Plus"}
    choose(synced, tier="both")
    synced.look()
    assert held(synced, our_id) == {"tier": "Basic"}


def test_the_provider_is_asked_once_a_day_and_the_choice_outlives_the_asking(synced, provider):
    our_id, _ = linked(synced, tier="both")
    synced.poll()
    assert provider.asked.count("custom_fields") == 1
    provider.own[:] = [SINCE]
    kept = synced.connection().custom_fields
    yesterday = (now() - timedelta(hours=25)).isoformat()
    set_connection(synced.connection_id, custom_fields={**kept, "asked_at": yesterday})
    synced.poll()
    assert provider.asked.count("custom_fields") == 2
    assert shown(synced, our_id) == []
    assert custom_fields.labels(synced.portal_id)[name_of(synced, "tier")] == "Tier (Ledgerly)"
    provider.own[:] = ALL
    set_connection(
        synced.connection_id, custom_fields={**synced.connection().custom_fields, "asked_at": yesterday}
    )
    synced.poll()
    assert shown(synced, our_id) == [("Ledgerly", {"Tier": "Plus"})]


def test_a_choice_is_refused_against_its_way_and_where_somebody_was_quicker(synced):
    linked(synced)
    with pytest.raises(Invalid, match="Score cannot go this way"):
        choose(synced, score="both")
    place = (synced.portal_id, synced.connection_id)
    seen = custom_fields.choosing(*place).seen
    assert choose(synced, tier="both") == 1
    with pytest.raises(Conflict):
        custom_fields.choose(*place, {}, seen=seen, user_id=synced.imports.place.user_id)
    told = db.session.scalars(db.select(AuditEntry).where(AuditEntry.portal_id == synced.portal_id))
    details = [each.details for each in told if each.action == "connection.custom_fields"]
    assert details == [{"before": {}, "chosen": {"tier": "both"}}]
