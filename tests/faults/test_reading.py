"""Faults of the calls that read Zoho's customers: every cell of the matrix ends as it says."""

import pytest

from tests.faults.playing import Player
from tests.faults.table import CELLS, IN_A_RUN, PASS_CALLS, TABLE

READING = [(fault, call) for fault, call in CELLS if call not in (*IN_A_RUN, *PASS_CALLS)]


@pytest.mark.parametrize(("fault", "call"), READING, ids=[f"{call}: {fault}" for fault, call in READING])
def test_ends_as_the_table_says(player: Player, fault: str, call: str) -> None:
    player.play(fault, call, TABLE[fault][call])
