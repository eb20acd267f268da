"""Webhooks: who may say that something changed, and that many who say it make one look."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.mirror_world import Place, connection, mirrored, named, refresh_all, set_connection, signed
from tests.services.ledgerly import names
from webapp.extensions import db
from webapp.providers import Registry
from webapp.sdk import Delivery, RateLimited
from webapp.services import audit, context, keys, webhooks
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.services.look import look
from webapp.services.signals import due
from webapp.services.sweep import due_connections
from webapp.store.audit import AuditEntry
from webapp.store.columns import now
from webapp.store.secrets import Safe
from webapp.store.webhooks import Webhook

HALF_A_MINUTE = timedelta(seconds=30)


@pytest.fixture
def rung():
    """What was announced, in order."""
    heard = []

    def hear(sender, *, connection_id, interactive):
        heard.append((connection_id, interactive))

    with due.connected_to(hear):
        yield heard


@pytest.fixture
def hook(place: Place, filled: uuid.UUID) -> uuid.UUID:
    """A connection that has a webhook, and was last looked at a minute ago."""
    webhooks.make(place.portal_id, filled, user_id=place.user_id)
    looked_before(filled, seconds=60)
    return filled


def looked_before(connection_id: uuid.UUID, *, seconds: float) -> None:
    set_connection(connection_id, refreshed_at=func.now() - timedelta(seconds=seconds), hint_due_at=None)


def send(place: Place, connection_id: uuid.UUID, delivery: Delivery | None = None) -> None:
    """Let a delivery arrive at the connection's address: a signed one unless another is given."""
    shown = webhooks.view(place.portal_id, connection_id)
    found = webhooks.owner_of(shown.address.rpartition("/")[2])
    webhooks.arrived(found, delivery or signed(shown.secret))


def row(connection_id: uuid.UUID) -> Webhook | None:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalar(select(Webhook).where(Webhook.connection_id == connection_id))


def is_due(connection_id: uuid.UUID) -> bool:
    """Tell whether a sweep would ring for the connection, in the queue of what is waited for."""
    set_connection(connection_id, rung_at=None)
    return (connection_id, True) in due_connections(now())


def test_an_address_and_a_secret_are_long_and_stand_sealed(place, hook):
    shown = webhooks.view(place.portal_id, hook)
    token = shown.address.rpartition("/hooks/")[2]
    assert len(token) >= 43
    assert (len(shown.secret), shown.secret.isalnum(), shown.secret.isascii()) == (48, True, True)
    kept = row(hook)
    assert not {token, shown.secret} & {kept.token, kept.secret, kept.token_digest}
    assert shown.guide == (
        ("Paste ", "address", ", if you please."),
        ("Paste ", "secret", "."),
        ("Save.", "", ""),
    )


def test_each_connection_has_one_address_and_another_asks_to_renew_it(place, hook):
    before = webhooks.view(place.portal_id, hook)
    with pytest.raises(Conflict):
        webhooks.make(place.portal_id, hook, user_id=place.user_id)
    webhooks.renew(place.portal_id, hook, user_id=place.user_id)
    after = webhooks.view(place.portal_id, hook)
    assert not {before.address, before.secret} & {after.address, after.secret}
    with pytest.raises(NotFound):
        webhooks.owner_of(before.address.rpartition("/")[2])


def test_a_renewed_webhook_waits_for_its_first_delivery_again(place, hook):
    send(place, hook)
    webhooks.renew(place.portal_id, hook, user_id=place.user_id)
    shown = webhooks.view(place.portal_id, hook)
    assert (shown.arrivals, shown.arrived_at) == (0, None)


def test_one_that_was_removed_is_unknown_and_stays_so(place, hook):
    token = webhooks.view(place.portal_id, hook).address.rpartition("/")[2]
    webhooks.remove(place.portal_id, hook, user_id=place.user_id)
    webhooks.remove(place.portal_id, hook, user_id=place.user_id)
    with pytest.raises(NotFound):
        webhooks.owner_of(token)
    with pytest.raises(NotFound):
        webhooks.renew(place.portal_id, hook, user_id=place.user_id)
    assert webhooks.view(place.portal_id, hook).made_at is None


