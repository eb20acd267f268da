"""Keys all the way, and what is heard: nobody needs a pointer, and focus is never lost in a swap."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit

FOCUS = "() => getComputedStyle(document.activeElement).outlineStyle"


def focused(page: Page) -> Locator:
    """Return what has the focus."""
    return page.locator("*:focus")


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other."""
    for key in keys:
        page.keyboard.press(key)


def said(page: Page) -> Locator:
    """Return the one place that is read out politely."""
    return page.locator("#say")


def test_customers_are_found_ticked_and_reviewed_by_keys(visit: Visit):
    page = visit("picker, nothing ticked")
    boxes = page.locator("#pick-rows input[name=pick]")
    press(page, "/")
    expect(page.locator("#q")).to_be_focused()
    press(page, "ArrowDown")
    expect(boxes.nth(0)).to_be_focused()
    assert page.evaluate(FOCUS) == "solid"
    press(page, "Space", "ArrowDown", "ArrowDown", "Space")
    expect(page.get_by_role("region", name="Selection")).to_contain_text("2 selected")
    expect(boxes.nth(2)).to_be_focused()
    expect(boxes.nth(2)).to_be_checked()
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Review the import")


def test_focus_stays_where_it_was_when_the_page_is_turned(visit: Visit):
    page = visit("picker, many")
    turn = page.get_by_role("button", name="Next")
    turn.focus()
    press(page, "Enter")
    expect(page.locator("#pick-count")).to_contain_text("351–400 of 1,")
    expect(turn).to_be_focused()
    expect(said(page)).to_contain_text("351–400 of 1,")


def test_a_search_is_heard_once_and_keeps_the_focus(visit: Visit):
    page = visit("picker, mixed")
    page.evaluate("""() => {
        window.heard = [];
        new MutationObserver(() => heard.push(document.querySelector("#say").textContent))
            .observe(document.querySelector("#say"), { childList: true, characterData: true, subtree: true });
    }""")
    press(page, "/")
    page.keyboard.type("soren")
    expect(page.locator("#pick-count")).to_contain_text("1–4 of 4")
    expect(page.locator("#q")).to_be_focused()
    expect(said(page)).to_contain_text("1–4 of 4 customers")
    assert len(page.evaluate("heard")) == 1
    press(page, "Escape")
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator("#pick-count")).to_contain_text("of 41")


def test_questions_are_answered_by_keys_from_one_to_the_next(visit: Visit):
    page = visit("review, 300 names exist")
    bar = page.get_by_role("region", name="Confirm")
    answered = page.locator("#answered")
    expect(answered).to_contain_text("12 of ")
    bar.get_by_role("link", name="Go to the next").focus()
    press(page, "Enter")
    first = focused(page)
    expect(first).to_have_attribute("type", "radio")
    name = first.get_attribute("name")
    press(page, "ArrowRight")
    expect(answered).to_contain_text("13 of ")
    expect(focused(page)).to_have_attribute("name", str(name))
    expect(focused(page)).to_be_checked()
    bar.get_by_role("link", name="Go to the next").focus()
    press(page, "Enter")
    expect(focused(page)).not_to_have_attribute("name", str(name))
    expect(page.locator(".dup:focus-within .choice")).to_have_class(re.compile("is-open"))


def test_a_folded_group_stays_folded_while_others_are_answered(visit: Visit):
    page = visit("review, names exist")
    fold = page.locator("#create-fold")
    fold.focus()
    press(page, "Enter")
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#create-body")).to_be_hidden()
    page.get_by_role("button", name="Skip all").focus()
    press(page, "Enter")
    expect(page.get_by_role("region", name="Confirm")).to_contain_text("Nothing is missing")
    expect(page.locator("#create-body")).to_be_hidden()
    expect(fold).to_have_attribute("aria-expanded", "false")


def test_escape_closes_what_opened_last_and_gives_the_focus_back(visit: Visit):
    page = visit("connection, connected")
    more = page.get_by_role("button", name="More actions")
    more.focus()
    press(page, "Enter")
    expect(page.locator("#more")).to_be_visible()
    press(page, "Escape")
    expect(page.locator("#more")).to_be_hidden()
    expect(more).to_be_focused()
    press(page, "Enter")
    page.get_by_role("button", name="Disconnect").focus()
    press(page, "Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Stay connected")).to_be_focused()
    press(page, "Escape")
    expect(dialog).to_be_hidden()
    press(page, "Escape")
    expect(page.locator("#more")).to_be_hidden()


def test_the_first_stop_leads_past_the_navigation(visit: Visit):
    page = visit("runs")
    press(page, "Tab")
    expect(focused(page)).to_have_text("Skip to content")
    expect(focused(page)).to_be_in_viewport()
    press(page, "Enter")
    expect(page.locator("main")).to_be_focused()


def test_nothing_moves_for_those_who_asked_for_stillness(visit: Visit):
    page = visit("run, goes on")
    durations = "all => all.map((each) => getComputedStyle(each).animationDuration)"
    assert set(page.locator(".spin").evaluate_all(durations)) == {"0s"}


def test_what_is_chosen_shows_in_the_colours_of_the_system(visit: Visit):
    page = visit("review, merges")
    page.emulate_media(forced_colors="active")
    chosen = page.locator(".choice input:checked + span").first
    assert chosen.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    other = page.locator(".choice input:not(:checked) + span").first
    assert other.evaluate("each => getComputedStyle(each).outlineStyle") == "none"
