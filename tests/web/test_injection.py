"""Whatever somebody writes into any field is text on every page, as a whole and as a fragment."""

from __future__ import annotations

import uuid
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from markupsafe import escape

from tests.injection.corpus import MARK, PAYLOADS, TEMPLATE_RESULT
from tests.portal_world import World
from tests.web.import_world import FRAGMENT, came_of, confirmed, reviewed, run_is
from webapp.extensions import db
from webapp.sdk import Address, ContactData, CustomerData
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.directory import PortalDirectory
from webapp.store.portals import Portal, User

STORABLE = {what: payload.replace("\x00", "\ufffd") for what, payload in PAYLOADS.items()}
"""As the way in from outside lets them through: NUL is what no database holds."""

SCHEMES = ("", "http", "https", "mailto", "tel")


class Reader(HTMLParser):
    """Reads what a page is made of, and what of it nobody meant."""

    def __init__(self) -> None:
        super().__init__()
        self.strange: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        names = [name for name, _ in attributes]
        ours = tag not in (f"{MARK}-tag", "iframe", "style", "base", "object", "embed", "b")
        if not ours or any(name.startswith(("on", "hx-on")) or MARK in name for name in names):
            self.strange.append(self.get_starttag_text() or tag)
        if tag == "script" and "src" not in names:
            self.strange.append("a script in the page")
        for name, value in attributes:
            if (
                name in ("href", "src", "action", "formaction")
                and urlsplit(value or "").scheme not in SCHEMES
            ):
                self.strange.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        """Collect the words."""
        self.words += data


def person(text: str) -> dict[str, str]:
    names = ("salutation", "first_name", "last_name", "email", "phone", "mobile", "designation", "department")
    return dict.fromkeys(names, text)


def fill(world: World) -> list[str]:
    """Put every payload into every field, there and here; return the ids there, which are hostile too."""
    directory, ids = PortalDirectory(world.portal_id), []
    address = dict.fromkeys(("attention", "street", "street2", "city", "state", "postal_code", "country"), "")
    for number, payload in enumerate(STORABLE.values()):
        ids.append(world.there(f"{payload}{number}", payload, person(payload), person(f"2 {payload}")))
        customer = CustomerData(
            name=payload,
            company_name=payload,
            website=payload,
            currency="EUR",
            billing_address=Address(**dict.fromkeys(address, payload)),
        )
        made = directory.create_customer(customer)
        directory.create_contact(made.id, ContactData(**person(payload)))
    directory.flush()
    db.session.commit()
    return ids


def spoil(world: World) -> None:
    """Let the names of the portal, its people and its organization be hostile."""
    portal = db.session.get_one(Portal, world.portal_id)
    portal.name = STORABLE["image"]
    db.session.get_one(User, world.user_id).name = STORABLE["script"]
    connection = db.session.get_one(Connection, (world.portal_id, world.connection_id))
    connection.organization_name = STORABLE["double quotes"]
    connection.pause_reason, connection.attention = STORABLE["htmx"], STORABLE["frame"]
    connection.paused_until = now()
    db.session.commit()


@pytest.fixture
def addresses(app: Any, world: World) -> list[str]:
    """Pages in all states, full of what is hostile."""
    with app.app_context():
        ids = fill(world)
        new = [
            world.there(f"{payload} {at}", f"{payload} {at}", person(payload))
            for at, payload in enumerate(STORABLE.values())
        ]
        run = confirmed(world, *new)
        going = confirmed(world, world.there("<b>1", "<b>going", person("<b>")))
        review = reviewed(world, *ids)
        for at, (their_id, reason) in enumerate(zip(new, STORABLE.values(), strict=True)):
            came_of(world, run, [their_id], ("failed", "changed", "skipped")[at % 3], reason=reason)
        run_is(run, state="done", started_at=now(), finished_at=now(), error=STORABLE["style"])
        run_is(
            going, state="running", started_at=now(), pause=STORABLE["form"], current_name=STORABLE["base"]
        )
        spoil(world)
    portal = "/p/nordlicht"
    runs = [
        f"{portal}/runs/{run}?page={page}&state={state}"
        for page in (1, 2)
        for state in ("", "failed", "changed", "skipped")
    ]
    picker = f"{portal}/connections/{world.connection_id}/import/"
    reviews = [f"{portal}/runs/{review}/review?same_name={page}&new={page}" for page in (1, 2)]
    lists = [
        "/client-users/",
        "/client-users/?page=2",
        "/runs/",
        "/connections/",
        f"/connections/{world.connection_id}",
    ]
    # The picker comes last: to open it is to go back from the review.
    return [
        *runs,
        *reviews,
        f"{portal}/runs/{going}",
        *(portal + each for each in lists),
        picker,
        f"{picker}?page=2",
    ]


def assert_inert(page: str, address: str) -> None:
    reader = Reader()
    reader.feed(page)
    assert reader.strange == [], address
    assert TEMPLATE_RESULT not in reader.words, address


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_everything_hostile_is_text(log_in: Any, addresses: list[str], headers: dict[str, str]):
    browser, seen = log_in("Owner"), ""
    for address in addresses:
        answer = browser.get(address, headers=headers)
        assert answer.status_code == 200, address
        assert_inert(answer.text, address)
        seen += answer.text
    for what in ("script", "image", "frame", "template", "address", "format string"):
        start = str(escape(STORABLE[what][:12]))
        assert start in seen, what


def test_each_hostile_customer_is_text_on_its_own_page(app: Any, log_in: Any, world: World):
    with app.app_context():
        fill(world)
        of_all = db.session.execute(db.text("SELECT id FROM customer")).scalars().all()
    browser = log_in("Owner")
    for customer_id in of_all:
        for rest in ("", "/people"):
            address = f"/p/nordlicht/customers/{uuid.UUID(str(customer_id))}{rest}"
            assert_inert(browser.get(address, headers=FRAGMENT if rest else {}).text, address)


def test_what_is_asked_for_is_text(log_in: Any, world: World):
    browser = log_in("Owner")
    picker = f"/p/nordlicht/connections/{world.connection_id}/import/"
    for payload in PAYLOADS.values():
        asked = quote(payload)
        query = f"?q={asked}&state={asked}&sort={asked}&filter={asked}&page={asked}&next=/{asked}"
        for address in (picker, "/p/nordlicht/client-users/", "/p/nordlicht/runs/", "/login", f"/{asked}"):
            answer = browser.get(f"{address}{query}")
            assert answer.status_code < 500, address
            assert_inert(answer.text, address)


def test_no_hostile_text_makes_a_header_or_leads_away(log_in: Any, world: World):
    browser = log_in("Owner")
    for payload in PAYLOADS.values():
        answer = browser.get("/login", query_string={"next": payload})
        assert "Set-Cookie" not in answer.headers or "injected" not in answer.headers["Set-Cookie"]
        assert urlsplit(answer.headers.get("Location", "")).netloc in ("", "localhost")
