"""Adding and editing customers and contacts: what is kept, what is refused, and what travels."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import current_app

from tests.services.synced import ANNA, BO, SyncWorld
from webapp.extensions import db
from webapp.providers import Registry
from webapp.sdk import Address
from webapp.services import bin, customers, deleting, editing, locales, merge_choices, signals
from webapp.services.checks import Faults
from webapp.services.editing import Namesake
from webapp.services.errors import Invalid, NotFound, Refused
from webapp.services.holding import Binned, contact_fields, customer_fields
from webapp.services.typed import Form, Moved
from webapp.store.columns import new_id
from webapp.store.customers import Contact, Customer

TEXTS = {"name": "", "company_name": "", "website": "", "billing_address": Address()}
HAMBURG = Address(street="Hafenstraße 14\nHinterhof", postal_code="20457", city="Hamburg", country="Germany")


@pytest.fixture
def synced(world):
    return SyncWorld(world)


@pytest.fixture
def arc(synced):
    """Arc, linked and in step, with two people."""
    [(our_id, _)] = synced.linked("Arc")
    return our_id


@pytest.fixture
def rung():
    """Collect the connections that are said to have work."""
    heard = []

    def hear(app, *, connection_id, interactive):
        heard.append((connection_id, interactive))

    with signals.due.connected_to(hear):
        yield heard


@pytest.fixture
def strict(arc):
    """The provider takes short names only, each once, and needs a first name."""
    registry = current_app.extensions["tandem_providers"]
    [provider] = registry.providers()
    rules = {
        "unique_names": True,
        "max_lengths": {"customer": {"name": 9, "billing_address.city": 5}, "contact": {"first_name": 9}},
        "required": {"contact": ("first_name",)},
    }
    strict = replace(provider, capabilities=replace(provider.capabilities, **rules))
    current_app.extensions["tandem_providers"] = Registry([strict])
    yield
    current_app.extensions["tandem_providers"] = registry


@pytest.fixture
def one_each(arc):
    """The provider keeps one contact of a customer."""
    registry = current_app.extensions["tandem_providers"]
    [provider] = registry.providers()
    capabilities = replace(provider.capabilities, several_contacts=False)
    current_app.extensions["tandem_providers"] = Registry([replace(provider, capabilities=capabilities)])
    yield
    current_app.extensions["tandem_providers"] = registry


def shown(record, **typed):
    """Make the form of a record as somebody sees it now, with something typed in it."""
    db.session.rollback()
    row = db.session.get_one(type(record), (record.portal_id, record.id), populate_existing=True)
    values = customer_fields(row) if isinstance(row, Customer) else contact_fields(row)
    return Form(
        version=row.version, seen=values, typed={**{n: v for n, v in values.items() if n in typed}, **typed}
    )


def edit(synced, our_id, form, **more):
    return editing.edit_customer(synced.portal_id, our_id, synced.imports.place.user_id, form, **more)


def edit_contact(synced, contact, form):
    place = (synced.portal_id, contact.customer_id, contact.id, synced.imports.place.user_id)
    return editing.edit_contact(*place, form)


def add(synced, *, currency="EUR", person=None, anyway=False, **typed):
    return editing.add_customer(
        synced.portal_id,
        synced.imports.place.user_id,
        {**TEXTS, **typed},
        currency=currency,
        currencies=locales.currencies(),
        person=person or {},
        anyway=anyway,
    )


def add_contact(synced, our_id, **typed):
    return editing.add_contact(synced.portal_id, our_id, synced.imports.place.user_id, typed)


def changes(synced, our_id):
    return [(e.action, e.kind, e.field, e.old, e.new) for e in synced.told(our_id) if e.run_id is None]


def test_adds_a_customer_with_its_first_contact_and_its_history(synced, rung):
    saved = add(synced, name="Bolt", billing_address=HAMBURG, person={"first_name": "Ada", "email": ""})
    row = synced.here(saved.customer_id)
    assert (row.name, row.currency, row.billing_address["city"]) == ("Bolt", "EUR", "Hamburg")
    assert [(each.name, each.primary) for each in synced.imports.people(row.id)] == [("Ada", True)]
    assert [(action, new) for action, *_, new in changes(synced, row.id)] == [
        ("created", "Bolt"),
        ("created", "Ada"),
    ]
    assert rung == []


def test_a_new_customer_has_no_contact_when_none_is_typed(synced):
    saved = add(synced, name="Bolt", person={"first_name": "", "email": ""})
    assert synced.imports.people(saved.customer_id) == []


def test_tells_all_that_is_wrong_with_a_new_customer_at_once(synced):
    with pytest.raises(Faults) as refused:
        add(synced, currency="XXL", website="ftp://x.example", person={"email": "x@@y", "phone": "call me"})
    assert set(refused.value.faults) == {"name", "website", "currency", "person.email", "person.phone"}
    assert synced.imports.customers() == []


def test_asks_before_a_second_customer_gets_a_name_that_is_here(synced):
    first = add(synced, name="Bolt")
    with pytest.raises(Namesake) as refused:
        add(synced, name="  BOLT ")
    assert refused.value.customer_id == first.customer_id
    add(synced, name="Bolt", anyway=True)
    assert [each.name for each in synced.imports.customers()] == ["Bolt", "Bolt"]


def test_an_edit_is_kept_with_its_history_and_travels(synced, arc, rung):
    saved = edit(synced, arc, shown(synced.here(arc), name="Arc Ltd", website="arc.example"))
    assert set(saved.changed) == {"name", "website"}
    assert rung == [(synced.connection_id, True)]
    assert synced.due() == [arc]
    assert ("changed", "customer", "name", "Arc", "Arc Ltd") in changes(synced, arc)
    synced.look(interactive=True)
    assert synced.there(synced.link(arc).their_id).customer.data.name == "Arc Ltd"


def test_what_nobody_changed_writes_nothing(synced, arc, rung):
    before = synced.here(arc).version
    assert edit(synced, arc, shown(synced.here(arc), name="Arc")).changed == ()
    assert (synced.here(arc).version, rung, changes(synced, arc)) == (before, [], [])


def test_two_people_who_change_different_fields_are_both_kept(synced, arc):
    mine, theirs = (shown(synced.here(arc), name="Arc", website="", company_name="") for _ in range(2))
    edit(synced, arc, replace(theirs, typed={**theirs.typed, "website": "https://arc.example"}))
    saved = edit(synced, arc, replace(mine, typed={**mine.typed, "name": "Arc Ltd"}))
    row = synced.here(arc)
    assert (row.name, row.website) == ("Arc Ltd", "https://arc.example")
    assert saved.meanwhile == ("website",)


def test_two_people_who_change_one_field_see_both_values_and_nothing_is_written(synced, arc):
    mine = shown(synced.here(arc), name="Mine", website="https://mine.example")
    edit(synced, arc, shown(synced.here(arc), name="Theirs"))
    version = synced.here(arc).version
    with pytest.raises(Moved) as moved:
        edit(synced, arc, mine)
    [clash] = moved.value.clashes
    assert (clash.field, clash.typed, clash.now, clash.change.by) == ("name", "Mine", "Theirs", "Ada")
    assert clash.change.at is not None
    assert moved.value.typed["website"] == "https://mine.example"
    assert (synced.here(arc).name, synced.here(arc).website, synced.here(arc).version) == (
        "Theirs",
        "",
        version,
    )


def test_whoever_saw_both_may_replace_the_other_one(synced, arc):
    mine = shown(synced.here(arc), name="Mine")
    edit(synced, arc, shown(synced.here(arc), name="Theirs"))
    with pytest.raises(Moved) as moved:
        edit(synced, arc, mine)
    edit(synced, arc, Form(version=moved.value.version, seen=moved.value.now, typed={"name": "Mine"}))
    assert synced.here(arc).name == "Mine"


def test_a_value_that_was_not_seen_is_never_replaced(synced, arc):
    with pytest.raises(Moved):
        edit(synced, arc, Form(version=0, seen={}, typed={"name": "Blind"}))
    assert synced.here(arc).name == "Arc"


def test_an_unknown_value_is_never_made_blank(synced):
    here = synced.imports.here("Bolt")
    edit(synced, here, shown(synced.here(here), company_name="", billing_address=Address(), name="Bolt Ltd"))
    row = synced.here(here)
    assert (row.name, row.company_name, row.billing_address) == ("Bolt Ltd", None, None)


def test_an_odd_value_that_nobody_touched_keeps_nobody_from_saving(synced, arc):
    [contact] = [each for each in synced.imports.people(arc) if each.primary]
    with synced.editing() as directory:
        directory.update_contact(str(arc), str(contact.id), {"email": "not an address\n", "phone": " ?"})
    edit_contact(synced, contact, shown(contact, email="not an address", phone="?", designation="Chef"))
    row = synced.person(arc, "Anna")
    assert (row.email, row.phone, row.designation) == ("not an address\n", " ?", "Chef")


def test_what_a_customer_cannot_hold_is_refused_and_nothing_is_written(synced, arc):
    with pytest.raises(Faults) as refused:
        edit(
            synced,
            arc,
            shown(synced.here(arc), name="", website="ftp://arc.example", company_name="Kept back"),
        )
    assert set(refused.value.faults) == {"name", "website"}
    assert changes(synced, arc) == []


def test_an_unusual_phone_is_kept_with_a_warning(synced, arc):
    contact = synced.person(arc, "Anna")
    saved = edit_contact(synced, contact, shown(contact, phone="12345", mobile="040 1234567"))
    assert saved.warnings == ("“12345” is kept as typed. It is not a usual phone number: check it.",)


def test_a_phone_is_read_as_one_of_the_customers_country(synced, arc):
    edit(synced, arc, shown(synced.here(arc), billing_address=Address(country="Denmark")))
    contact = synced.person(arc, "Anna")
    assert edit_contact(synced, contact, shown(contact, phone="62 55 01 41")).warnings == ()


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("name", "Arc Limited", "This has 11 characters, and Ledgerly takes 9: shorten it."),
        ("billing_address", Address(city="Hamburg"), "This has 7 characters, and Ledgerly takes 5"),
    ],
)
def test_what_the_provider_cannot_hold_is_refused_before_it_is_sent(
    synced, arc, strict, field, typed, reason
):
    with pytest.raises(Faults, match=reason):
        edit(synced, arc, shown(synced.here(arc), **{field: typed}))


def test_a_name_the_provider_has_already_is_refused_with_the_remedy(synced, arc, strict):
    synced.imports.there("Bolt")
    synced.imports.mirror()
    with pytest.raises(Faults, match=r"another customer called “BOLT”.*rename the other one"):
        edit(synced, arc, shown(synced.here(arc), name="BOLT"))
    assert edit(synced, arc, shown(synced.here(arc), name="ARC")).changed == ("name",)


def test_a_contact_without_what_the_provider_needs_is_refused(synced, arc, strict):
    with pytest.raises(Faults, match="Ledgerly needs the first name of every contact"):
        add_contact(synced, arc, first_name="", last_name="Li")
    with pytest.raises(Faults, match="a name or an e-mail"):
        add_contact(synced, synced.imports.here("Bolt"), first_name="", last_name="", email="", phone="040 1")


def test_a_contact_is_added_there_too(synced, arc):
    saved = add_contact(synced, arc, first_name="Cy", last_name="Li")
    assert (saved.name, synced.due()) == ("Cy Li", [arc])
    synced.look(interactive=True)
    assert "Cy" in synced.first_names_there(synced.link(arc).their_id)


def test_making_a_contact_primary_tells_of_both(synced, arc):
    bo, anna = synced.person(arc, "Bo"), synced.person(arc, "Anna")
    touched = editing.make_primary(synced.portal_id, arc, bo.id, synced.imports.place.user_id)
    assert (touched.name, touched.others) == ("Bo Ek", (anna.id,))
    told = {
        (e.record_id, e.old, e.new) for e in synced.told(arc) if e.field == "primary" and e.run_id is None
    }
    assert told == {(bo.id, "no", "yes"), (anna.id, "yes", "no")}
    synced.look(interactive=True)
    assert synced.person_there(synced.link(arc).their_id, "Bo").data.primary


def test_a_customer_marked_inactive_is_inactive_there_too(synced, arc):
    editing.set_active(synced.portal_id, arc, synced.imports.place.user_id, active=False)
    synced.look(interactive=True)
    assert synced.there(synced.link(arc).their_id).customer.data.active is False


def test_a_currency_is_chosen_while_it_is_only_here_and_stays_once_linked(synced, arc):
    here = synced.imports.here("Bolt")
    edit(synced, here, shown(synced.here(here), currency="DKK"))
    assert synced.here(here).currency == "DKK"
    with pytest.raises(Faults, match="cannot be changed while it is linked"):
        edit(synced, arc, shown(synced.here(arc), currency="DKK"))


def test_what_lies_in_the_bin_cannot_be_edited(synced, arc):
    form = shown(synced.here(arc), name="Late")
    contact = synced.person(arc, "Bo")
    late = shown(contact, designation="Late")
    with synced.editing() as directory:
        directory.delete_contact(str(arc), str(contact.id))
    with pytest.raises(Binned, match="Bo Ek is in the bin"):
        edit_contact(synced, contact, late)
    with synced.editing() as directory:
        directory.delete_customer(str(arc))
    with pytest.raises(Binned, match="Arc is in the bin"):
        edit(synced, arc, form)


def test_a_second_contact_is_refused_where_the_provider_keeps_one(synced, arc, one_each):
    user_id = synced.imports.place.user_id
    with synced.editing() as directory:
        for person in synced.imports.people(arc):
            directory.delete_contact(str(arc), str(person.id))
    assert customers.detail(synced.portal_id, arc).full == ""
    add_contact(synced, arc, first_name="Cy")
    assert "keeps one contact of a customer" in customers.detail(synced.portal_id, arc).full
    with pytest.raises(Invalid, match="Ledgerly keeps one contact of a customer"):
        add_contact(synced, arc, first_name="Di")
    binned = customers.detail(synced.portal_id, arc).binned[0]
    with pytest.raises(Refused, match="edit that, or unlink"):
        deleting.restore_contact(synced.portal_id, arc, binned.id, user_id)
    many = bin.restore(synced.portal_id, [f"contact:{binned.id}"], user_id)
    assert (many.contacts, len(many.stayed)) == (0, 1)
    assert "stays in the bin: Ledgerly keeps one contact of a customer" in many.stayed[0]
    assert [each.name for each in synced.imports.people(arc)] == ["Cy"]


def test_two_with_several_contacts_together_are_not_merged_where_the_provider_keeps_one(
    synced, arc, one_each
):
    def refused(other):
        return merge_choices.plan(synced.portal_id, arc, other).refused

    with synced.editing() as directory:
        directory.delete_contact(str(arc), str(synced.person(arc, "Bo").id))
    same, another = synced.imports.here("Bee", ANNA), synced.imports.here("Cee", BO)
    assert (refused(same), refused(synced.imports.here("Dee"))) == ("", "")
    assert "Ledgerly keeps one contact of a customer, and these two have 2 together" in refused(another)


def test_nobody_edits_in_another_portal(synced, arc, new_world):
    other = SyncWorld(new_world())
    contact = synced.person(arc, "Bo")
    with pytest.raises(NotFound):
        edit(other, arc, Form(version=1, seen={}, typed={"name": "Stolen"}))
    with pytest.raises(NotFound):
        edit_contact(other, contact, Form(version=1, seen={}, typed={"first_name": "Stolen"}))
    with pytest.raises(NotFound):
        editing.make_primary(synced.portal_id, arc, new_id(), synced.imports.place.user_id)


def test_a_fault_leaves_no_row_locked(synced, arc):
    with pytest.raises(Invalid):
        edit(synced, arc, shown(synced.here(arc), name=""))
    with db.engine.connect() as other:
        held = db.select(Contact.id).where(Contact.customer_id == arc).with_for_update(nowait=True)
        assert len(other.execute(held).all()) == 2
