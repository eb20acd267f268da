"""Reading what changed, newest first, as pure steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.zoho import feed
from plugins.zoho.pages import Page
from webapp.sdk import Unavailable

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def page(*seconds, number=1, more=False):
    """Make a page of contacts changed so many seconds after noon."""
    rows = tuple(
        {
            "contact_id": f"{number}-{place}",
            "last_modified_time": (NOON + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        }
        for place, second in enumerate(seconds)
    )
    return Page(number=number, rows=rows, more=more)


def begun(*seconds, now=LATER):
    """Return where a reading stands after its very first page."""
    return feed.after(None, page(*seconds, more=True), now)[0]


def at(second):
    return (NOON + timedelta(seconds=second)).isoformat()


def test_the_first_reading_takes_the_newest_page_alone():
    state, more = feed.after(None, page(50, 40, more=True), LATER)
    assert (state.mark, state.page, more) == (at(50), 1, False)


def test_a_poll_ends_at_the_first_row_older_than_the_mark_and_its_overlap():
    state, more = feed.after(begun(50), page(60, 47, more=True), LATER)
    assert (state.mark, more) == (at(60), False)


@pytest.mark.parametrize("second", [50, 49, 48])
def test_the_mark_is_inclusive_and_overlaps_by_two_seconds(second):
    _, more = feed.after(begun(50), page(60, second, more=True), LATER)
    assert more


def test_the_mark_stays_until_the_last_page():
    start = begun(50)
    state, more = feed.after(start, page(90, 80, more=True), LATER)
    assert more and (state.mark, state.target, state.page) == (at(50), at(90), 2)
    state, more = feed.after(state, page(70, 60, number=2, more=True), LATER)
    assert more and (state.mark, state.target, state.page) == (at(50), at(90), 3)
    state, more = feed.after(state, page(55, 40, number=3, more=True), LATER)
    assert not more and (state.mark, state.target, state.page) == (at(90), "", 1)


def test_the_target_is_the_newest_of_the_first_page_whatever_comes_meanwhile():
    state, _ = feed.after(begun(50), page(90, 80, more=True), LATER)
    state, _ = feed.after(state, page(80, 40, number=2), LATER)
    assert state.mark == at(90)


def test_a_list_that_ends_before_the_mark_ends_the_pass():
    state, more = feed.after(begun(50), page(60), LATER)
    assert (state.mark, more) == (at(60), False)


def test_a_mark_never_goes_back():
    assert feed.after(begun(50), page(30), LATER)[0].mark == at(50)
    assert feed.after(begun(50), page(), LATER)[0].mark == at(50)


def test_an_organization_that_was_empty_is_read_whole_once_it_is_not():
    state, more = feed.after(None, page(), LATER)
    assert (state.mark, more) == ("", False)
    state, more = feed.after(state, page(9, 8, more=True), LATER)
    assert more
    state, more = feed.after(state, page(-10_000_000, number=2), LATER)
    assert (state.mark, more) == (at(9), False)


def test_many_changes_of_one_second_are_not_read_again_once_they_have_settled():
    crowd = page(*[50] * 200, more=True)
    state, _ = feed.after(None, crowd, LATER)
    state, more = feed.after(state, crowd, LATER)
    assert not more


def test_many_changes_of_one_second_are_read_again_while_more_may_come():
    crowd = page(*[50] * 200, more=True)
    soon = NOON + timedelta(seconds=70)
    state, _ = feed.after(None, crowd, soon)
    _, more = feed.after(state, crowd, soon)
    assert more


def test_a_first_page_that_is_not_the_same_is_read_on():
    crowd = page(*[50] * 200, more=True)
    state, _ = feed.after(None, crowd, LATER)
    _, more = feed.after(state, page(51, *[50] * 199, more=True), LATER)
    assert more


def test_times_are_compared_as_instants_across_a_change_of_the_clocks():
    rows = [("a", "2026-10-25T02:30:00+0100"), ("b", "2026-10-25T02:50:00+0200")]
    shown = tuple({"contact_id": name, "last_modified_time": time} for name, time in rows)
    state, _ = feed.after(None, Page(number=1, rows=shown, more=False), LATER)
    assert state.mark == "2026-10-25T01:30:00+00:00"


def test_a_page_that_went_missing_is_looked_for_and_a_shorter_list_accepted():
    state, _ = feed.after(begun(50), page(90, 80, more=True), LATER)
    state, more = feed.after(state, page(number=2), LATER)
    assert more and (state.page, state.mark) == (1, at(50))
    state, more = feed.after(state, page(90, 80), LATER)
    assert not more and state.mark == at(90)


def test_a_page_that_stays_empty_though_more_is_told_is_a_fault():
    state, _ = feed.after(begun(50), page(90, 80, more=True), LATER)
    with pytest.raises(Unavailable):
        for _ in range(20):
            shown = page(90, 80, more=True) if state.page == 1 else page(number=state.page)
            state, _ = feed.after(state, shown, LATER)


def test_a_row_without_a_time_is_a_fault():
    with pytest.raises(Unavailable):
        feed.after(None, Page(number=1, rows=({"contact_id": "1"},), more=False), LATER)


def test_a_list_that_is_not_newest_first_is_a_fault():
    with pytest.raises(Unavailable, match="order"):
        feed.after(None, page(40, 50), LATER)


def test_a_list_that_always_goes_on_is_not_followed_for_ever():
    state = feed.Pass(mark=at(0), page=feed.DEEPEST)
    with pytest.raises(Unavailable, match="does not end"):
        feed.after(state, page(50, number=feed.DEEPEST, more=True), LATER)


def test_a_state_survives_being_written_down():
    state, _ = feed.after(begun(50), page(90, more=True), LATER)
    assert feed.from_cursor(feed.to_cursor(state)) == state
    assert feed.from_cursor(None) is None


class Books:
    """A list of customers, newest change first, that people change between pages; it keeps its own clock."""

    def __init__(self, length, *, sizes=lambda size: size):
        self.clock = 0
        self.changed = {}
        self.sizes = sizes
        for number in range(length):
            self.change(f"c{number}")

    def change(self, name):
        self.clock += 10
        self.changed[name] = self.clock

    def shown(self, number, size):
        size = self.sizes(size)
        order = sorted(self.changed, key=lambda name: -self.changed[name])
        rows = order[(number - 1) * size : number * size]
        return Page(
            number=number,
            size=size,
            more=len(order) > number * size,
            rows=tuple({"contact_id": name, "last_modified_time": at(self.changed[name])} for name in rows),
        )


def read_pass(books, state, between=lambda: None):
    """Read to the end of a pass, and return what was told, when each was changed, and the pages it took."""
    told, pages, more = {}, 0, True
    while more:
        asked = state or feed.Pass()
        page = books.shown(asked.page, asked.size)
        told |= {row["contact_id"]: row["last_modified_time"] for row in page.rows}
        state, more = feed.after(feed.from_cursor(feed.to_cursor(asked)) if state else None, page, LATER)
        pages += 1
        between()
    return told, state, pages


MOVES = st.lists(st.tuples(st.sampled_from(["delete", "change", "add"]), st.integers(1, 40)), max_size=6)


@given(length=st.integers(300, 1500), changes=st.integers(200, 1200), moves=MOVES, random=st.randoms())
def test_no_change_slips_past_while_customers_come_change_and_go(length, changes, moves, random):
    books = Books(length)
    _, state, _ = read_pass(books, None)
    dirty = random.sample(sorted(books.changed), min(changes, length))
    for name in dirty:
        books.change(name)
    coming, born = iter(moves), 0

    def between():
        nonlocal born
        what, many = next(coming, ("", 0))
        for _ in range(many):
            name = random.choice(sorted(books.changed))
            if what == "delete":
                del books.changed[name]
            elif what == "change":
                books.change(name)
            else:
                born += 1
                books.change(f"new{born}")

    told, state, _ = read_pass(books, state, between)
    later, _, _ = read_pass(books, state)
    seen = told | later
    missed = [name for name in books.changed if name in dirty and seen.get(name) != at(books.changed[name])]
    assert missed == []


@pytest.mark.parametrize(("gone", "calls"), [(1, 3), (30, 5), (120, 5)])
def test_customers_that_went_let_nobody_slip_past(gone, calls):
    books = Books(900)
    _, state, _ = read_pass(books, None)
    for number in range(500):
        books.change(f"c{number}")
    going = [f"c{number}" for number in range(450, 450 - gone, -1)]
    steps = iter([lambda: [books.changed.pop(name) for name in going]])
    told, _, pages = read_pass(books, state, lambda: next(steps, lambda: None)())
    assert {f"c{number}" for number in range(500)} - set(going) <= told.keys()
    assert pages == calls


def test_pages_that_overlap_cost_hardly_more_calls():
    books = Books(5000)
    _, state, _ = read_pass(books, None)
    for number in range(4000):
        books.change(f"c{number}")
    assert read_pass(books, state)[2] <= 23


def test_a_server_with_a_page_size_of_its_own_is_read_without_a_gap():
    books = Books(900, sizes=lambda size: 100)
    _, state, _ = read_pass(books, None)
    for number in range(800):
        books.change(f"c{number}")
    told, _, _ = read_pass(books, state)
    assert {f"c{number}" for number in range(800)} <= told.keys()


def test_a_pass_whose_rows_go_all_the_time_ends_all_the_same():
    books = Books(1200)
    _, state, _ = read_pass(books, None)
    for number in range(1000):
        books.change(f"c{number}")

    def between():
        for name in sorted(books.changed, key=lambda name: -books.changed[name])[:5]:
            del books.changed[name]

    _, _, pages = read_pass(books, state, between)
    assert pages < 25
