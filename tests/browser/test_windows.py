"""What is ticked is kept, whatever is out of date: another window, or an answer that was long on its way."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Visit


def boxes(page: Page) -> Locator:
    """Return the boxes to tick."""
    return page.locator("#pick-rows input[name=pick]")


def selection(page: Page) -> Locator:
    """Return the bar that says what is selected."""
    return page.get_by_role("region", name="Selection")


def test_what_two_windows_tick_is_kept_together(visit: Visit):
    first = visit("picker, nothing ticked")
    second = first.context.new_page()
    second.goto(first.url)
    boxes(first).nth(0).check()
    expect(selection(first)).to_contain_text("1 selected")
    boxes(second).nth(1).check()
    expect(selection(second)).to_contain_text("2 selected")
    boxes(second).nth(1).uncheck()
    expect(selection(second)).to_contain_text("1 selected")
    boxes(second).nth(1).check()
    boxes(second).nth(2).check()
    expect(selection(second)).to_contain_text("3 selected")
    first.reload()
    expect(boxes(first).nth(0)).to_be_checked()
    expect(boxes(first).nth(2)).to_be_checked()
    expect(selection(first)).to_contain_text("3 selected")


def test_a_tick_that_did_not_arrive_is_sent_with_the_next(visit: Visit):
    page = visit("picker, nothing ticked")
    page.route(
        "**/import/", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    boxes(page).nth(0).check()
    expect(page.get_by_text("No connection to Tandem.")).to_be_visible()
    page.unroute("**/import/")
    boxes(page).nth(1).check()
    expect(selection(page)).to_contain_text("2 selected")


def test_an_answer_older_than_a_tick_is_asked_for_anew(visit: Visit):
    page = visit("picker, nothing ticked")
    box = boxes(page).nth(0)

    def tick_meanwhile(route: Route) -> None:
        answer = route.fetch()
        box.check()
        expect(selection(page)).to_contain_text("1 selected")
        route.fulfill(response=answer)

    page.route("**/import/?state=new*", tick_meanwhile, times=1)
    page.get_by_role("link", name="New").click()
    expect(page.get_by_role("link", name="New")).to_have_attribute("aria-current", "true")
    expect(selection(page)).to_contain_text("1 selected")
    expect(box).to_be_checked()