def test_who_made_renewed_and_removed_it_is_audited_without_its_secrets(place, hook):
    webhooks.renew(place.portal_id, hook, user_id=place.user_id)
    webhooks.remove(place.portal_id, hook, user_id=place.user_id)
    told = select(AuditEntry).where(
        AuditEntry.portal_id == place.portal_id, AuditEntry.action.startswith("webhook.")
    )
    entries = list(db.session.scalars(told.order_by(AuditEntry.number)))
    assert [each.action for each in entries] == ["webhook.made", "webhook.renewed", "webhook.removed"]
    assert {(each.actor, each.subject) for each in entries} == {(str(place.user_id), str(hook))}
    assert audit.verify(place.portal_id) is None


def test_a_provider_without_webhooks_gets_no_address(place, filled, there, mirror_app: Flask):
    plain = there.provider()
    object.__setattr__(plain.capabilities, "webhooks", False)
    mirror_app.extensions["tandem_providers"] = Registry([plain])
    with pytest.raises(Refused, match="Ledgerly cannot tell of changes by itself"):
        webhooks.make(place.portal_id, filled, user_id=place.user_id)
    assert webhooks.view(place.portal_id, filled).supported is False


def test_nobody_makes_an_address_for_another_portals_connection(place, hook):
    stranger = Place.new()
    for act in (webhooks.make, webhooks.renew, webhooks.remove):
        with pytest.raises(NotFound):
            act(stranger.portal_id, hook, user_id=stranger.user_id)
    assert row(hook) is not None


def test_a_signed_delivery_is_counted_and_lets_the_connection_be_looked_at_at_once(place, hook, books, rung):
    with books.behind() as behind:
        behind.create_customer(named("New there"))
    send(place, hook)
    kept = row(hook)
    assert (kept.arrivals, kept.arrived_at is None, kept.refusal) == (1, False, "")
    assert rung == [(hook, True)]
    assert is_due(hook)
    look(hook, interactive=True)
    assert names(books.calls) == ["changed"]
    assert connection(hook).hint_due_at is None


def test_many_deliveries_make_one_look(place, hook, books, rung):
    for _ in range(5):
        send(place, hook)
        look(hook, interactive=True)
    assert names(books.calls) == ["changed"]
    assert row(hook).arrivals == 5
    assert rung.count((hook, True)) == 1
    waiting = connection(hook)
    assert waiting.hint_due_at == waiting.refreshed_at + HALF_A_MINUTE
    assert not is_due(hook)


def test_a_delivery_within_half_a_minute_is_looked_at_when_it_is_over(place, hook, books):
    send(place, hook)
    look(hook, interactive=True)
    send(place, hook)
    assert not is_due(hook)
    set_connection(hook, hint_due_at=func.now())
    assert is_due(hook)
    look(hook, interactive=True)
    assert names(books.calls) == ["changed", "changed"]
    assert connection(hook).hint_due_at is None


def test_a_delivery_that_comes_during_a_look_is_kept_for_the_next_and_makes_no_second_at_once(
    place, hook, books
):
    send(place, hook)
    changed = books.changed

    def interrupted(cursor):
        send(place, hook)
        return changed(cursor)

    books.changed = interrupted
    look(hook, interactive=True)
    del books.changed
    waiting = connection(hook)
    assert names(books.calls) == ["changed"]
    assert waiting.refreshed_at + HALF_A_MINUTE <= waiting.hint_due_at
    assert not is_due(hook)


def test_a_delivery_that_waits_survives_a_look_somebody_else_asked_for(place, hook, books):
    looked_before(hook, seconds=10)
    send(place, hook)
    put_off = connection(hook).hint_due_at
    set_connection(hook, refresh_wanted_at=func.now())
    look(hook, interactive=True)
    waiting = connection(hook)
    assert waiting.refresh_wanted_at is None
    assert waiting.hint_due_at >= put_off
    assert names(books.calls) == ["changed"]


def test_a_small_plans_calls_space_the_looks_farther_apart(place, hook):
    offered = [{**each, "calls_per_day": 1000} for each in connection(hook).organizations["offered"]]
    set_connection(hook, organizations={"offered": offered})
    looked_before(hook, seconds=100)
    send(place, hook)
    waiting = connection(hook)
    assert waiting.hint_due_at == waiting.refreshed_at + timedelta(days=3) / 1000


def test_a_hint_leaves_the_calls_that_are_kept_for_people(place, hook, mirror_app: Flask):
    send(place, hook)
    set_connection(hook, bulk_paused_until=func.now() + timedelta(hours=1))
    assert not is_due(hook)
    assert look(hook, interactive=True) is False
    assert connection(hook).hint_due_at is not None
    set_connection(hook, bulk_paused_until=func.now())
    assert is_due(hook)


