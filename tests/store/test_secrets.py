"""What is sealed opens in its own place alone, with the key that sealed it."""

import base64
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.store.secrets import Safe, SecretMoved, UnknownKey

OLD, NEW = {"old": b"o" * 32}, {"new": b"n" * 32}
PORTAL, OWNER = uuid.uuid4(), uuid.uuid4()
PLACE = {"portal": PORTAL, "owner": OWNER, "field": "credentials"}


@given(st.text())
@settings(max_examples=50)
def test_opens_whatever_text_was_sealed(text):
    safe = Safe(OLD)
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert safe.open(safe.seal(text, **PLACE), **PLACE) == text


def test_seals_the_same_text_to_different_values_that_do_not_hold_it():
    safe = Safe(OLD)
    one, other = safe.seal("refresh-token", **PLACE), safe.seal("refresh-token", **PLACE)
    assert one != other
    assert b"refresh-token" not in base64.b64decode(one.partition(":")[2])


@pytest.mark.parametrize(
    "moved", [{"portal": uuid.uuid4()}, {"owner": uuid.uuid4()}, {"field": "webhook_secret"}]
)
def test_refuses_a_value_moved_to_another_place(moved):
    safe = Safe(OLD)
    value = safe.seal("token", **PLACE)
    with pytest.raises(SecretMoved):
        safe.open(value, **(PLACE | moved))


def test_does_not_mix_up_places_whose_parts_join_to_the_same_text():
    safe = Safe(OLD)
    value = safe.seal("token", portal="a|b", owner="c", field="d")
    with pytest.raises(SecretMoved):
        safe.open(value, portal="a", owner="b|c", field="d")


@pytest.mark.parametrize("position", [0, 12, -1])
def test_refuses_a_value_changed_in_any_byte(position):
    safe = Safe(OLD)
    key_id, _, encoded = safe.seal("token", **PLACE).partition(":")
    changed = bytearray(base64.b64decode(encoded))
    changed[position] ^= 1
    with pytest.raises(SecretMoved):
        safe.open(f"{key_id}:{base64.b64encode(changed).decode()}", **PLACE)


@pytest.mark.parametrize("value", ["", "old", "old:", "old:AAAA", "old:A", "a plain token: 1000.abc", ":"])
def test_refuses_what_was_never_sealed_without_quoting_it(value):
    with pytest.raises(SecretMoved) as caught:
        Safe(OLD).open(value, **PLACE)
    assert "1000.abc" not in str(caught.value)


def test_opens_with_an_older_key_and_seals_with_the_first():
    value = Safe(OLD).seal("token", **PLACE)
    rotated = Safe(NEW | OLD)
    assert rotated.open(value, **PLACE) == "token"
    with pytest.raises(UnknownKey):
        Safe(OLD).open(rotated.seal("token", **PLACE), **PLACE)


def test_names_the_key_that_is_missing():
    value = Safe(OLD).seal("token", **PLACE)
    with pytest.raises(UnknownKey, match=r"old.*TANDEM_KEYS"):
        Safe(NEW).open(value, **PLACE)
