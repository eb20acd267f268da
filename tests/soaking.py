"""How much a test tries: what fits into `make test`, or far more in `make soak`.

`make soak` sets TANDEM_SOAK to a number of its own, which it prints; the same number tries the same again.
"""

import os

NUMBER = int(os.environ.get("TANDEM_SOAK") or 0)
"""0 outside of `make soak`."""


def tries(usual: int, *, soak: int) -> int:
    """Return how many examples a property is tried on."""
    return soak if NUMBER else usual


def seeds(usual: int, *, soak: int) -> range:
    """Return the seeds of a test that plays a story of chance for each."""
    return range(NUMBER, NUMBER + soak) if NUMBER else range(usual)
