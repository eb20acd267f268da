"""Faults of the calls an import makes: the cells of the matrix end as it says."""

import pytest

from tests.faults.playing import Player
from tests.faults.sampling import cells_of
from tests.faults.table import IN_A_RUN, TABLE

IMPORTING = cells_of(IN_A_RUN)


@pytest.mark.parametrize(("fault", "call"), IMPORTING, ids=[f"{call}: {fault}" for fault, call in IMPORTING])
def test_ends_as_the_table_says(player: Player, fault: str, call: str) -> None:
    player.play(fault, call, TABLE[fault][call])
