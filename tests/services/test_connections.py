"""Connections: ended, paused, in need of a person, and how they are shown."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.mirror_world import Place, connection, named, until_done
from webapp.budget import BudgetSpent
from webapp.extensions import db
from webapp.outside import PluginFault
from webapp.providers import Registry
from webapp.sdk import AuthorizationLost, RateLimited, Unavailable
from webapp.services import connection_views, connections, context, leases, refresh
from webapp.services.errors import NotFound
from webapp.services.leases import LeaseLost
from webapp.services.look import look
from webapp.store.audit import AuditEntry
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.notices import Notice
from webapp.store.runs import Run


@pytest.fixture
def connection_id(place):
    made = place.connect()
    until_done(lambda: look(made, interactive=False))
    return made


def view(place, connection_id):
    return connection_views.view(place.portal_id, connection_id)


def waiting_run(place, connection_id):
    """An import that is confirmed and waits for its turn."""
    run = Run(
        portal_id=place.portal_id, id=new_id(), connection_id=connection_id, kind="import", state="queued"
    )
    db.session.add(run)
    db.session.commit()
    return run.id


def pause_of(run_id):
    db.session.rollback()
    return db.session.scalar(select(Run.pause).where(Run.id == run_id))


def fail_with(there, error):
    def interrupt(call, moment):
        raise error

    there.directory.interrupt = interrupt


def ask(place, connection_id):
    refresh.request(place.portal_id, connection_id)
    return look(connection_id, interactive=True)


def test_disconnecting_wipes_and_gives_back_the_credentials(place, there, connection_id):
    connections.disconnect(place.portal_id, connection_id, user_id=place.user_id)
    ended = connection(connection_id)
    assert (ended.state, ended.credentials) == ("disconnected", "")
    assert there.revoked == [{"client_secret": "s", "token": "t"}]


def test_disconnecting_works_though_the_provider_does_not_answer(place, there, connection_id, mirror_app):
    def busy(account):
        raise Unavailable("cut")

    mirror_app.extensions["tandem_providers"] = Registry([replace(there.provider(), revoke=busy)])
    connections.disconnect(place.portal_id, connection_id, user_id=place.user_id)
    assert connection(connection_id).state == "disconnected"


def test_whoever_is_at_work_stops_when_it_is_disconnected(place, connection_id):
    lease = leases.take(connection_id)
    connections.disconnect(place.portal_id, connection_id, user_id=place.user_id)
    with pytest.raises(LeaseLost):
        lease.check()
    with pytest.raises(LeaseLost):
        lease.assert_held()


def test_disconnecting_twice_is_harmless(place, there, connection_id):
    connections.disconnect(place.portal_id, connection_id, user_id=place.user_id)
    connections.disconnect(place.portal_id, connection_id, user_id=place.user_id)
    assert len(there.revoked) == 1
    with pytest.raises(NotFound):
        connections.disconnect(Place.new().portal_id, connection_id, user_id=None)


def test_connecting_and_disconnecting_are_audited(place, connection_id):
    connections.disconnect(place.portal_id, connection_id, user_id=place.user_id)
    wanted = select(AuditEntry).where(AuditEntry.portal_id == place.portal_id).order_by(AuditEntry.number)
    entries = list(db.session.scalars(wanted))
    assert [entry.action for entry in entries] == ["connection.connected", "connection.disconnected"]
    assert {entry.actor for entry in entries} == {str(place.user_id)}
    assert entries[1].details == {"provider": "ledgerly", "organization": "Nordlicht Studio"}


def test_an_authorisation_that_is_lost_needs_attention_and_loses_nothing(place, there, connection_id):
    run_id = waiting_run(place, connection_id)
    fail_with(there, AuthorizationLost("The token was revoked."))
    ask(place, connection_id)
    shown = view(place, connection_id)
    assert shown.state == "attention"
    assert shown.words == "Ledgerly no longer lets us in. Nothing is lost; changes wait until you reconnect."
    assert shown.notice == "The token was revoked."
    assert "once it is reconnected" in pause_of(run_id)
    there.directory.calls.clear()
    assert look(connection_id, interactive=False) is False
    assert there.directory.calls == []


def test_a_provider_that_asks_for_a_pause_gets_it(place, there, connection_id):
    run_id = waiting_run(place, connection_id)
    fail_with(there, RateLimited("too many", scope="block", after=3600))
    ask(place, connection_id)
    shown = view(place, connection_id)
    assert (shown.state, shown.pause_reason) == ("connected", "Ledgerly asks for a pause.")
    assert timedelta(minutes=59) < shown.paused_until - now() <= timedelta(hours=1)
    assert pause_of(run_id) == "Ledgerly asks for a pause."
    there.directory.calls.clear()
    look(connection_id, interactive=True)
    assert there.directory.calls == []


def end_pause(connection_id):
    db.session.execute(
        update(Connection).where(Connection.id == connection_id).values(paused_until=func.now())
    )
    db.session.commit()


def test_a_day_that_is_over_rests_until_the_next(place, there, connection_id):
    budget, key = context.budget(), connection(connection_id).organization_key
    budget.saw(key, day_limit=1000, day_remaining=1, reset_seconds=7200)
    refusal = RateLimited("No more calls today.", scope="day")
    budget.penalise(key, refusal)
    connections.pause(connection_id, refusal)
    view = connection_views.view(place.portal_id, connection_id)
    assert 7100 < (view.paused_until - now()).total_seconds() <= 7200
    assert view.pause_reason == "Ledgerly takes no more calls today; this goes on tomorrow."


def test_a_pause_is_forgotten_when_it_goes_well_again(place, there, connection_id):
    run_id = waiting_run(place, connection_id)
    fail_with(there, RateLimited("too many", scope="block", after=3600))
    ask(place, connection_id)
    assert "asks for a pause" in pause_of(run_id)
    there.directory.interrupt = None
    end_pause(connection_id)
    ask(place, connection_id)
    healed = connection(connection_id)
    assert (healed.pause_reason, healed.paused_until, healed.failures) == ("", None, 0)
    assert pause_of(run_id) == ""


def test_pauses_grow_while_nothing_answers(place, there, connection_id):
    fail_with(there, Unavailable("Ledgerly cut its answer short."))
    lengths = []
    for _ in range(8):
        ask(place, connection_id)
        lengths.append((connection(connection_id).paused_until - now()).total_seconds())
        end_pause(connection_id)
    assert lengths[0] < 31
    assert lengths[4] > 4 * lengths[0]
    assert max(lengths) <= 1800
    ask(place, connection_id)
    assert view(place, connection_id).pause_reason == "Ledgerly cut its answer short."


def test_a_spent_budget_rests_bulk_work_and_not_people(place, there, connection_id):
    connections.pause(connection_id, BudgetSpent("none left", scope="day", after=7200))
    there.directory.calls.clear()
    look(connection_id, interactive=False)
    assert there.directory.calls == []
    ask(place, connection_id)
    assert [call.name for call in there.directory.calls] == ["changed"]


def test_what_people_do_ends_no_rest_of_bulk_work(place, there, connection_id):
    connections.pause(connection_id, BudgetSpent("none left", scope="day", after=7200))
    ask(place, connection_id)
    assert connection(connection_id).bulk_paused_until > now()
    assert "kept for people" in view(place, connection_id).pause_reason
    told = db.session.scalars(select(Notice).where(Notice.portal_id == place.portal_id)).one()
    assert (told.kind, told.resolved_at) == ("limits.day", None)


def test_a_faulty_plugin_is_named(place, there, connection_id):
    fail_with(there, ZeroDivisionError("with somebody's data"))
    for _ in range(3):
        ask(place, connection_id)
        end_pause(connection_id)
    ask(place, connection_id)
    reason = view(place, connection_id).pause_reason
    assert "The plugin ledgerly failed: ZeroDivisionError" in reason
    assert "somebody" not in reason
    assert issubclass(PluginFault, Unavailable)


def test_a_plugin_that_is_not_there_is_said(place, connection_id, mirror_app):
    mirror_app.extensions["tandem_providers"] = Registry([])
    shown = view(place, connection_id)
    assert not shown.available
    assert "install it again" in shown.words
    assert connection_views.customer_address(place.portal_id, connection_id, "1") == ""
    ask(place, connection_id)
    assert connection(connection_id).state == "attention"


def test_a_view_says_what_is_known(place, connection_id):
    shown = view(place, connection_id)
    assert (shown.label, shown.mark, shown.region_label, shown.sandbox) == ("Ledgerly", "LE", "Europe", False)
    assert (shown.words, shown.connected_by) == ("Connected to Nordlicht Studio.", "Ada")
    assert not shown.stale
    assert shown.full_pass_at is not None
    with pytest.raises(NotFound):
        connection_views.view(Place.new().portal_id, connection_id)


def test_the_list_leaves_out_what_never_got_anywhere(place, connection_id):
    db.session.add(Connection(portal_id=place.portal_id, id=new_id(), provider="ledgerly", state="new"))
    db.session.commit()
    assert [one.id for one in connection_views.views(place.portal_id)] == [connection_id]


def test_a_second_portal_sees_its_own_customers_alone(there, place, connection_id):
    with there.directory.behind() as behind:
        behind.create_customer(named("Arc"))
    other = Place.new()
    assert connection_views.views(other.portal_id) == []


def test_runs_go_on_after_reconnecting(place, connection_id):
    run_id = waiting_run(place, connection_id)
    connections.needs_attention(connection_id, "lost")
    assert pause_of(run_id)
    assert place.connect() == connection_id
    assert pause_of(run_id) == ""
