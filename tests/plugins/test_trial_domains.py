"""People of trial domains are not written; the domains of others are tidied."""

import pytest

from plugins.trial_domains.hooks import Unset, guard
from webapp.sdk import Veto, Writing

GUARD = guard({"TANDEM_TRIAL_DOMAINS": "trial.example, @Test"})


def asked(**values):
    return GUARD.tandem_before_write(Writing(kind="contact", where="portal", provider="books", values=values))


@pytest.mark.parametrize("email", ["a@trial.example", "a@TRIAL.example", "a@mail.trial.example", "a@x.test"])
def test_refuses_an_email_at_a_trial_domain_or_below(email):
    answer = asked(email=email, phone="1")
    assert isinstance(answer, Veto)
    assert answer.field == "email"
    assert email.partition("@")[2] in answer.reason


@pytest.mark.parametrize(
    "values", [{"email": "a@nottrial.example"}, {"email": ""}, {"phone": "1"}, {"email": "a"}]
)
def test_minds_nothing_else(values):
    assert asked(**values) is None


def test_writes_domains_in_lower_case_and_names_as_they_are():
    assert asked(email="Ann@X.Example") == {"email": "Ann@x.example"}


def test_does_nothing_unless_domains_are_named():
    assert isinstance(guard({}), Unset)
