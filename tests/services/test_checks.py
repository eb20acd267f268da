"""What can be kept of what people type, before anything is written or sent."""

from __future__ import annotations

import pytest

from webapp.sdk import Address
from webapp.services.checks import country_code, faults_of, unusual, web_address
from webapp.services.typed import Form, as_typed, compare


def faults(kind, **typed):
    whole = {"name": "Arc", "first_name": "Anna", **typed}
    return faults_of(kind, typed, whole, (), "DE")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "x" * 501),
        ("name", "a\x00b"),
        ("name", "a\x1bb"),
        ("company_name", "two\nlines"),
        ("website", "javascript:alert(1)"),
        ("website", "ftp://arc.example"),
        ("website", "two words"),
        ("website", "word"),
        ("website", "https://"),
        ("website", "x" * 2001),
    ],
)
def test_refuses_what_a_customer_cannot_hold(field, typed):
    assert set(faults("customer", **{field: typed})) == {field}


@pytest.mark.parametrize(
    "website", ["", "arc.example", "http://arc.example/a?b=c", "https://localhost", "müller.de"]
)
def test_keeps_addresses_of_the_web(website):
    assert faults("customer", website=website) == {}


def test_names_the_part_of_an_address_that_is_too_long_and_keeps_its_lines():
    found = faults("customer", billing_address=Address(street="one\ntwo", city="x" * 1001))
    assert set(found) == {"billing_address.city"}


@pytest.mark.parametrize("email", ["", "anna@arc.example", "Änna@müller.de", "a+b@c.co.uk"])
def test_keeps_what_is_an_email(email):
    assert faults("contact", email=email) == {}


@pytest.mark.parametrize(
    "email", ["anna", "anna@@arc.example", "a b@c.de", "@c.de", "a@b", "a@-b.de", "x" * 400]
)
def test_refuses_what_is_no_email(email):
    assert set(faults("contact", email=email)) == {"email"}


@pytest.mark.parametrize(
    "phone", ["", "040 / 123-456", "+81 3 5550 0123 ext. 7", "1-800-FLOWERS", "110", "０３-５５５０"]
)
def test_keeps_what_can_be_a_phone(phone):
    assert faults("contact", phone=phone, mobile=phone) == {}


@pytest.mark.parametrize("phone", ["call me", "?", "+999 123456", "1", "1" * 40])
def test_refuses_what_can_be_no_phone(phone):
    assert set(faults("contact", mobile=phone)) == {"mobile"}


def test_a_contact_needs_something_to_be_called_by():
    assert set(faults("contact", first_name="", last_name="", email="")) == {"first_name"}
    assert faults("contact", first_name="", email="anna@arc.example") == {}


def test_a_phone_is_unusual_by_the_country_it_is_read_in():
    assert unusual({"phone": "62 55 01 41"}, "DK") == ()
    assert unusual({"phone": "62 55", "mobile": ""}, "DK") == (
        "“62 55” is kept as typed. It is not a usual phone number: check it.",
    )


@pytest.mark.parametrize(
    ("address", "code"),
    [(None, "DE"), (Address(), "DE"), (Address(country=" denmark"), "DK"), (Address(country="dk"), "DK"),
     (Address(country="Atlantis"), "DE")],
)  # fmt: skip
def test_a_country_is_known_by_its_name_and_its_code(address, code):
    assert country_code(address, "DE") == code


def test_only_addresses_that_lead_out_safely_become_links():
    assert web_address("data:text/html,x") == ""
    assert web_address("arc.example:8080") == "https://arc.example:8080"


def test_what_a_browser_leaves_out_of_a_value_is_no_change():
    kept = {"name": " Arc\r\nLtd ", "billing_address": Address(street="one\r\ntwo ", city="H\nH ")}
    typed = {"name": "ArcLtd", "billing_address": Address(street="one\ntwo", city="HH")}
    assert {name: as_typed(value) for name, value in kept.items()} == typed
    compared = compare(Form(version=1, seen=kept, typed=typed), version=2, now=kept)
    assert (compared.changes, compared.clashes) == ({}, ())


def test_the_same_change_by_two_people_is_no_clash():
    form = Form(version=1, seen={"name": "Arc"}, typed={"name": "Arc Ltd"})
    compared = compare(form, version=2, now={"name": "Arc Ltd"})
    assert (compared.changes, compared.clashes) == ({}, ())
