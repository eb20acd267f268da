"""A budget on an empty Valkey, with time that passes only by waiting."""

import pytest
import redis

from tests.budget.clock import ShiftingClock
from tests.budget.memory import KeptBudgets
from webapp.budget import Budget


@pytest.fixture
def clock():
    return ShiftingClock()


@pytest.fixture
def memory():
    return KeptBudgets()


@pytest.fixture
def valkey(clean_redis_url):
    with redis.Redis.from_url(clean_redis_url) as client:
        yield client


@pytest.fixture
def budget(valkey, memory, clock):
    return Budget(valkey, memory=memory, clock=clock)
