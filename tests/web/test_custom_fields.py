"""Custom fields on pages: chosen for a connection, shown on a customer, edited by kind, and exported."""

from __future__ import annotations

import csv
import io
import uuid
from dataclasses import asdict

import pytest
from sqlalchemy import update

from tests.web.people import token_on
from tests.web.test_editing import filled
from webapp.extensions import db
from webapp.sdk import CustomField
from webapp.store import history
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.customers import Customer
from webapp.store.history import EntryData

TIER = CustomField(key="tier", label="Service tier", kind="choice", choices=("Basic", "Plus"))
SINCE = CustomField(key="since", label="Customer since", kind="date")
NEWS = CustomField(key="news", label="Newsletter", kind="yes_no")
RATE = CustomField(key="rate", label="Discount", kind="number")
SCORE = CustomField(key="score", label="Payment score", direction="from_provider")
FIELDS = (TIER, SINCE, NEWS, RATE, SCORE)
ALL = {"tier": "both", "since": "both", "news": "both", "rate": "both", "score": "from_provider"}
ROOT = "/p/nordlicht"


@pytest.fixture
def told(app, world):
    """Let the provider have told of fields, some of them chosen: ``told({"tier": "both"})``."""

    def tell(chosen):
        with app.app_context():
            kept = {
                "told": [asdict(field) for field in FIELDS],
                "asked_at": now().isoformat(),
                "chosen": chosen,
                "labels": {field.key: field.label for field in FIELDS},
            }
            db.session.execute(
                update(Connection).where(Connection.id == world.connection_id).values(custom_fields=kept)
            )
            db.session.commit()
        return f"{ROOT}/connections/{world.connection_id}"

    return tell


@pytest.fixture
def arc(app, world, told):
    """Arc, linked, with something in all fields; return its address."""
    told(ALL)
    held = {"tier": "Plus", "since": "2024-03-01", "news": True, "rate": "12.5", "score": "<b>7</b>"}
    with app.app_context():
        own = {f"{world.connection_id}.{key}": value for key, value in held.items()}
        customer_id = world.here("Arc", website="", custom_fields=own)
        world.link(world.there("a1", "Arc"), customer_id)
    return f"{ROOT}/customers/{customer_id}"


@pytest.fixture
def held(app, world):
    """Read what a customer holds in custom fields, by key."""

    def read(address):
        with app.app_context():
            query = db.select(Customer.custom_fields).where(Customer.id == uuid.UUID(address.rsplit("/")[-1]))
            found = db.session.scalars(query).one()
        return {name.rpartition(".")[2]: value for name, value in found.items()}

    return read


def test_fields_are_chosen_on_the_page_of_a_connection(browser, told):
    address = told({})
    assert "keeps 5 fields of its own" in browser.get(address).text
    page = browser.get(f"{address}/fields").text
    assert all(field.label in page for field in FIELDS)
    score = page[page.index('name="way-score"') :].partition("</select>")[0]
    assert "From Ledgerly to here" in score and "Both ways" not in score
    seen = page.partition('name="seen" value="')[2].partition('"')[0].replace("&#39;", "'")
    sent = {"csrf_token": token_on(page), "seen": seen, "way-tier": "both", "way-score": "from_provider"}
    answer = browser.post(f"{address}/fields", data=sent, follow_redirects=True)
    assert "2 custom fields are shown" in answer.text
    assert "Service tier, Payment score are shown on customers" in answer.text
    again = browser.post(f"{address}/fields", data={**sent, "csrf_token": token_on(answer.text)})
    assert (again.status_code, "changed meanwhile" in again.text) == (409, True)


def test_a_connection_without_fields_shows_no_choice(browser, world):
    address = f"{ROOT}/connections/{world.connection_id}"
    assert "Custom fields" not in browser.get(address).text
    assert "No custom fields." in browser.get(f"{address}/fields").text


def test_a_way_that_is_not_permitted_is_refused_at_its_field(browser, told):
    address = f"{told({})}/fields"
    page = browser.get(address).text
    seen = page.partition('name="seen" value="')[2].partition('"')[0].replace("&#39;", "'")
    sent = {"csrf_token": token_on(page), "seen": seen, "way-score": "from_portal", "way-tier": "both"}
    answer = browser.post(address, data=sent)
    assert answer.status_code == 422
    assert "Payment score cannot go this way" in answer.text


def test_a_customer_shows_what_it_holds_under_the_name_of_its_provider(browser, arc, told):
    page = browser.get(arc).text
    card = page[page.index('id="own-title-1"') :].partition("</section>")[0]
    assert card.startswith('id="own-title-1">Ledgerly')
    assert all(field.label in card for field in FIELDS)
    assert all(shown in card for shown in ("Plus", "Mar", "2024", "yes", "12.5", "&lt;b&gt;7&lt;/b&gt;"))
    told({})
    assert "own-title" not in browser.get(arc).text


def test_the_form_writes_fields_by_their_kind(browser, arc, held, world):
    page = browser.get(f"{arc}/edit").text
    assert "Payment score" not in page
    name = f"custom.{world.connection_id}."
    typed = {f"{name}tier": "Basic", f"{name}since": "", f"{name}news": "no", f"{name}rate": "7"}
    sent = {**filled(browser, f"{arc}/edit"), **typed, "csrf_token": token_on(page), f"{name}score": "9"}
    answer = browser.post(f"{arc}/edit", data=sent, follow_redirects=True)
    assert "Arc is saved." in answer.text
    assert held(arc) == {"tier": "Basic", "since": "", "news": False, "rate": "7", "score": "<b>7</b>"}
    assert "changed Service tier (Ledgerly) of" in answer.text


def test_a_value_of_another_kind_is_told_at_its_field_and_kept(browser, arc, held, world):
    page = browser.get(f"{arc}/edit").text
    name = f"custom.{world.connection_id}.rate"
    sent = {**filled(browser, f"{arc}/edit"), name: "much", "csrf_token": token_on(page)}
    answer = browser.post(f"{arc}/edit", data=sent)
    assert answer.status_code == 422
    assert "Enter a number such as 12.5." in answer.text
    assert 'value="much"' in answer.text
    assert held(arc)["rate"] == "12.5"


def test_customers_and_histories_are_exported_with_them(app, browser, arc, world):
    customer_id = uuid.UUID(arc.rsplit("/")[-1])
    with app.app_context():
        told = EntryData(
            kind="customer",
            record_id=customer_id,
            customer_id=customer_id,
            action="changed",
            field=f"custom.{world.connection_id}.tier",
            old="Basic",
            new="Plus",
        )
        history.add(world.portal_id, [told], actor=str(world.user_id), run_id=None)
        db.session.commit()
    head, row = rows(browser, f"{ROOT}/client-users/customers.csv")
    at = head.index("Service tier (Ledgerly)")
    assert head[at : at + 5] == [f"{field.label} (Ledgerly)" for field in FIELDS]
    assert row[at : at + 5] == ["Plus", "2024-03-01", "yes", "12.5", "<b>7</b>"]
    _, *entries = rows(browser, f"{arc}/history.csv")
    assert "Service tier (Ledgerly)" in entries[0]
    assert browser.get(f"{ROOT}/client-users/customers.csv?format=xlsx").status_code == 200


def rows(browser, address):
    answer = browser.get(address)
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
