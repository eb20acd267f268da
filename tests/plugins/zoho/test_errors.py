"""What each answer of Zoho's API means to the portal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugins.zoho import errors
from tests.plugins.account import answered
from tests.plugins.zoho.recordings import recording
from webapp.sdk import (
    AuthorizationLost,
    Gone,
    HasTransactions,
    ProviderError,
    RateLimited,
    Rejected,
    Skip,
    Unavailable,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def raised(body, status=400, headers=None, *, write=False):
    """Return what an answer raises."""
    with pytest.raises(ProviderError) as caught:
        errors.read(answered(body, status, headers), label="Zoho Books", write=write, now=NOW)
    return caught.value


def test_a_success_is_its_body():
    body = {"code": 0, "message": "success", "contacts": []}
    assert errors.read(answered(body, 200), label="Zoho Books", write=False, now=NOW) == body


@pytest.mark.parametrize(
    ("code", "headers", "scope", "after"),
    [
        (44, {}, "minute", 60),
        (44, {"retry-after": "17"}, "minute", 17),
        (43, {"retry-after": "3600"}, "block", 3600),
        (43, {}, "block", 3600),
        (43, {"retry-after": "Sun, 22 Nov 2026 12:30:00 GMT"}, "block", 1800),
        (43, {"retry-after": "soon"}, "block", 3600),
        (43, {"retry-after": "9" * 40}, "block", 86400),
        (45, {"x-rate-limit-reset": "37301"}, "day", 37301),
        (45, {}, "day", None),
        (1070, {}, "concurrency", 5),
    ],
)
@pytest.mark.parametrize("status", [429, 200])
def test_each_limit_is_told_by_its_scope_and_pause(code, headers, scope, after, status):
    error = raised({"code": code, "message": "too many"}, status, headers)
    assert isinstance(error, RateLimited)
    assert (error.scope, error.after) == (scope, after)


def test_a_429_of_any_other_kind_is_the_limit_of_the_minute():
    for body in ("<html>slow down</html>", {"code": 9999, "message": "?"}):
        error = raised(body, 429)
        assert isinstance(error, RateLimited) and error.scope == "minute"


@pytest.mark.parametrize(
    ("code", "message", "field"),
    [
        (3062, 'The customer "Phone House" already exists. Please specify a different name.', "name"),
        (3062, "The contact already exists.Please specify a different name", "name"),
        (3013, "Enter a valid Contact Name", "name"),
        (31006, "Portal is disabled for your organization. Please contact support@zohoinvoice.com", ""),
        (15, "Please ensure that the company_name has less than 200 characters.", "company_name"),
        (15, "Please ensure that the first_name has less than 100 characters.", "first_name"),
        (15, "Please ensure that the zip has less than 50 characters.", "billing_address"),
        (2, "Invalid value passed for Email", "email"),
        (2, 'Invalid value "email" passed for mobile', "mobile"),
        (9004, "This currency does not exist. Please choose a valid currency", "currency"),
        (4, "Invalid value passed for something else", ""),
    ],
)
def test_a_refused_value_names_its_field(code, message, field):
    error = raised({"code": code, "message": message})
    assert isinstance(error, Rejected)
    assert (error.field, error.reason) == (field, message)


@pytest.mark.parametrize("status", [200, 400, 404])
def test_a_record_that_is_not_there_is_gone(status):
    assert isinstance(raised({"code": 1002, "message": "Contact does not exist."}, status), Gone)


def test_a_404_with_another_code_is_gone_too():
    assert isinstance(raised({"code": 1001, "message": "No such thing."}, 404), Gone)


def test_an_address_the_server_does_not_know_says_nothing_of_a_record():
    error = raised({"code": 5, "message": "Invalid URL Passed"}, 404)
    assert isinstance(error, Skip) and not isinstance(error, Gone)


def test_a_404_that_is_not_zohos_says_nothing_of_a_record():
    assert isinstance(raised("<html>not found</html>", 404), Unavailable)


def test_a_record_with_transactions_stays():
    message = "This contact cannot be deleted since you have recorded transactions for it"
    assert isinstance(raised({"code": 3000, "message": message}), HasTransactions)


@pytest.mark.parametrize(("status", "code"), [(400, 6041), (403, 1038)])
def test_a_user_who_left_the_organization_has_to_be_replaced(status, code):
    error = raised({"code": code, "message": "not associated"}, status)
    assert isinstance(error, AuthorizationLost) and "reconnect" in str(error)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": 1000, "message": "Internal error"}, 500),
        ({"code": 1000, "message": "Internal error"}, 200),
        ("<html>Bad gateway</html>", 502),
        ("<html>Forbidden</html>", 403),
        ("<html>Welcome</html>", 200),
        ('{"code": 0, "contacts": [', 200),
        ("", 200),
        (b"\xff\xfe", 200),
        ("[" * 100_000, 200),
        ("[]", 200),
        ("7", 200),
        ({"contacts": []}, 200),
        ({"code": None}, 200),
        ({"code": True}, 200),
        ({"code": 0}, 500),
        ({"code": 0}, 400),
        ("", 302),
    ],
)
def test_an_answer_without_sense_is_unavailable_and_a_write_may_have_happened(body, status):
    assert raised(body, status).effect_unknown is False
    error = raised(body, status, write=True)
    assert isinstance(error, Unavailable) and error.effect_unknown is True


@pytest.mark.parametrize(
    "answer",
    [
        answered({"code": 57, "message": "You are not authorized"}, 401),
        answered({"code": 57, "message": "You are not authorized"}, 200),
        answered({"code": 14, "message": "Invalid value passed for authtoken"}, 400),
        answered("<html>", 401),
    ],
)
def test_a_refused_token_is_seen_whatever_the_status(answer):
    assert errors.refused(answer)


def test_other_refusals_are_not_the_tokens():
    assert not errors.refused(answered({"code": 1002, "message": "gone"}, 404))
    assert not errors.refused(answered("<html>", 500))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("429-code43-blocked", RateLimited),
        ("429-code44-per-minute", RateLimited),
        ("429-code44-per-account", RateLimited),
        ("429-code45-daily", RateLimited),
        ("429-code1070-concurrency", RateLimited),
        ("400-code3062-duplicate-contact-name", Rejected),
        ("400-code4-invalid-value", Rejected),
        ("code2-invalid-filter", Rejected),
        ("400-code6041-wrong-organization", AuthorizationLost),
        ("code1002-not-found", Gone),
        ("code1000-internal", Unavailable),
        ("jsonstring-mandatory", Unavailable),
    ],
)
def test_recorded_errors_are_sorted(name, kind):
    recorded = recording(f"errors/{name}.json")
    headers = {key.lower(): value for key, value in recorded["headers"].items()}
    assert isinstance(raised(recorded["body"], recorded["status"] or 400, headers), kind)


def test_a_long_message_is_cut_and_a_missing_one_replaced():
    assert len(str(raised({"code": 9, "message": "x" * 10_000}))) <= 300
    assert "HTTP 400" in str(raised({"code": 9}))
