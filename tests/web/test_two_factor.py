"""Two-factor through its pages: turning it on, logging in with it, what is refused, and the way back."""

from __future__ import annotations

import base64
import html
import re
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import select

from tests.web.people import PASSWORD, browser_of, token_on
from webapp import clock
from webapp.extensions import db
from webapp.services import audit, keys, two_factor, users
from webapp.services.errors import Refused
from webapp.store.portals import Portal, User
from webapp.store.secrets import Safe
from webapp.store.two_factor import RecoveryCode, TwoFactor
from webapp.walls import inside

EMAIL = "owner@nordlicht.example"
PAGE = "/account/two-factor"


def post(browser, address, **typed):
    token = token_on(browser.get("/account/", follow_redirects=True).text)
    return browser.post(address, data={"csrf_token": token, **typed})


def code_of(letters, *, steps=0):
    totp = TOTP(base64.b32decode(letters), 6, SHA1(), 30)
    return totp.generate(clock.now().timestamp() + 30 * steps).decode()


@pytest.fixture
def letters(browser):
    """What the owner's app was told, with two-factor begun."""
    post(browser, f"{PAGE}/begin", password=PASSWORD)
    page = html.unescape(browser.get(PAGE).text)
    return "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page))


@pytest.fixture
def codes(browser, letters):
    """The owner's recovery codes, with two-factor on."""
    answer = post(browser, f"{PAGE}/confirm", code=code_of(letters, steps=-1))
    if answer.status_code == 422:
        # Half a minute may end between making the code and its arrival, but not twice in a row.
        answer = post(browser, f"{PAGE}/confirm", code=code_of(letters, steps=-1))
    found = re.findall(r"<code>((?:[A-Z2-7]{4}-){3}[A-Z2-7]{4})</code>", answer.text)
    assert len(found) == 10
    return found


@pytest.fixture
def at_the_code(app, codes):
    """A browser whose password was right and whose code is asked for."""
    browser = app.test_client()
    answer = post(browser, "/login", email=EMAIL, password=PASSWORD, next="/account/")
    assert answer.location == "/login/code?next=/account/"
    return browser


def is_in(browser):
    return browser.get("/account/").status_code == 200


def test_it_is_off_until_a_code_proves_the_app(app, browser, letters):
    assert len(letters) == 32
    page = post(browser, f"{PAGE}/confirm", code="000000")
    assert (page.status_code, "does not fit" in page.text) == (422, True)
    assert post(app.test_client(), "/login", email=EMAIL, password=PASSWORD).location == "/"


def test_the_app_is_told_by_a_drawing_within_the_page(browser, letters):
    page = browser.get(PAGE).text
    assert '<svg viewBox="0 0' in page or 'class="qr"' in page
    assert "style=" not in page


def test_the_password_alone_no_longer_logs_in(at_the_code):
    assert not is_in(at_the_code)
    assert "Enter your code" in at_the_code.get("/login/code").text


def test_password_and_code_log_in_and_lead_on(at_the_code, letters):
    answer = post(at_the_code, "/login/code", code=code_of(letters), next="/account/")
    assert (answer.status_code, answer.location) == (302, "/account/")
    assert is_in(at_the_code)


def test_a_code_is_taken_once(app, at_the_code, letters):
    code = code_of(letters)
    post(at_the_code, "/login/code", code=code)
    second = app.test_client()
    post(second, "/login", email=EMAIL, password=PASSWORD)
    answer = post(second, "/login/code", code=code)
    assert (answer.status_code, is_in(second)) == (422, False)


@pytest.mark.parametrize("steps", [-3, 3])
def test_a_code_of_another_time_does_not_fit(at_the_code, letters, steps):
    assert post(at_the_code, "/login/code", code=code_of(letters, steps=steps)).status_code == 422


@pytest.mark.parametrize("code", ["", "000000", "١٢٣٤٥٦", "x" * 5000, "AAAA-AAAA-AAAA-AAAA", "\0"])
def test_what_is_no_code_is_refused(at_the_code, code):
    assert post(at_the_code, "/login/code", code=code).status_code == 422


def test_a_recovery_code_logs_in_once(app, at_the_code, codes):
    assert post(at_the_code, "/login/code", code=codes[0].lower().replace("-", " ")).status_code == 302
    second = app.test_client()
    post(second, "/login", email=EMAIL, password=PASSWORD)
    assert post(second, "/login/code", code=codes[0]).status_code == 422
    assert "9 codes left" in at_the_code.get(PAGE).text


def test_codes_are_limited_by_account_in_whatever_session(app, codes):
    answers = []
    for _ in range(11):
        browser = app.test_client()
        post(browser, "/login", email=EMAIL, password=PASSWORD)
        answers.append(post(browser, "/login/code", code="000000").status_code)
    assert answers == [422] * 10 + [429]


def test_a_code_without_a_password_before_it_logs_nobody_in(app, codes, letters):
    stranger = app.test_client()
    answer = post(stranger, "/login/code", code=code_of(letters))
    assert (answer.location, is_in(stranger)) == ("/login", False)


def test_a_password_changed_meanwhile_asks_for_it_anew(app, at_the_code, letters):
    with app.app_context():
        users.set_password(EMAIL, "another passphrase")
    assert post(at_the_code, "/login/code", code=code_of(letters)).location.startswith("/login")
    assert not is_in(at_the_code)


