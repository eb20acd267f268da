"""A small Harbour that listens, and an account at it."""

import pytest

from tandem_harbour.contract import account_at
from tandem_harbour.fake import Fake


@pytest.fixture
def fake():
    with Fake() as listening:
        yield listening


@pytest.fixture
def account(fake):
    return account_at(fake)
