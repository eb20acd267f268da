"""Plugins are asked before a pass or an import writes: what they refuse waits, what they adjust rests."""

import pytest

from plugins.trial_domains.hooks import guard
from tests.plugged import Plugin
from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.sdk import Address, ContactData, Veto
from webapp.services import editing, hook_faults, reviews, sync_previews
from webapp.services.checks import Faults
from webapp.services.holding import customer_fields
from webapp.services.typed import Form
from webapp.store.columns import now
from webapp.store.links import Link


@pytest.fixture
def synced(world):
    return SyncWorld(world)


def shout(writing):
    return {name: value.upper() for name, value in writing.values.items() if isinstance(value, str)}


def refuse_bad(writing):
    bad = writing.values.get("website") == "https://bad.example"
    return Veto(reason="It is bad: take another.", field="website") if bad else None


def try_again(synced):
    """Let the time for the next try have come."""
    due = db.update(Link).where(Link.connection_id == synced.connection_id, Link.due_at.is_not(None))
    db.session.execute(due.values(due_at=now()))
    db.session.commit()
    synced.look()


def test_a_veto_waits_as_a_problem_until_the_record_is_edited(synced, plug):
    [(our_id, their_id), (other_id, their_other)] = synced.linked("Arc", "Bee")
    plug(Plugin(refuse_bad))
    synced.edit(our_id, website="https://bad.example")
    synced.edit(other_id, website="https://good.example")
    synced.look()
    assert synced.there(their_id).customer.data.website == ""
    assert synced.there(their_other).customer.data.website == "https://good.example"
    assert synced.here(our_id).website == "https://bad.example"
    [problem] = synced.problems()
    assert (problem.reason, problem.field, problem.parked) == ("It is bad: take another.", "website", True)
    assert synced.due() == []
    synced.edit(our_id, website="https://good.example")
    synced.look()
    assert synced.there(their_id).customer.data.website == "https://good.example"
    assert synced.problems() == []


def test_what_is_vetoed_here_waits_and_is_not_lost_there(synced, plug):
    [(our_id, their_id)] = synced.linked("Arc")
    plug(Plugin(refuse_bad))
    synced.edit_there(their_id, website="https://bad.example")
    synced.poll()
    assert synced.here(our_id).website == ""
    assert [(each.side, each.question) for each in synced.problems()] == [("ours", "failed")]
    assert synced.there(their_id).customer.data.website == "https://bad.example"


def test_an_adjusted_value_that_comes_back_is_written_nowhere(synced, plug):
    [(our_id, their_id)] = synced.linked("Arc")
    plugin = plug(Plugin(shout))
    synced.edit(our_id, company_name="Arc Ltd.")
    synced.look()
    assert synced.there(their_id).customer.data.company_name == "ARC LTD."
    assert synced.here(our_id).company_name == "Arc Ltd."
    told = [entry.new for entry in synced.told(our_id) if entry.action == "changed_there"]
    assert told == ["ARC LTD."]
    writing = plugin.told[0]
    assert (writing.kind, writing.where, writing.provider) == ("customer", "provider", "ledgerly")
    assert (writing.values, writing.before["company_name"]) == ({"company_name": "Arc Ltd."}, "")
    plugin.told.clear()
    synced.theirs.calls.clear()
    version = synced.here(our_id).version
    synced.poll()
    synced.census()
    assert (synced.written(), synced.here(our_id).version, plugin.told) == ([], version, [])
    assert (synced.problems(), synced.conflicts(), synced.due()) == ([], [], [])


def test_a_plugin_that_raises_keeps_the_record_back_for_a_while_and_is_named(synced, plug):
    [(our_id, their_id)] = synced.linked("Arc")
    answers = [ZeroDivisionError("secret")]

    def stumble(writing):
        if answers:
            raise answers[0]

    plug(Plugin(stumble))
    synced.edit(our_id, website="https://new.example")
    synced.look()
    [problem] = synced.problems()
    assert "The plugin guard failed in tandem_before_write: ZeroDivisionError" in problem.reason
    assert not problem.parked
    [noted] = hook_faults.noted()
    assert noted.plugin == "guard"
    assert "secret" not in noted.words + problem.reason
    answers.clear()
    try_again(synced)
    assert synced.there(their_id).customer.data.website == "https://new.example"
    assert synced.problems() == []