def test_the_session_gets_a_new_id_at_either_step(app, codes, letters):
    browser = app.test_client()
    browser.get("/login")
    token_on(browser.get("/login").text)
    ids = [browser.get_cookie("tandem").value]
    post(browser, "/login", email=EMAIL, password=PASSWORD)
    ids.append(browser.get_cookie("tandem").value)
    post(browser, "/login/code", code=code_of(letters))
    ids.append(browser.get_cookie("tandem").value)
    assert len(set(ids)) == 3
    thief = app.test_client()
    thief.set_cookie("tandem", ids[1])
    assert not is_in(thief)


def test_turning_it_on_ends_sessions_elsewhere(app, people, letters, browser):
    elsewhere = browser_of(app, people.users["Owner"])
    post(browser, f"{PAGE}/confirm", code=code_of(letters))
    assert (is_in(elsewhere), is_in(browser)) == (False, True)


def test_it_is_not_begun_without_the_password(browser):
    answer = post(browser, f"{PAGE}/begin", password="not the password")
    assert (answer.status_code, "This is not your password." in answer.text) == (422, True)
    assert "Set up an app" in browser.get(PAGE).text


@pytest.mark.parametrize("act", ["codes", "off"])
def test_everything_about_it_asks_for_the_password(browser, codes, act):
    answer = post(browser, f"{PAGE}/{act}", password="not the password")
    assert (answer.status_code, "This is not your password." in answer.text) == (422, True)


def test_turned_off_the_password_logs_in_again(app, browser, codes):
    post(browser, f"{PAGE}/off", password=PASSWORD)
    assert post(app.test_client(), "/login", email=EMAIL, password=PASSWORD).location == "/"
    with app.app_context():
        assert (
            not db.session.scalars(select(RecoveryCode)).all() + db.session.scalars(select(TwoFactor)).all()
        )


def test_new_recovery_codes_end_those_before(at_the_code, browser, codes):
    page = post(browser, f"{PAGE}/codes", password=PASSWORD).text
    assert codes[0] not in page
    assert post(at_the_code, "/login/code", code=codes[0]).status_code == 422


def test_secrets_and_codes_are_not_kept_readable(app, letters, codes):
    with app.app_context():
        kept = repr(db.session.execute(select(TwoFactor.__table__)).all())
        kept += repr(db.session.execute(select(RecoveryCode.__table__)).all())
    assert letters not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_the_secret_is_sealed_anew_when_keys_rotate(app, at_the_code, letters, monkeypatch):
    before = app.config["TANDEM"].keys
    monkeypatch.setitem(app.extensions, "tandem_safe", Safe({"fresh": b"f" * 32, **before}))
    with app.app_context():
        assert keys.rotate().left == {}
        assert db.session.scalars(select(TwoFactor)).one().secret.startswith("fresh:")
    assert post(at_the_code, "/login/code", code=code_of(letters)).status_code == 302


def test_a_secret_moved_to_somebody_else_does_not_open(app, people, at_the_code, letters):
    with app.app_context():
        other = people.users["Manager"]
        kept = db.session.scalars(select(TwoFactor)).one()
        db.session.add(TwoFactor(user_id=other, secret=kept.secret))
        db.session.get_one(User, other).two_factor_at = clock.now()
        db.session.commit()
        with pytest.raises(Exception, match="does not belong here"):
            two_factor.passes(other, code_of(letters))


def test_a_portal_that_requires_it_leads_its_users_to_turn_it_on(app, people, log_in, browser, codes):
    manager = log_in("Manager")
    with app.app_context(), inside(people.portal_id):
        two_factor.require_of_all(people.portal_id, people.users["Owner"], required=True)
    assert manager.get("/p/nordlicht/client-users/").location == PAGE
    fragment = manager.get("/p/nordlicht/client-users/", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (401, PAGE)
    assert "Nordlicht Studio requires two-factor" in manager.get(PAGE).text
    assert browser.get("/p/nordlicht/client-users/").status_code == 200
    answer = post(browser, f"{PAGE}/off", password=PASSWORD)
    assert answer.status_code == 409


def test_who_does_not_have_it_on_cannot_require_it(app, people):
    with app.app_context(), inside(people.portal_id):
        with pytest.raises(Refused, match="for yourself first"):
            two_factor.require_of_all(people.portal_id, people.users["Owner"], required=True)
        assert not db.session.get_one(Portal, people.portal_id).two_factor_required


def test_what_is_done_about_it_is_told_in_the_audit(app, people, browser, at_the_code, codes):
    post(at_the_code, "/login/code", code=codes[0])
    post(browser, f"{PAGE}/codes", password=PASSWORD)
    post(browser, f"{PAGE}/off", password=PASSWORD)
    with app.app_context():
        told = [each.action for each in audit.newest(people.portal_id, 6)]
    expected = {"on", "off"}
    assert {f"user.two_factor_{each}" for each in expected} <= set(told)
    assert {"user.recovery_code_used", "user.recovery_codes_renewed"} <= set(told)


def test_whoever_runs_tandem_lets_the_locked_out_in(app, codes):
    with app.app_context():
        two_factor.take_off(users.user_named(EMAIL))
    assert post(app.test_client(), "/login", email=EMAIL, password=PASSWORD).location == "/"


def test_a_code_waits_ten_minutes_for(app, at_the_code, letters, monkeypatch):
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr("webapp.web.auth.time.time", later.timestamp)
    assert post(at_the_code, "/login/code", code=code_of(letters)).location.startswith("/login")
