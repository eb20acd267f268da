"""What a provider would count."""

from collections.abc import Iterable


def most_in_a_minute(times: Iterable[float]) -> int:
    """Return the most calls any 60 seconds hold."""
    ordered, first, most = sorted(times), 0, 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - 60:
            first += 1
        most = max(most, last - first + 1)
    return most
