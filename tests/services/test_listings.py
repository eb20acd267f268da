"""Listings that are cut, empty or shifted never take anybody away who lives; `make soak` reads 10,000."""

import pytest

from tests.mirror_world import Place
from tests.services.listings import filled, play
from tests.soaking import seeds
from webapp.services.reading import Reading
from webapp.store.mirror import mark_gone

SEEDS = seeds(8, soak=1700)

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_who_lives_counts_as_gone_whatever_a_listing_tells(there, place, seed):
    there.directory = filled(seed)
    play(place.connect(), there.directory)


def test_a_census_that_took_listings_at_their_word_would_be_noticed(there, place, monkeypatch):
    monkeypatch.setattr(Reading, "detail", believe)
    with pytest.raises(AssertionError, match="as gone"):
        for seed in SEEDS[:25]:
            there.directory = filled(seed)
            play(Place.new().connect(), there.directory)


def believe(reading, connection, mirror, their_id):
    """Ask nobody: who is not told of is gone."""
    mark_gone(mirror, their_id)
    reading.keep()
    return False
