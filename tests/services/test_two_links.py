"""One customer linked to two providers: what happens at one of the three places reaches the other two."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.mirror_world import MAIN, MemoryProvider, Place, portal_app, set_connection
from tests.plugged import install
from tests.services.two_links import CY, TwoLinks
from webapp.extensions import db
from webapp.sdk import hookimpl
from webapp.services import bin, conflicts, connection_views, customers, deleting, sweep, undoing
from webapp.services.errors import Refused
from webapp.services.settling import Decision, settle
from webapp.store.columns import now
from webapp.store.conflict_list import Wanted
from webapp.store.runs import Run


@pytest.fixture(scope="module")
def providers(module_database_url, redis_url):
    """Two providers that both open the same two organizations."""
    made = (
        MemoryProvider(family="ledgers"),
        MemoryProvider(name="papers", label="Paperwork", family="ledgers"),
    )
    with portal_app(module_database_url, redis_url, *(each.provider() for each in made)):
        yield made


@pytest.fixture
def linked(providers):
    """A portal that is connected to both."""
    yield TwoLinks.new(*providers)
    db.session.rollback()


def names_there(linked):
    """Name the customers of both providers."""
    return [sorted(each.customer.data.name for each in world.theirs.customers()) for world in linked.both]


def decide(linked, world, winner):
    """Settle the one conflict with a provider."""
    [record] = conflicts.page(linked.portal_id, Wanted(connection_id=world.connection_id)).rows
    [field] = record.fields
    decision = Decision(key=field.key, winner=winner, seen=field.seen)
    assert len(settle(linked.portal_id, [decision], linked.user_id).done) == 1


def imports_of(world):
    """List the imports from a provider."""
    return list(
        db.session.scalars(
            db.select(Run).where(Run.connection_id == world.connection_id, Run.kind == "import")
        )
    )


def website(world, their_id):
    """Read the website of a customer there."""
    return world.there(their_id).customer.data.website


def test_it_stays_one_customer_with_a_link_and_shadows_for_each(linked):
    our_id, at_one, at_two = linked.linked(website="https://arc.example")
    assert [each.id for each in linked.one.imports.customers()] == [our_id]
    links = {link.their_id: link for link in linked.one.imports.links() if link.kind == "customer"}
    assert set(links) == {at_one, at_two}
    assert {link.our_id for link in links.values()} == {our_id}
    assert all(link.agreed_theirs["website"] == "https://arc.example" for link in links.values())
    assert linked.one.first_names(our_id) == ["Anna", "Bo"]
    assert len([link for link in linked.one.imports.links() if link.kind == "contact"]) == 4


def test_an_edit_here_travels_to_both_and_both_rest_then(linked):
    our_id, at_one, at_two = linked.linked()
    linked.one.edit(our_id, website="https://new.example")
    linked.settle()
    for world, their_id in zip(linked.both, (at_one, at_two), strict=True):
        assert world.there(their_id).customer.data.website == "https://new.example"
        assert world.written() == ["update_customer"]


def test_an_edit_at_one_provider_arrives_at_the_other(linked):
    our_id, at_heard, at_told = linked.linked()
    heard, told = linked.both
    told.edit_there(at_told, website="https://there.example", active=False)
    linked.settle()
    assert linked.one.here(our_id).website == "https://there.example"
    data = heard.there(at_heard).customer.data
    assert (data.website, data.active) == ("https://there.example", False)
    assert (told.written(), heard.written()) == ([], ["update_customer"])


def test_a_contact_added_edited_and_deleted_at_one_is_so_at_the_other(linked):
    our_id, at_heard, at_told = linked.linked()
    heard, told = linked.both
    with told.theirs.behind():
        made = told.theirs.create_contact(at_told, CY)
    linked.settle()
    assert heard.first_names_there(at_heard) == linked.one.first_names(our_id) == ["Anna", "Bo", "Cy"]
    with told.theirs.behind():
        told.theirs.update_contact(at_told, made.id, {"phone": "7", "primary": True})
    linked.settle()
    there = heard.person_there(at_heard, "Cy").data
    assert (there.phone, there.primary) == ("7", True)
    with told.theirs.behind():
        told.theirs.delete_contact(at_told, made.id)
    linked.settle()
    assert heard.first_names_there(at_heard) == linked.one.first_names(our_id) == ["Anna", "Bo"]
    assert told.written() == []


def test_a_contact_added_and_deleted_here_is_so_at_both(linked):
    our_id, at_one, at_two = linked.linked()
    with linked.one.editing() as directory:
        directory.create_contact(str(our_id), CY)
    linked.settle()
    with linked.one.editing() as directory:
        directory.delete_contact(str(our_id), str(linked.one.person(our_id, "Bo").id))
    linked.settle()
    assert linked.one.first_names_there(at_one) == linked.two.first_names_there(at_two) == ["Anna", "Cy"]
    assert linked.one.written() == linked.two.written() == ["create_contact", "delete_contact"]


def test_the_same_person_added_at_both_is_one_contact_here(linked):
    our_id, at_one, at_two = linked.linked()
    for world, their_id in zip(linked.both, (at_one, at_two), strict=True):
        with world.theirs.behind():
            world.theirs.create_contact(their_id, CY)
    linked.settle()
    assert linked.one.first_names(our_id) == ["Anna", "Bo", "Cy"]
    assert linked.one.first_names_there(at_one) == linked.two.first_names_there(at_two)
    assert linked.written() == []


def test_the_dialog_before_a_deletion_names_both_and_it_reaches_both(linked):
    our_id, _, _ = linked.linked()
    reach = deleting.reach(linked.portal_id, our_id)
    assert [place.label for place in reach.places] == ["Ledgerly", "Paperwork"]
    deleting.delete_customer(linked.portal_id, our_id, linked.user_id, version=reach.version)
    assert deleting.in_bin(linked.portal_id, our_id).on_its_way == ("Ledgerly", "Paperwork")
    linked.settle()
    assert names_there(linked) == [["Bystander"], ["Bystander"]]
    binned = deleting.in_bin(linked.portal_id, our_id)
    assert (binned.on_its_way, set(binned.gone_too)) == ((), {"Ledgerly", "Paperwork"})


def test_a_customer_deleted_at_one_is_deleted_at_the_other(linked):
    our_id, _, at_two = linked.linked()
    with linked.two.theirs.behind():
        linked.two.theirs.delete_customer(at_two)
    linked.settle(census=True)
    assert linked.one.here(our_id).deleted_at is not None
    assert names_there(linked) == [["Bystander"], ["Bystander"]]
    assert linked.one.imports.links() == []


def test_one_that_may_not_be_deleted_at_one_of_them_waits_for_a_person_there_alone(linked):
    our_id, at_one, _ = linked.linked()
    linked.one.theirs.transactions.add(at_one)
    with linked.one.editing() as directory:
        directory.delete_customer(str(our_id))
    linked.settle()
    assert [problem.question for problem in linked.one.problems()] == ["cannot be deleted there"]
    assert linked.two.problems() == []
    assert names_there(linked) == [["Arc", "Bystander"], ["Bystander"]]
    with pytest.raises(Refused, match="still linked"):
        bin.erase(linked.portal_id, [f"customer:{our_id}"], linked.user_id)


def test_what_both_providers_changed_is_taken_from_the_first_and_asked_of_the_second(linked):
    our_id, at_one, at_two = linked.linked(website="https://arc.example")
    linked.one.edit_there(at_one, website="https://one.example")
    linked.two.edit_there(at_two, website="https://two.example")
    linked.settle()
    assert linked.one.here(our_id).website == "https://one.example"
    assert (linked.one.conflicts(), linked.written()) == ([], [])
    decide(linked, linked.two, "theirs")
    linked.settle()
    assert [website(world, each) for world, each in zip(linked.both, (at_one, at_two), strict=True)] == [
        "https://two.example"
    ] * 2
    assert linked.one.here(our_id).website == "https://two.example"
    assert linked.two.conflicts() == []


def test_three_unlike_values_wait_as_a_conflict_with_each_provider(linked):
    our_id, at_one, at_two = linked.linked(website="https://arc.example")
    linked.one.edit(our_id, website="https://here.example")
    linked.one.edit_there(at_one, website="https://one.example")
    linked.two.edit_there(at_two, website="https://two.example")
    linked.settle()
    assert [len(world.conflicts()) for world in linked.both] == [1, 1]
    decide(linked, linked.one, "theirs")
    linked.settle()
    assert linked.one.here(our_id).website == "https://one.example"
    decide(linked, linked.two, "ours")
    linked.settle()
    assert website(linked.one, at_one) == website(linked.two, at_two) == "https://one.example"
    assert [world.conflicts() for world in linked.both] == [[], []]


@pytest.mark.parametrize("rules", [("provider", "provider"), ("portal", "provider")])
def test_whoever_wins_all_three_come_to_hold_one_value_and_rest(linked, rules):
    our_id, at_one, at_two = linked.linked(website="https://arc.example")
    for world, rule in zip(linked.both, rules, strict=True):
        set_connection(world.connection_id, rule=rule)
    linked.one.edit(our_id, website="https://here.example")
    linked.one.edit_there(at_one, website="https://one.example")
    linked.two.edit_there(at_two, website="https://two.example")
    linked.settle()
    held = {website(linked.one, at_one), website(linked.two, at_two), linked.one.here(our_id).website}
    assert len(held) == 1
    assert len(linked.written()) <= 2
    assert [world.conflicts() for world in linked.both] == [[], []]


def test_a_provider_that_keeps_values_in_its_own_way_starts_no_race(providers):
    linked = TwoLinks.new(*providers, lambda name, value: value.upper() if name == "website" else value)
    our_id, at_one, at_two = linked.linked()
    linked.one.edit_there(at_one, website="https://one.example")
    linked.settle()
    assert website(linked.two, at_two) == "HTTPS://ONE.EXAMPLE"
    assert linked.one.here(our_id).website == website(linked.one, at_one) == "https://one.example"
    assert linked.written() == ["update_customer"]


def test_what_one_provider_changed_is_at_once_due_for_the_other(linked):
    our_id, at_one, _ = linked.linked()
    linked.one.edit_there(at_one, website="https://one.example")
    linked.one.poll()
    assert linked.two.due() == [our_id]
    assert (linked.two.connection_id, True) in sweep.due_connections(now())


def test_unlinked_from_one_it_stays_in_step_with_the_other(linked):
    our_id, at_one, at_two = linked.linked()
    customers.unlink(linked.portal_id, our_id, linked.one.connection_id, linked.user_id)
    linked.two.edit(our_id, website="https://new.example")
    linked.settle()
    assert (website(linked.one, at_one), website(linked.two, at_two)) == ("", "https://new.example")
    assert {link.connection_id for link in linked.one.imports.links()} == {linked.two.connection_id}


def test_the_second_import_is_undone_alone_and_the_first_keeps_what_is_linked_since(linked):
    our_id, at_one, at_two = linked.linked(differing={"website": "https://two.example"})
    assert website(linked.one, at_one) == "https://two.example"
    [first], [second] = imports_of(linked.one), imports_of(linked.two)
    with pytest.raises(Refused, match="everything is kept"):
        undoing.start(first, linked.user_id)
    undoing.start(second, linked.user_id)
    linked.settle()
    assert {link.connection_id for link in linked.one.imports.links()} == {linked.one.connection_id}
    assert linked.one.here(our_id).website == website(linked.one, at_one) == ""
    assert website(linked.two, at_two) == "https://two.example"
    assert linked.written() == ["update_customer"]


def test_the_bin_gives_up_for_good_only_what_both_deletions_reached(linked):
    our_id, _, _ = linked.linked()
    with linked.one.editing() as directory:
        directory.delete_customer(str(our_id))
    linked.one.poll()
    month_later = now() + bin.KEPT + timedelta(days=1)
    bin.purge(month_later)
    assert deleting.in_bin(linked.portal_id, our_id).on_its_way == ("Paperwork",)
    linked.two.poll()
    bin.purge(month_later)
    assert deleting.in_bin(linked.portal_id, our_id) is None


@pytest.mark.parametrize(("first", "second"), [("ledgerly", "papers"), ("papers", "ledgerly")])
def test_the_same_organization_through_another_product_is_refused_naming_the_first(providers, first, second):
    place = Place.new()
    for each in providers:
        each.organizations = [MAIN]
    place.connect(first)
    label = {each.name: each.label for each in providers}[first]
    with pytest.raises(Refused, match=f"connected to Nordlicht Studio already, through {label}"):
        place.connect(second)
    assert [view.label for view in connection_views.views(place.portal_id)] == [label]


def test_each_connection_has_an_action_of_its_own(linked):
    assert [view.label for view in connection_views.views(linked.portal_id)] == ["Ledgerly", "Paperwork"]


class Louder:
    """A plugin that makes a website longer with each write: none could stir up a race more."""

    @hookimpl
    def tandem_before_write(self, writing):
        return {name: f"{text}!" for name, text in writing.values.items() if name == "website"}


def test_what_a_plugin_adjusts_on_its_way_to_both_starts_no_race(linked, monkeypatch):
    our_id, at_one, at_two = linked.linked()
    install(monkeypatch, Louder())
    linked.one.edit_there(at_one, website="https://arc.example")
    linked.settle()
    assert linked.one.here(our_id).website == "https://arc.example!"
    assert website(linked.one, at_one) == "https://arc.example"
    assert website(linked.two, at_two) == "https://arc.example!!"
    assert linked.settle(census=True) == 0