def test_a_hint_outlives_a_refusal(place, hook, books):
    send(place, hook)

    def refuse(call, when):
        raise RateLimited("slower", after=1)

    books.interrupt = refuse
    look(hook, interactive=True)
    books.interrupt = None
    assert connection(hook).hint_due_at is not None


@pytest.mark.parametrize("delivery", [Delivery(headers={}, query=(), body=b"{}"), signed("x" * 48)])
def test_one_that_is_not_signed_is_turned_away_noted_and_makes_no_look(place, hook, rung, delivery):
    with pytest.raises(webhooks.Unsigned):
        send(place, hook, delivery)
    kept = row(hook)
    assert (kept.arrivals, kept.refused_at is None) == (0, False)
    assert kept.refusal == "It was not signed with the secret shown here."
    assert rung == []
    assert connection(hook).hint_due_at is None


def test_a_verifier_that_breaks_turns_the_delivery_away(place, hook, there, mirror_app: Flask):
    def breaks(delivery, secret):
        raise KeyError("signature")

    plugin = there.provider()
    object.__setattr__(plugin, "verify_webhook", breaks)
    mirror_app.extensions["tandem_providers"] = Registry([plugin])
    with pytest.raises(webhooks.Unsigned):
        send(place, hook)
    assert row(hook).refusal == "The plugin could not read it."


@pytest.mark.parametrize("state", ["attention", "disconnected"])
def test_a_connection_that_cannot_read_counts_it_and_is_not_looked_at(place, hook, state):
    set_connection(hook, state=state)
    send(place, hook)
    assert row(hook).arrivals == 1
    assert connection(hook).hint_due_at is None


def test_a_secret_moved_to_another_row_opens_nothing(place, hook):
    other = Place.new()
    moved = other.connect()
    webhooks.make(other.portal_id, moved, user_id=None)
    values = {"secret": row(hook).secret}
    db.session.execute(update(Webhook).where(Webhook.connection_id == moved).values(values))
    db.session.commit()
    assert webhooks.view(other.portal_id, moved).broken


@pytest.fixture
def another_key(mirror_app: Flask):
    """Restart, as it were, with another key before the old one, or with it alone."""
    before = mirror_app.extensions["tandem_safe"]
    old = mirror_app.config["TANDEM"].keys
    yield lambda alone: mirror_app.extensions.update(
        tandem_safe=Safe({"fresh": b"f" * 32, **({} if alone else old)})
    )
    mirror_app.extensions["tandem_safe"] = before


def test_a_rotation_of_keys_reaches_address_and_secret(place, hook, another_key):
    before = webhooks.view(place.portal_id, hook)
    another_key(alone=False)
    keys.rotate()
    kept = row(hook)
    assert {kept.token.partition(":")[0], kept.secret.partition(":")[0]} == {"fresh"}
    another_key(alone=True)
    after = webhooks.view(place.portal_id, hook)
    assert (after.address, after.secret) == (before.address, before.secret)
    send(place, hook)


def test_a_lost_key_leaves_a_webhook_that_says_so_until_it_is_given_up(place, hook, another_key):
    key = context.safe().current
    another_key(alone=True)
    shown = webhooks.view(place.portal_id, hook)
    assert (shown.broken, shown.address, shown.secret) == (True, "", "")
    keys.forget(key)
    assert row(hook) is None


@pytest.mark.parametrize(
    ("address", "reachable"),
    [
        ("https://portal.example.com", True),
        ("https://8.8.8.8", True),
        ("https://[2606:4700::1111]:8443", True),
        ("http://127.0.0.1:5000", False),
        ("http://localhost:5000", False),
        ("http://[::1]:5000", False),
        ("https://192.168.1.7", False),
        ("https://tandem", False),
        ("https://tandem.lan", False),
    ],
)
def test_an_address_nobody_on_the_internet_reaches_is_known(address, reachable):
    assert webhooks.is_reachable(address) is reachable


def test_a_refresh_after_hints_reads_what_they_were_about(place, hook, books):
    with books.behind() as behind:
        made = behind.create_customer(named("New there"))
    send(place, hook)
    look(hook, interactive=True)
    refresh_all(hook)
    assert made.id in mirrored(hook)
