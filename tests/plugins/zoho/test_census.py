"""Reading a whole list backwards while it changes, as pure steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.zoho import census
from plugins.zoho.pages import PER_PAGE, Page
from webapp.sdk import Unavailable


def page_of(rows, number, size=PER_PAGE):
    """Cut one page out of a list, as Zoho does."""
    shown = tuple({"id": row} for row in rows[(number - 1) * size : number * size])
    return Page(number=number, rows=shown, more=len(rows) > number * size)


def read(rows, *, expected=None, guess=2, between=lambda rows: None, limit=10_000):
    """Read a list that may change between pages; return what was seen, and the number of pages asked."""
    seen, asked = set(), 0
    reading = census.begin(expected, guess)
    while reading is not None:
        page = page_of(rows, reading.page)
        seen.update(row["id"] for row in page.rows)
        asked += 1
        assert asked < limit
        reading = census.after(census.from_cursor(census.to_cursor(reading)), page)
        between(rows)
    return seen, asked


@given(
    length=st.integers(0, 60_000),
    expected=st.none() | st.integers(0, 80_000),
    guess=st.integers(1, 64),
)
def test_every_row_is_told_whatever_the_length_and_the_guess(length, expected, guess):
    seen, _ = read(list(range(length)), expected=expected, guess=guess)
    assert seen == set(range(length))


@given(
    length=st.integers(0, 20_000),
    guess=st.integers(1, 16),
    moves=st.lists(st.tuples(st.booleans(), st.integers(0, 60), st.floats(0, 1)), max_size=150),
)
def test_no_row_that_lives_throughout_is_missed_while_others_come_and_go(length, guess, moves):
    rows, born, coming = list(range(length)), length, iter(moves)

    def between(rows):
        nonlocal born
        deleting, number, place = next(coming, (False, 0, 0))
        if deleting:
            start = int(place * max(len(rows) - 1, 0))
            del rows[start : start + number]
        else:
            rows.extend(range(born, born + number))
            born += number

    try:
        seen, _ = read(rows, guess=guess, between=between)
    except Unavailable:
        seen = set()
    assert {row for row in rows if row < length} <= seen


@pytest.mark.parametrize(("length", "most"), [(0, 2), (1, 2), (200, 2), (201, 2), (1000, 9), (10_000, 53)])
def test_few_calls_find_the_end_without_a_hint(length, most):
    assert read(list(range(length)))[1] <= most


@pytest.mark.parametrize("length", [1, 200, 201, 1000, 10_000, 100_000])
def test_a_true_hint_costs_no_call(length):
    assert read(list(range(length)), expected=length)[1] == -(-length // PER_PAGE)


@pytest.mark.parametrize("length", [950, 1190, 1250, 1600])
def test_a_hint_somewhat_off_costs_few_calls(length):
    assert read(list(range(length)), expected=1000)[1] <= -(-length // PER_PAGE) + 4


def after(reading, *, rows=1, more=False):
    return census.after(reading, Page(number=reading.page, rows=({},) * rows, more=more))


def test_the_number_of_pages_is_known_once_the_last_was_found():
    found = after(census.begin(500, 2))
    assert (found.last, found.page) == (3, 2)


def test_an_empty_list_is_over_at_once():
    assert after(census.Reading(page=1, stride=1), rows=0) is None


def test_an_empty_page_where_pages_followed_is_never_taken_for_the_end():
    def shown(number):
        return Page(number=number, rows=() if number == 6 else ({},), more=number < 10)

    reading, asked = census.begin(None, 2), 0
    with pytest.raises(Unavailable):
        while reading is not None:
            asked += 1
            assert asked < 100
            reading = census.after(reading, shown(reading.page))


def test_a_list_that_was_there_and_is_empty_now_is_a_fault():
    reading = after(census.begin(1000, 2))
    with pytest.raises(Unavailable):
        while reading is not None:
            reading = after(reading, rows=0)


def test_a_reading_goes_on_when_an_empty_page_was_but_a_moments_fault():
    rows = list(range(1000))
    reading, seen = census.begin(1000, 2), set()
    for number in range(20):
        page = page_of(rows, reading.page)
        if number == 2:
            page = Page(number=page.number, rows=(), more=False)
        seen.update(row["id"] for row in page.rows)
        reading = census.after(reading, page)
        if reading is None:
            break
    assert reading is None and seen == set(rows)


def test_a_list_cut_to_less_than_the_pages_to_come_is_still_read_to_its_first_row():
    rows = list(range(3000))
    reading = census.after(census.begin(3000, 2), page_of(rows, 15))
    del rows[450:]
    seen = set()
    while reading is not None:
        page = page_of(rows, reading.page)
        seen.update(row["id"] for row in page.rows)
        reading = census.after(reading, page)
    assert seen == set(rows)


def test_a_list_that_always_goes_on_is_not_followed_for_ever():
    reading = census.begin(None, 2)
    with pytest.raises(Unavailable, match="does not end"):
        for _ in range(100):
            reading = after(reading, more=True)


def test_short_pages_do_not_end_a_reading():
    reading = after(after(census.begin(1000, 2), rows=3, more=True), rows=3)
    assert (reading.last, reading.page) == (6, 5)
