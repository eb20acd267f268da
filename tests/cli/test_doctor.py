"""``tandem doctor``: readable by people, and by scripts."""

from __future__ import annotations

import json

from webapp.services.doctor import database


def test_what_is_wrong_is_shown_with_its_remedy(run):
    told = run("doctor")
    assert told.exit_code == 2
    assert "✗ worker bulk" in told.output
    assert "→ Start one: tandem worker --queue bulk." in told.output
    assert "✓ schema" in told.output
    assert "3 faults" in told.output.splitlines()[-1]


def test_scripts_get_json_and_nothing_else(run):
    told = run("doctor", "--json")
    found = json.loads(told.stdout)
    assert (told.exit_code, found["level"]) == (2, "fault")
    assert {"area", "subject", "level", "says", "remedy"} == set(found["findings"][0])
    assert found["version"] and found["examined_at"]


def test_settings_that_are_wrong_are_findings_too(run, environment, monkeypatch):
    environment |= {"DATABASE_URL": "mysql://somewhere", "TANDEM_KEYS": ""}
    told = run("doctor", "--json")
    found = {each["subject"]: each for each in json.loads(told.stdout)["findings"]}
    assert told.exit_code == 2
    assert set(found) == {"DATABASE_URL", "TANDEM_KEYS"}
    assert found["DATABASE_URL"]["says"].startswith("It must start with postgresql://")
    assert found["TANDEM_KEYS"]["says"] == "It is not set."
    assert found["TANDEM_KEYS"]["remedy"].startswith("Set it to what this prints")


def test_nothing_secret_is_shown(run, environment, connected):
    told = run("doctor", "--ask-providers").output
    secrets = [environment["TANDEM_SECRET_KEY"], environment["DATABASE_URL"], environment["TANDEM_KEYS"][5:]]
    assert not [each for each in secrets if each in told]
    assert "nordlicht: Nordlicht Studio" in told
    assert database.AREA.name.capitalize() in told
