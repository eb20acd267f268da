"""Refreshing and importing from the command line, with the exit codes scripts go by."""

from __future__ import annotations

import json

import pytest

from tests.settings import make_settings
from webapp.app import create_app
from webapp.cli.importing import ALL_FAILED, SOME_FAILED, exit_code
from webapp.extensions import db
from webapp.services import connections
from webapp.services.progress import Progress
from webapp.store.connections import Connection
from webapp.store.portals import Portal
from webapp.store.projects import Project
from webapp.walls import across_portals


@pytest.mark.usefixtures("connected", "somebody_works")
def test_customers_are_read_and_imported(run):
    assert run("refresh", "--portal", "nordlicht").exit_code == 0
    result = run("import", "--portal", "nordlicht", "--search", "brückner", "--duplicates", "skip")
    assert result.exit_code == 0, result.output
    assert "Run 1: 1 imported." in result.output
    assert "4 contacts came along." in result.output


@pytest.mark.usefixtures("connected", "somebody_works")
def test_a_summary_for_scripts_is_json_and_nothing_else(run):
    run("refresh", "--portal", "nordlicht")
    result = run("import", "--portal", "nordlicht", "--search", "brückner", "--duplicates", "skip", "--json")
    told = json.loads(result.stdout)
    assert (told["run"], told["created"], told["contacts"], told["problems"]) == (1, 1, 4, [])
    listed = json.loads(run("runs", "--portal", "nordlicht", "--json").stdout)
    assert [(each["number"], each["state"], each["total"]) for each in listed] == [(1, "done", 1)]


@pytest.mark.usefixtures("connected", "somebody_works")
def test_customers_are_imported_into_a_project_of_their_currency(run, environment):
    run("refresh", "--portal", "nordlicht")
    with create_app(make_settings(**environment)).app_context(), across_portals():
        portal_id = db.session.scalars(db.select(Portal.id)).one()
        db.session.add(Project(portal_id=portal_id, key="HAFEN", name="Hafen", currency="EUR"))
        db.session.commit()
        db.engine.dispose()
    words = ["import", "--portal", "nordlicht", "--search", "brückner", "--duplicates", "skip", "--project"]
    result = run(*words, "nowhere")
    assert result.stderr.startswith("tandem: There is no project nowhere here.")
    assert "Run 1: 1 imported." in run(*words, "hafen").output
    assert "Nothing is selected" in run(*words, "hafen").stderr


@pytest.mark.usefixtures("connected", "somebody_works")
def test_an_import_of_nobody_is_refused_in_a_line(run):
    run("refresh", "--portal", "nordlicht")
    result = run("import", "--portal", "nordlicht", "--ids", "1,2", "--duplicates", "merge")
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert result.stderr.startswith("tandem: Nothing is selected")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--all", "--ids", "1"],
        ["--all", "--search", "x"],
        ["--search", ""],
        ["--search", " \t"],
        ["--duplicates", "guess", "--all"],
    ],
)
def test_an_import_needs_exactly_one_selection_and_a_known_answer(run, words):
    given = words if "--duplicates" in words else [*words, "--duplicates", "merge"]
    assert run("import", "--portal", "nordlicht", *given).exit_code == 2


@pytest.mark.usefixtures("connected", "somebody_works")
def test_an_import_that_needs_a_person_first_is_not_waited_for(run, environment):
    run("refresh", "--portal", "nordlicht")
    app = create_app(make_settings(**environment))
    with app.app_context():
        connections.needs_attention(db.session.scalars(db.select(Connection.id)).one(), "It was revoked.")
        db.engine.dispose()
    result = run("import", "--portal", "nordlicht", "--search", "brückner", "--duplicates", "skip")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "until you reconnect. Run 1 waits" in result.stderr


@pytest.mark.parametrize("command", ["refresh", "runs"])
def test_an_unknown_portal_is_named_with_the_remedy(run, command):
    result = run(command, "--portal", "nowhere")
    assert result.exit_code == 1
    assert (
        result.stderr == "tandem: There is no portal nowhere. See which there are with: tandem portal list.\n"
    )


@pytest.mark.parametrize(
    ("state", "counts", "code"),
    [
        ("done", {"created": 2}, 0),
        ("done", {"skipped": 2}, 0),
        ("done", {"created": 1, "failed": 1}, SOME_FAILED),
        ("done", {"merged": 1, "changed": 1}, SOME_FAILED),
        ("done", {"merged": 1, "partly": 1}, SOME_FAILED),
        ("done", {"failed": 2}, ALL_FAILED),
        ("cancelled", {"cloned": 1, "cancelled": 1}, SOME_FAILED),
        ("cancelled", {"cancelled": 2}, ALL_FAILED),
    ],
)
def test_the_exit_code_tells_success_some_and_all_failed(state, counts, code):
    blank = dict.fromkeys(Progress.__slots__)
    assert exit_code(Progress(**blank | {"state": state, "counts": counts})) == code
