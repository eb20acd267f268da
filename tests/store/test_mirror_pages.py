"""Mirror pages: what differs is written, what is unknown stays unknown, what was read in full stays."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.portal_world import World, portal_app
from webapp.extensions import db
from webapp.sdk import Address, ContactData, ContactRecord, CustomerData, CustomerDetail, CustomerRecord
from webapp.store.mirror import Mirror, MirrorContact, MirrorCustomer
from webapp.store.mirror_pages import keep_contacts, keep_customers, keep_detail, settle_contacts

STAMP = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture
def mirror():
    world = World.new()
    yield Mirror(world.portal_id, world.connection_id, 1)
    db.session.rollback()


def row(their_id, name, version="1", primary=None, **data):
    return CustomerRecord(
        id=their_id,
        data=CustomerData(name=name, **data),
        version=version,
        modified_at=STAMP,
        primary=primary,
    )


def person(their_id, customer_id, version="1", **data):
    return ContactRecord(id=their_id, customer_id=customer_id, data=ContactData(**data), version=version)


def customer(mirror, their_id):
    db.session.expire_all()
    return db.session.get(MirrorCustomer, (mirror.portal_id, mirror.connection_id, their_id))


def people(mirror):
    rows = select(MirrorContact.their_id).where(*mirror.contacts).order_by(MirrorContact.their_id)
    return list(db.session.scalars(rows))


def test_a_row_is_kept_with_what_it_is_found_and_sorted_by(mirror):
    primary = ContactData(
        first_name="Mette", last_name="Kjærgaard", email="mette@aero.example", mobile="555-0199"
    )
    assert keep_customers(mirror, [row("1", "Ærø Søtransport", currency="DKK", primary=primary)]) == 1
    kept = customer(mirror, "1")
    assert (kept.name, kept.currency, kept.active) == ("Ærø Søtransport", "DKK", True)
    assert (kept.primary_name, kept.primary_email, kept.primary_phone) == (
        "Mette Kjærgaard",
        "mette@aero.example",
        "555-0199",
    )
    assert all(part in kept.search for part in ("aero sotransport", "mette kjaergaard", "5550199"))
    assert kept.modified_there_at == STAMP


def test_unknown_is_not_blank(mirror):
    keep_customers(mirror, [row("1", "Arc", website="")])
    kept = customer(mirror, "1")
    assert (kept.website, kept.company_name, kept.billing_address) == ("", None, None)


def test_the_same_version_changes_nothing(mirror):
    keep_customers(mirror, [row("1", "Arc")])
    assert keep_customers(mirror, [row("1", "Another name", version="1")]) == 0
    assert customer(mirror, "1").name == "Arc"


def test_a_new_version_makes_the_people_unread_and_the_address_unknown(mirror):
    address = Address(city="Hamburg")
    keep_detail(mirror, CustomerDetail(customer=row("1", "Arc", billing_address=address), contacts=()))
    assert customer(mirror, "1").billing_address["city"] == "Hamburg"
    assert keep_customers(mirror, [row("1", "Arc", version="2")]) == 1
    kept = customer(mirror, "1")
    assert (kept.contacts_digest, kept.billing_address, kept.detail_version) == (None, None, "1")


def test_a_page_may_tell_a_row_twice(mirror):
    assert keep_customers(mirror, [row("1", "Arc"), row("1", "Arc GmbH", version="2")]) == 1
    assert customer(mirror, "1").name == "Arc GmbH"


def test_a_census_marks_what_it_saw_though_nothing_changed(mirror):
    keep_customers(mirror, [row("1", "Arc"), row("2", "Bay")])
    later = Mirror(mirror.portal_id, mirror.connection_id, 2)
    keep_customers(later, [row("1", "Arc")], in_census=True)
    assert (customer(mirror, "1").census, customer(mirror, "2").census) == (2, 1)


def test_a_detail_replaces_the_people(mirror):
    first = [person("a", "1", first_name="Ada"), person("b", "1", first_name="Bo")]
    keep_detail(mirror, CustomerDetail(customer=row("1", "Arc"), contacts=tuple(first)))
    digest = customer(mirror, "1").contacts_digest
    keep_detail(mirror, CustomerDetail(customer=row("1", "Arc"), contacts=(first[1],)))
    kept = customer(mirror, "1")
    assert (people(mirror), kept.contacts_count) == (["b"], 1)
    assert kept.contacts_digest != digest
    assert "ada" not in kept.search


def test_people_come_page_by_page_and_are_found_at_once(mirror):
    keep_customers(mirror, [row("1", "Arc")])
    keep_contacts(mirror, [person("a", "1", first_name="Ada", email="ada@arc.example")])
    kept = customer(mirror, "1")
    assert "ada@arc.example" in kept.search
    assert (kept.contacts_digest, kept.contacts_count) == (None, None)
    settle_contacts(mirror, ["1"])
    assert customer(mirror, "1").contacts_count == 1


def test_people_of_nobody_are_left_out(mirror):
    keep_customers(mirror, [row("1", "Arc")])
    keep_contacts(mirror, [person("a", "vendor", first_name="Ada"), person("b", "1", first_name="Bo")])
    assert people(mirror) == ["b"]


def test_a_person_without_a_version_is_known_by_their_fields(mirror):
    keep_customers(mirror, [row("1", "Arc")])
    settle_contacts(mirror, ["1"])
    keep_contacts(mirror, [person("a", "1", version=None, first_name="Ada")])
    digest = customer(mirror, "1").contacts_digest
    keep_contacts(mirror, [person("a", "1", version=None, first_name="Ada")])
    assert customer(mirror, "1").contacts_digest == digest
    keep_contacts(mirror, [person("a", "1", version=None, first_name="Adele")])
    assert customer(mirror, "1").contacts_digest != digest


def test_a_person_who_moved_changes_both_customers(mirror):
    for their_id in ("1", "2"):
        people_there = (person(f"p{their_id}", their_id, first_name=f"Ada{their_id}"),)
        keep_detail(mirror, CustomerDetail(customer=row(their_id, f"Arc {their_id}"), contacts=people_there))
    keep_detail(
        mirror,
        CustomerDetail(
            customer=row("2", "Arc 2", version="2"),
            contacts=(person("p1", "2", first_name="Ada1"), person("p2", "2", first_name="Ada2")),
        ),
    )
    assert (customer(mirror, "1").contacts_count, customer(mirror, "2").contacts_count) == (0, 2)
    assert "ada1" not in customer(mirror, "1").search


def test_a_customer_that_is_listed_again_is_not_gone(mirror):
    keep_customers(mirror, [row("1", "Arc")])
    customer(mirror, "1").gone_at = STAMP
    db.session.commit()
    assert keep_customers(mirror, [row("1", "Arc")]) == 1
    assert customer(mirror, "1").gone_at is None


def test_odd_text_stays_as_it_is(mirror):
    odd = 'Tab\there, back\\slash, \\N, 100 % "quoted" 🚀\nnew line'
    keep_customers(mirror, [row("1", odd, website="\\.")])
    kept = customer(mirror, "1")
    assert (kept.name, kept.website) == (odd, "\\.")
