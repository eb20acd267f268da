"""Filters, sorting and paging of GET /contacts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Clock, Zoho


def names(contacts: list[Any]) -> list[str]:
    """Return the names of contacts."""
    return [contact["contact_name"] for contact in contacts]


@pytest.fixture
def filled(zoho: Zoho, clock: Clock) -> Zoho:
    """Return a sandbox with four contacts that differ in every way."""
    person = {"first_name": "Will", "last_name": "Smith", "email": "will@bowman.example", "phone": "+1-925"}
    address = {"address": "4900 Hopyard Rd", "city": "Pleasanton"}
    zoho.create("Bowman and Co", company_name="Bowman Inc", contact_persons=[person], billing_address=address)
    clock.time += 10
    zoho.create("anders ApS", notes="Pays in Bowman dollars", contact_persons=[{"first_name": "Zoe"}])
    clock.time += 10
    zoho.create("Vendor Ltd", contact_type="vendor", contact_persons=[{"first_name": "Abe"}])
    clock.time += 10
    old = zoho.create("Old Customer")
    zoho.call("POST", f"/contacts/{old['contact_id']}/inactive")
    return zoho


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"contact_type": "vendor"}, ["Vendor Ltd"]),
        ({"contact_name": "bowman and co"}, ["Bowman and Co"]),
        ({"contact_name": "Bowman"}, []),
        ({"contact_name_startswith": "BOW"}, ["Bowman and Co"]),
        ({"contact_name_contains": "and"}, ["anders ApS", "Bowman and Co"]),
        ({"company_name": "Bowman Inc"}, ["Bowman and Co"]),
        ({"company_name_contains": "inc"}, ["Bowman and Co"]),
        ({"first_name": "Will"}, ["Bowman and Co"]),
        ({"last_name_startswith": "Smi"}, ["Bowman and Co"]),
        ({"email": "WILL@bowman.example"}, ["Bowman and Co"]),
        ({"email_contains": "@bowman"}, ["Bowman and Co"]),
        ({"phone": "+1-925"}, ["Bowman and Co"]),
        ({"phone_startswith": "+1"}, ["Bowman and Co"]),
        ({"address": "4900 Hopyard Rd"}, ["Bowman and Co"]),
        ({"address_contains": "pleasant"}, ["Bowman and Co"]),
        ({"search_text": "bowman"}, ["anders ApS", "Bowman and Co"]),
        ({"filter_by": "Status.Active"}, ["anders ApS", "Bowman and Co", "Vendor Ltd"]),
        ({"filter_by": "Status.Inactive"}, ["Old Customer"]),
        ({"status": "inactive"}, ["Old Customer"]),
        ({"filter_by": "Status.Customers"}, ["anders ApS", "Bowman and Co", "Old Customer"]),
        ({"filter_by": "Status.Vendors"}, ["Vendor Ltd"]),
        ({"filter_by": "Status.Active", "contact_type": "customer"}, ["anders ApS", "Bowman and Co"]),
        ({"filter_by": "Status.PortalEnabled"}, []),
        ({"filter_by": "Status.Crm"}, []),
        ({"zcrm_contact_id": "460000000026049"}, []),
    ],
)
def test_filters_contacts(filled: Zoho, params: Any, expected: list[str]) -> None:
    assert names(filled.contacts(**params)) == expected


def test_filters_by_what_is_owed(filled: Zoho) -> None:
    books = {"outstanding_receivable_amount": 5.5, "is_overdue": True, "credit_limit_exceeded_amount": 1}
    filled.edit("update_contact", contact_name="anders ApS", fields=books)
    filled.edit("update_contact", contact_name="Bowman and Co", fields={"outstanding_receivable_amount": 9})
    assert names(filled.contacts(filter_by="Invoice.Unpaid")) == ["anders ApS", "Bowman and Co"]
    assert names(filled.contacts(filter_by="Invoice.OverDue")) == ["anders ApS"]
    assert names(filled.contacts(filter_by="Status.CreditLimitExceed")) == ["anders ApS"]


def test_finds_contacts_that_share_their_primary_email(filled: Zoho) -> None:
    filled.create("Twin", contact_persons=[{"first_name": "W", "email": "Will@Bowman.example"}])
    assert names(filled.contacts(filter_by="Status.Duplicate")) == ["Bowman and Co", "Twin"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("contact_name", ["anders ApS", "Bowman and Co", "Old Customer", "Vendor Ltd"]),
        ("first_name", ["Old Customer", "Vendor Ltd", "Bowman and Co", "anders ApS"]),
        ("created_time", ["Bowman and Co", "anders ApS", "Vendor Ltd", "Old Customer"]),
        ("last_modified_time", ["Bowman and Co", "anders ApS", "Vendor Ltd", "Old Customer"]),
    ],
)
def test_sorts_both_ways(filled: Zoho, column: str, expected: list[str]) -> None:
    assert names(filled.contacts(sort_column=column)) == expected
    assert names(filled.contacts(sort_column=column, sort_order="D")) == expected[::-1]


def test_sorts_by_the_primary_persons_values_and_by_what_is_owed(filled: Zoho) -> None:
    fields = {"outstanding_receivable_amount": 5.5}
    filled.edit("update_contact", contact_name="anders ApS", fields=fields)
    for column in ("last_name", "email"):
        assert names(filled.contacts(sort_column=column))[-1] == "Bowman and Co"
    assert names(filled.contacts(sort_column="outstanding_receivable_amount"))[-1] == "anders ApS"


def test_an_edit_moves_a_contact_to_the_front_of_the_newest(filled: Zoho, clock: Clock) -> None:
    newest = {"sort_column": "last_modified_time", "sort_order": "D", "per_page": 1}
    assert names(filled.contacts(**newest)) == ["Old Customer"]
    clock.time += 10
    filled.edit("update_contact", contact_name="Bowman and Co", fields={"contact_name": "Bowman & Co"})
    assert names(filled.contacts(**newest)) == ["Bowman & Co"]


def test_says_what_was_applied(filled: Zoho) -> None:
    context = filled.get("/contacts", sort_column="created_time", sort_order="D", per_page=3)["page_context"]
    assert context == {
        "page": 1,
        "per_page": 3,
        "has_more_page": True,
        "report_name": "Contacts",
        "applied_filter": "Status.All",
        "custom_fields": [],
        "sort_column": "created_time",
        "sort_order": "D",
    }


def test_invoice_leaves_vendors_out_unless_asked(filled: Zoho) -> None:
    invoice = Zoho(filled.url, "invoice")
    answer = invoice.get("/contacts")
    assert answer["page_context"]["applied_filter"] == "Status.Customers"
    assert "Vendor Ltd" not in names(answer["contacts"])
    assert "Vendor Ltd" in names(invoice.contacts(filter_by="Status.All"))


def test_pages_hold_every_contact_once(sampled: Zoho) -> None:
    seen: list[str] = []
    for page in (1, 2, 3, 4):
        answer = sampled.get("/contacts", page=page, per_page=40, sort_column="created_time")
        seen += [contact["contact_id"] for contact in answer["contacts"]]
        assert answer["page_context"]["has_more_page"] is (page < 4)
    assert (len(seen), seen) == (126, sorted(set(seen)))
    beyond = sampled.get("/contacts", page=5, per_page=40)
    assert (beyond["contacts"], beyond["page_context"]["has_more_page"]) == ([], False)


def test_a_page_never_holds_more_than_200(start: Any) -> None:
    zoho = Zoho(start(customers=250).url)
    answer = zoho.get("/contacts", per_page=1000)
    assert (len(answer["contacts"]), answer["page_context"]["per_page"]) == (200, 200)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filter_by", "Status.Nice"),
        ("sort_column", "notes"),
        ("sort_order", "up"),
        ("contact_type", "friend"),
        ("page", "0"),
        ("page", "two"),
        ("per_page", "-1"),
    ],
)
def test_refuses_a_parameter_it_does_not_know(zoho: Zoho, name: str, value: str) -> None:
    refusal = zoho.refusal("GET", "/contacts", params={name: value})
    assert refusal == (400, 2, f"Invalid value passed for {name}")


def test_refuses_a_search_of_more_than_100_characters(zoho: Zoho) -> None:
    status, code, _ = zoho.refusal("GET", "/contacts", params={"contact_name": "x" * 101})
    assert (status, code) == (400, 15)


def test_ignores_the_undocumented_filter_by_time_of_change(filled: Zoho) -> None:
    future = "2099-01-01T00:00:00+0000"
    assert len(filled.contacts(last_modified_time=future)) == 4
    filled.settings(filter_by_modified_time=True)
    assert filled.contacts(last_modified_time=future) == []


def test_can_be_set_to_filter_by_time_of_change_inclusively(filled: Zoho) -> None:
    filled.settings(filter_by_modified_time=True)
    stamp = next(row for row in filled.contacts() if row["contact_name"] == "Vendor Ltd")[
        "last_modified_time"
    ]
    assert names(filled.contacts(last_modified_time=stamp)) == ["Old Customer", "Vendor Ltd"]
    assert filled.refusal("GET", "/contacts", params={"last_modified_time": "yesterday"})[:2] == (400, 2)
