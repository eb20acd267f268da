"""The content policy in Chromium: every page keeps it, and it stops what it is there to stop."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.browser.conftest import log_in
from tests.system.place import Place
from tests.system.whole import Tandem

NOBODY = uuid.UUID("01890000-0000-7000-8000-000000000000")
BLOCKED = "Security Policy"
GUARDED = """() => {
    const tried = (act) => { try { act(); return "done"; } catch (error) { return error.name; } };
    const script = document.createElement("script");
    return {
        html: tried(() => { document.body.insertAdjacentHTML("beforeend", "<b id=foreign>x</b>"); }),
        inner: tried(() => { document.body.innerHTML = "<b>x</b>"; }),
        written: tried(() => document.write("<b>x</b>")),
        code: tried(() => { script.textContent = "window.inline = 1"; }),
        source: tried(() => { script.src = "/static/app.js?foreign"; }),
        policy: tried(() => trustedTypes.createPolicy("mine", {createHTML: (text) => text})),
        again: tried(() => trustedTypes.createPolicy("htmx", {createHTML: (text) => text})),
    };
}"""


@pytest.fixture
def page(chromium: Browser, tandem: Tandem, place: Place) -> Iterator[Page]:
    """A page of somebody logged in, which may complain."""
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, place)
    yield page
    context.close()


def addresses(app: Flask, known: dict[str, object]) -> Iterator[str]:
    """Every address that answers to reading, with what is there for its variables."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and rule.endpoint not in NOT_PAGES and rule.arguments <= known.keys():
                yield rule.build({name: known[name] for name in rule.arguments})[1]


NOT_PAGES = (
    "static",
    "audit.export",
    "brakes.export",
    "drift.export",
    "exports.contacts",
    "exports.customers",
    "exports.past",
    "exports.run_items",
    "passes.export",
    "problems.export",
    "health.alive",
    "health.ready",
    "health.measured",
)
"""What is no page."""


def test_every_page_keeps_the_policy_those_of_errors_too(tandem: Tandem, place: Place, page: Page):
    connection_id = place.connect()
    imported, chosen = list(tandem.practice.customers())[:2]
    run_id = place.start(connection_id, "clone", imported)
    place.await_end(run_id)
    review_id = place.review(connection_id, chosen)
    known = {
        "portal_key": place.key,
        "portal_id": place.portal_id,
        "connection_id": connection_id,
        "connection": connection_id,
        "contact_id": NOBODY,
        "customer_id": place.add("Arc", {"first_name": "Ada"}),
        "notice_id": NOBODY,
        "provider": "books",
        "token": "unknown",
        "key": "unknown",
    }
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if BLOCKED in message.text else None)
    page.expose_function("complain", lambda what: complaints.append(what))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', (event) =>"
        " complain(`${location.pathname}: ${event.violatedDirective} ${event.blockedURI}`))"
    )
    wanted = dict.fromkeys(
        address
        for run in (run_id, review_id, NOBODY)
        for address in addresses(tandem.app, {**known, "run_id": run})
    )
    seen = {look(page, f"{tandem.url}{address}") for address in [*wanted, "/nowhere"]}
    assert complaints == []
    assert {200, 404} <= seen


def look(page: Page, address: str) -> int:
    """Open an address; return its status."""
    answer = page.goto(address)
    assert answer is not None
    assert "unsafe" not in answer.headers["content-security-policy"], address
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""], (
        address
    )
    return answer.status


def test_scripts_cannot_make_html_or_code_of_text_nor_a_policy_of_their_own(page: Page):
    assert page.evaluate(GUARDED) == dict.fromkeys(
        ("html", "inner", "written", "code", "source", "policy", "again"), "TypeError"
    )
    assert page.locator("#foreign").count() == 0


def test_a_script_without_the_nonce_does_not_run(page: Page):
    def add_script(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        body = answer.text().replace("</head>", "<script>window.ran = 1</script></head>")
        body = body.replace("</main>", '<img src="x" onerror="window.ran = 2"></main>')
        route.fulfill(response=answer, body=body)  # type: ignore[attr-defined]

    page.route("**/account/", add_script)
    page.goto(f"{page.url.partition('/p/')[0]}/account/")
    assert "window.ran = 1" in page.content()
    assert page.evaluate("window.ran") is None
    assert page.evaluate("typeof htmx") == "object"
