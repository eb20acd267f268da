"""Faults of the calls that read Zoho's customers: the cells of the matrix end as it says."""

import pytest

from tests.faults.playing import Player
from tests.faults.sampling import cells_of
from tests.faults.table import CALLS, IN_A_RUN, PASS_CALLS, TABLE

READING = cells_of([call for call in CALLS if call not in (*IN_A_RUN, *PASS_CALLS)])


@pytest.mark.parametrize(("fault", "call"), READING, ids=[f"{call}: {fault}" for fault, call in READING])
def test_ends_as_the_table_says(player: Player, fault: str, call: str) -> None:
    player.play(fault, call, TABLE[fault][call])
