"""The table itself: complete, each end explained, and the page about it true."""

import pytest

from tests.faults.ends import End, Never
from tests.faults.kinds import FAULTS
from tests.faults.table import SCENES, TABLE
from tools.faults import PAGE, page

ENTRIES = tuple(dict.fromkeys(cell for row in TABLE.values() for cell in row.values()))


def test_says_something_of_every_fault_at_every_call():
    assert list(TABLE) == list(FAULTS)
    assert all(list(row) == list(SCENES) for row in TABLE.values())


def test_the_page_says_what_the_table_says():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tools.faults"


@pytest.mark.parametrize("cell", ENTRIES, ids=[getattr(entry, "words", "never") for entry in ENTRIES])
def test_every_cell_explains_itself(cell):
    explanation = cell.meaning if isinstance(cell, End) else cell.reason
    assert isinstance(cell, End | Never)
    assert explanation.endswith(".")


def test_ends_of_the_same_name_mean_the_same():
    ends = [entry for entry in ENTRIES if isinstance(entry, End)]
    assert len({end.words for end in ends}) == len(ends)
