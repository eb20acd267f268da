"""What Harbour refuses is told in Tandem's words."""

import pytest
from webapp.sdk import CustomerData, RateLimited, Rejected, Unavailable

from tandem_harbour.provider import HARBOUR


def test_says_how_long_to_wait_when_there_were_too_many_calls(fake, account):
    fake.faults.append((429, {"Retry-After": "7"}, b"{}"))
    with pytest.raises(RateLimited) as refused:
        HARBOUR.open(account).customer("1")
    assert refused.value.after == 7


@pytest.mark.parametrize("body", [b"{}", b"<html>busy</html>"])
def test_does_not_know_whether_a_write_arrived_that_failed_there(fake, account, body):
    fake.faults.append((503, {}, body))
    with pytest.raises(Unavailable) as failed:
        HARBOUR.open(account).create_customer(CustomerData(name="Ada"))
    assert failed.value.effect_unknown


def test_names_the_field_at_fault_in_our_words(account):
    with pytest.raises(Rejected) as refused:
        HARBOUR.open(account).create_customer(CustomerData(name=" "))
    assert refused.value.field == "name"
