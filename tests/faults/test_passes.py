"""Faults of the calls a pass makes: every cell of the matrix ends as it says; some of them in `make test`."""

import pytest

from tests.crash.sampling import sample
from tests.faults.playing import Player
from tests.faults.table import CELLS, PASS_CALLS, TABLE

PASSING = [(fault, call) for fault, call in CELLS if call in PASS_CALLS]
SAMPLED = [PASSING[at] for at in sample(len(PASSING))]


@pytest.mark.parametrize(("fault", "call"), SAMPLED, ids=[f"{call}: {fault}" for fault, call in SAMPLED])
def test_ends_as_the_table_says(player: Player, fault: str, call: str) -> None:
    player.play(fault, call, TABLE[fault][call])
