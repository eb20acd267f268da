"""Portals and users from the command line."""

from __future__ import annotations

import json
from contextlib import contextmanager
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest

from tests.settings import make_settings
from webapp.app import create_app
from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.portals import user_by_email
from webapp.store.two_factor import TwoFactor


@pytest.fixture
def portal(run):
    """The portal ``nordlicht``."""
    run("portal", "add", "nordlicht", "Nordlicht Studio", "--currency", "DKK", "--country", "DK")


def add_user(run, *words):
    """Add Ada to the portal."""
    return run("user", "add", "--portal", "nordlicht", "--email", "ada@x.example", "--name", "Ada", *words)


def test_a_portal_is_made_and_listed(run, portal):
    assert run("portal", "list").output == "nordlicht\tNordlicht Studio\tDKK\tDK\n"


def test_a_key_is_taken_once(run, portal):
    result = run("portal", "add", "nordlicht", "Another")
    assert (result.exit_code, result.stderr) == (
        1,
        "tandem: There is a portal nordlicht already: choose another key.\n",
    )


def test_a_password_is_made_and_shown_once(run, portal):
    output = add_user(run, "--profile", "Owner").output
    assert "ada@x.example is Owner of Nordlicht Studio." in output
    assert len(output.split("Password: ")[1].strip()) >= 20


def test_a_password_that_was_given_is_not_shown(run, portal):
    assert "Password" not in add_user(run, "--password", "a passphrase of mine").output


