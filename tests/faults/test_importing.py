"""Faults of the calls an import makes: every cell of the matrix ends as it says."""

import pytest

from tests.faults.playing import Player
from tests.faults.table import CELLS, IN_A_RUN, TABLE

IMPORTING = [(fault, call) for fault, call in CELLS if call in IN_A_RUN]


@pytest.mark.parametrize(("fault", "call"), IMPORTING, ids=[f"{call}: {fault}" for fault, call in IMPORTING])
def test_ends_as_the_table_says(player: Player, fault: str, call: str) -> None:
    player.play(fault, call, TABLE[fault][call])
