"""A budget of each test's own."""

import pytest

from webapp.budget import Budget


@pytest.fixture
def budget(clean_redis_url):
    """A budget that knows nothing yet."""
    return Budget.at(clean_redis_url)