def test_somebody_with_a_login_keeps_it_in_another_portal(run, portal):
    add_user(run)
    run("portal", "add", "elsewhere", "Elsewhere")
    result = run("user", "add", "--portal", "elsewhere", "--email", "ADA@x.example", "--name", "Ada")
    assert "They log in as before." in result.output
    assert "Password" not in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--password", "short"], "A password needs at least 12 characters."),
        (["--email", "nonsense"], "is no e-mail address."),
        (["--portal", "nowhere"], "There is no portal nowhere."),
    ],
)
def test_a_wrong_value_is_said_in_one_line(run, portal, words, said):
    result = add_user(run, *words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_person_is_let_in_no_longer_and_again(run, portal):
    add_user(run)
    assert "can no longer log in" in run("user", "disable", "ada@x.example").output
    assert "can log in again" in run("user", "enable", "ada@x.example").output
    assert "Password: " in run("user", "password", "ada@x.example").output
    assert run("user", "disable", "nobody@x.example").exit_code == 1


def test_a_person_gets_another_profile(run, portal):
    add_user(run, "--profile", "Owner")
    refused = run("user", "profile", "--portal", "nordlicht", "ada@x.example", "Manager")
    assert "the only Owner of the portal" in refused.stderr
    run("user", "add", "--portal", "nordlicht", "--email", "bo@x.example", "--name", "Bo")
    made = run("user", "profile", "--portal", "nordlicht", "BO@x.example", "Owner")
    assert made.output == "bo@x.example is Owner of Nordlicht Studio.\n"
    moved = run("user", "profile", "--portal", "nordlicht", "ada@x.example", "Manager")
    assert moved.output == "ada@x.example is Manager of Nordlicht Studio.\n"
    assert "tandem user profile" in add_user(run).stderr
    unknown = run("user", "profile", "--portal", "nordlicht", "nobody@x.example", "Manager")
    assert unknown.stderr.startswith("tandem: Nobody here has the e-mail nobody@x.example.")


def zipped(path):
    with ZipFile(path) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_all_that_is_kept_of_a_person_is_written_into_a_file(run, portal, tmp_path):
    add_user(run, "--profile", "Owner")
    file = tmp_path / "ada.zip"
    assert run("user", "export", "ADA@x.example", str(file)).output == f"Written to {file}.\n"
    kept = zipped(file)
    assert [row["email"] for row in kept["login/user.json"]] == ["ada@x.example"]
    assert "password" not in kept["login/user.json"][0]
    assert len(kept["nordlicht/membership.json"]) == 1
    unknown = run("user", "export", "nobody@x.example", str(tmp_path / "none.zip"))
    assert (unknown.exit_code, "Nobody here has the e-mail" in unknown.stderr) == (1, True)


def test_a_person_is_erased_once_that_is_confirmed_and_another_owner_is_there(run, portal):
    add_user(run, "--profile", "Owner")
    assert run("user", "erase", "ada@x.example").exit_code == 1
    alone = run("user", "erase", "ada@x.example", "--yes")
    assert "make somebody else Owner first" in alone.stderr
    run(
        "user",
        "add",
        "--portal",
        "nordlicht",
        "--email",
        "bo@x.example",
        "--name",
        "Bo",
        "--profile",
        "Owner",
    )
    assert run("user", "erase", "ada@x.example", "--yes").output == "ada@x.example is erased.\n"
    assert "Nobody here has the e-mail" in run("user", "disable", "ada@x.example").stderr


@contextmanager
def ada(environment):
    """The row of Ada, in an application of the test's own."""
    with create_app(make_settings(**environment)).app_context():
        yield user_by_email("ada@x.example")
        db.session.commit()
        db.engine.dispose()


def test_two_factor_is_turned_off_for_whoever_lost_the_app(run, portal, environment):
    add_user(run)
    with ada(environment) as user:
        db.session.add(TwoFactor(user_id=user.id, secret="sealed"))
        user.two_factor_at = now()
    assert "--off" in run("user", "two-factor", "ada@x.example").stderr
    said = run("user", "two-factor", "ada@x.example", "--off").output
    assert said.startswith("ada@x.example logs in with the password alone.")
    with ada(environment) as user:
        assert (user.two_factor_at, db.session.get(TwoFactor, user.id)) == (None, None)


def test_a_portal_is_deleted_in_a_week_unless_it_is_kept(run, portal):
    asked = run("portal", "delete", "nordlicht", "--name", "Nordlicht Studio").output
    assert asked.startswith("Nordlicht Studio is deleted on ")
    wrong = run("portal", "delete", "nordlicht", "--name", "Another")
    assert (wrong.exit_code, "Type the portal's name as it is" in wrong.stderr) == (1, True)
    assert run("portal", "delete", "nordlicht", "--name", "Nordlicht Studio").output == asked
    assert run("portal", "keep", "nordlicht").output == "nordlicht stays.\n"
    assert "nordlicht" in run("portal", "list").output


def test_a_portal_is_deleted_at_once_by_the_owner_of_the_database(run, portal, environment, postgres_url):
    words = ("portal", "delete", "nordlicht", "--name", "Nordlicht Studio", "--now")
    assert "TANDEM_OWNER_DATABASE_URL" in run(*words).stderr
    owner = urlsplit(postgres_url)._replace(path=urlsplit(environment["DATABASE_URL"]).path)
    environment["TANDEM_OWNER_DATABASE_URL"] = owner.geturl()
    assert run(*words).output == "Nordlicht Studio is deleted.\n"
    assert run("portal", "list").output == ""


def test_settings_that_are_missing_are_all_named(environment, run):
    environment |= {"DATABASE_URL": "", "TANDEM_KEYS": ""}
    result = run("portal", "list")
    assert result.exit_code == 1
    assert [line.split()[1] for line in result.stderr.splitlines()] == ["DATABASE_URL", "TANDEM_KEYS"]


def test_a_database_that_does_not_answer_is_said_in_a_line(environment, run):
    environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"
    assert run("portal", "list").stderr.startswith("tandem: The database does not answer")


def test_a_database_that_is_not_migrated_is_said_in_a_line(environment, run, empty_database_url):
    environment["DATABASE_URL"] = empty_database_url
    assert (
        run("portal", "list").stderr == "tandem: The database is not up to date: run `tandem db upgrade`.\n"
    )


def test_in_read_only_mode_a_command_that_would_write_says_so(run, environment):
    environment["TANDEM_READ_ONLY"] = "on"
    told = run("portal", "add", "nordlicht", "Nordlicht Studio")
    assert (told.exit_code, "nothing is changed, here or in any finance app" in told.output) == (1, True)
    assert run("portal", "list").exit_code == 0