def test_an_import_reports_who_was_refused_and_brings_the_others(world, plug):
    plug(guard({"TANDEM_TRIAL_DOMAINS": "trial.example"}))
    refused = world.there("Arc", ContactData(first_name="Al", email="al@mail.trial.example"))
    taken = world.there("Bee", ContactData(first_name="Bo", email="bo@Real.Example"))
    world.mirror()
    run = world.confirmed([refused, taken])
    world.carry_out(run)
    items = {item.name: item for item in world.items(run)}
    assert (items["Arc"].state, items["Bee"].state) == ("failed", "done")
    assert "Nobody is reached at mail.trial.example" in items["Arc"].reason
    [customer] = world.customers()
    assert [person.email for person in world.people(customer.id)] == ["bo@real.example"]


def edited(synced, our_id, **typed):
    """Save an edit of a customer as a person does."""
    row = synced.here(our_id)
    form = Form(version=row.version, seen={**customer_fields(row)}, typed=typed)
    return editing.edit_customer(synced.portal_id, our_id, synced.imports.place.user_id, form)


def test_an_edit_that_is_vetoed_says_so_in_the_form_and_is_not_saved(synced, plug):
    [(our_id, _)] = synced.linked("Arc")
    plugin = plug(Plugin(refuse_bad))
    with pytest.raises(Faults) as refused:
        edited(synced, our_id, website="https://bad.example", company_name="Arc Ltd.")
    assert refused.value.faults == {"website": "It is bad: take another."}
    assert synced.here(our_id).company_name == ""
    [asked] = plugin.told
    assert (asked.where, asked.provider, set(asked.values)) == (
        "provider",
        "ledgerly",
        {"website", "company_name"},
    )
    assert edited(synced, our_id, website="https://good.example").changed == ("website",)


def test_what_is_said_of_an_address_or_of_the_whole_record_stands_over_the_form(synced, plug):
    [(our_id, _)] = synced.linked("Arc")
    plug(Plugin(lambda writing: Veto(reason="Not now.", field=next(iter(writing.values)))))
    with pytest.raises(Faults) as refused:
        edited(synced, our_id, billing_address=Address(city="Hamburg"))
    assert refused.value.faults == {"": "Not now."}
    with pytest.raises(Faults):
        editing.set_active(synced.portal_id, our_id, synced.imports.place.user_id, active=False)
    assert synced.here(our_id).active


def test_people_are_asked_about_as_they_are_typed(synced, plug):
    [(our_id, _)] = synced.linked("Arc")
    plug(guard({"TANDEM_TRIAL_DOMAINS": "trial.example"}))
    with pytest.raises(Faults, match="Nobody is reached at"):
        editing.add_contact(
            synced.portal_id, our_id, synced.imports.place.user_id, {"email": "x@trial.example"}
        )
    assert len(synced.imports.people(our_id)) == 2


def test_a_plugin_that_fails_keeps_nobody_from_saving(synced, plug):
    [(our_id, _)] = synced.linked("Arc")
    plug(Plugin(lambda writing: 1 // 0))
    assert edited(synced, our_id, website="https://good.example").changed == ("website",)


def test_a_customer_that_is_only_here_is_asked_about_by_nobody(synced, plug):
    plugin = plug(Plugin(refuse_bad))
    edited(synced, synced.imports.here("Lone"), website="https://bad.example")
    assert plugin.told == []


def test_a_preview_shows_what_would_be_refused(synced, plug):
    [(our_id, _)] = synced.linked("Arc")
    plug(Plugin(refuse_bad))
    synced.edit(our_id, website="https://bad.example")
    shown = sync_previews.preview(synced.portal_id, synced.connection_id)
    [change] = shown.rows[0].changes
    assert (shown.counts, change.note) == ({"refused": 1}, "It is bad: take another.")


def test_a_review_shows_who_would_be_kept_back(world, plug):
    plug(guard({"TANDEM_TRIAL_DOMAINS": "trial.example"}))
    ids = [world.there("Arc", ContactData(first_name="Al", email="al@trial.example")), world.there("Bee")]
    world.mirror()
    [group] = reviews.review(world.reviewed(ids)).groups
    words = {item.name: item.kept_back for item in group.items}
    assert words["Arc"].startswith("Al: Nobody is reached at trial.example")
    assert words["Bee"] == ""
