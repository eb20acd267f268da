"""The text Zoho signs, against the example on its own page."""

from __future__ import annotations

import hmac

import pytest

from plugins.zoho.webhooks import verify
from webapp.sdk import Delivery

SECRET = "k" * 12
EXAMPLE = b'namebasicsubscription_id90343{"created_date":"2019-03-06","event_id":"5675"}'
"""What the page on securing webhooks says is hashed, for a query and a body."""


def delivery(right: str, **parts) -> Delivery:
    """Return the example's delivery, with this signature."""
    given = {
        "query": (("subscription_id", "90343"), ("name", "basic")),
        "body": b'{"created_date":"2019-03-06","event_id":"5675"}',
        "headers": {"content-type": "application/json"},
        **parts,
    }
    headers = {**given["headers"], "x-zoho-webhook-signature": right}
    return Delivery(headers=headers, query=given["query"], body=given["body"])


def signed(text: bytes) -> str:
    return hmac.new(SECRET.encode(), text, "sha256").hexdigest()


def test_pairs_are_sorted_and_stand_before_the_body():
    assert verify(delivery(signed(EXAMPLE)), SECRET)


def test_a_pair_of_the_query_that_was_changed_is_noticed():
    query = (("subscription_id", "90344"), ("name", "basic"))
    assert not verify(delivery(signed(EXAMPLE), query=query), SECRET)


def test_capitals_of_a_hex_signature_do_not_matter():
    assert verify(delivery(f" {signed(EXAMPLE).upper()} "), SECRET)


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=utf-8"]
)
def test_pairs_of_a_form_are_decoded_and_sorted_among_those_of_the_query(kind):
    parts = {"query": (("b", "2"),), "body": b"c=%C3%A9+x&a=", "headers": {"content-type": kind}}
    assert verify(delivery(signed("ab2cé x".encode()), **parts), SECRET)
    assert not verify(delivery(signed("ab2cé xc=%C3%A9+x&a=".encode()), **parts), SECRET)


def test_a_body_that_is_no_text_is_no_fault():
    assert not verify(delivery("0" * 64, body=b"\xff=\xfe"), SECRET)
    form = {"body": b"\xff=\xfe", "headers": {"content-type": "application/x-www-form-urlencoded"}}
    assert not verify(delivery("0" * 64, **form), SECRET)
