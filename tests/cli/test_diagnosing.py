"""``tandem diagnose``: enough to help with, and nothing that is secret or about anybody."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import update

from tests.portal_world import PROVIDER
from tests.walls.places import Place, furnished
from tests.web.pages import pages_app
from webapp.extensions import db
from webapp.providers import Registry
from webapp.store import processes
from webapp.store.columns import new_id
from webapp.store.connections import Connection
from webapp.store.processes import ProcessData

FILES = ("versions", "settings", "findings", "migrations", "counts", "queue", "connections", "references")
MACHINE = "adas-own-machine"


@pytest.fixture
def place(emptied_afterwards: str, clean_redis_url: str) -> Iterator[Place]:
    """A portal in whose every text stands a canary, with a connection that broke on a machine with a name."""
    with pages_app(emptied_afterwards, clean_redis_url, registry=Registry([PROVIDER])) as app:
        place = furnished(app, f"p{secrets.token_hex(4)}", f"canary{secrets.token_hex(6)}")
        with app.app_context():
            reason = f"{place.secret} broke (reference 0a1b2c3d)"
            db.session.execute(update(Connection).values(pause_reason=reason, attention=place.secret))
            db.session.commit()
            seen = {"kind": "worker", "queue": "bulk", "host": MACHINE, "pid": 4711, "version": "1"}
            processes.note_seen(ProcessData(id=new_id(), **seen), datetime.now(UTC))
        yield place


@pytest.fixture
def told(environment: dict[str, str]) -> dict[str, str]:
    """Settings whose every secret and address can be recognised."""
    environment |= {
        "TANDEM_BASE_URL": "https://portal.canary-street.example",
        "TANDEM_MAIL_URL": "smtp://canary-user:canary-word@127.0.0.1:1",
        "TANDEM_MAIL_FROM": "Canary <canary@canary-street.example>",
        "TANDEM_METRICS_TOKEN": "canary-token-of-24-letters",
        "TANDEM_BOOKS_CLIENT_ID": "canary-client",
        "TANDEM_BOOKS_CLIENT_SECRET": "canary-client-secret",
        "TANDEM_POLL_SECONDS": "777",
    }
    del environment["TANDEM_SANDBOX_URL"]
    return environment


def read(file: Path) -> dict[str, str]:
    """Return what each file of a diagnosis says."""
    with ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_it_holds_no_secret_no_address_and_nobodys_data(run, place: Place, told, tmp_path: Path):
    log = tmp_path / "log"
    log.write_text(
        f'level=error event=look.failed reference=1a2b3c4d why="{place.secret} <ada@{place.secret}.example>" '
        f'host={place.secret} exception="ValueError: {place.secret}"\n'
        f'{{"level": "error", "event": "page_failed", "exception": "KeyError: {place.secret}"}}\n'
    )
    done = run("diagnose", "--to", str(tmp_path / "it.zip"), "--log", str(log))
    assert done.exit_code == 0, done.output
    everything = "\n".join(read(tmp_path / "it.zip").values()).lower()
    hidden = [told["TANDEM_SECRET_KEY"], told["TANDEM_KEYS"].partition(":")[2]]
    hidden += [told[name].partition("://")[2] for name in ("DATABASE_URL", "REDIS_URL")]
    for canary in ("canary", place.secret, place.key, MACHINE, "nordlicht", "ada@", *hidden):
        assert canary.lower() not in everything, canary


def test_it_tells_what_helps(run, place: Place, told, tmp_path: Path):
    run("diagnose", "--to", str(tmp_path / "it.zip"))
    files = read(tmp_path / "it.zip")
    assert set(files) == {*(f"{name}.json" for name in FILES), "metrics.txt", "README.txt"}
    told_of = {name: json.loads(files[f"{name}.json"]) for name in FILES}
    assert not [name for name in FILES if "not_asked" in told_of[name]]
    assert told_of["versions"]["distributions"]["Flask"]
    assert told_of["settings"]["poll_seconds"] == 777
    assert told_of["settings"]["base_url"] == "https, another machine"
    assert told_of["migrations"]["database"] == told_of["migrations"]["newest"]
    assert {each["area"] for each in told_of["findings"]["findings"]} >= {"database", "valkey", "processes"}
    assert {"customer", "link"} <= {each["name"] for each in told_of["counts"]["tables"]}
    [connection] = told_of["connections"]["connections"]
    assert (connection["portal"], connection["provider"]) == ("portal 1", "ledgerly")
    assert [each["host"] for each in told_of["queue"]["processes"]] == ["machine 1"]
    assert [each["reference"] for each in told_of["references"]["references"]] == ["0a1b2c3d"]
    assert "tandem_connections{" in files["metrics.txt"]


def test_it_writes_over_no_file(run, tmp_path: Path):
    (tmp_path / "mine").write_text("mine")
    done = run("diagnose", "--to", str(tmp_path / "mine"))
    assert (done.exit_code, (tmp_path / "mine").read_text()) == (1, "mine")
    assert "name another file with --to" in done.output


def test_a_database_that_is_away_is_told_and_the_rest_as_well(run, environment, tmp_path: Path):
    environment["DATABASE_URL"] = "postgresql://tandem_app:x@127.0.0.1:1/tandem"
    done = run("diagnose", "--to", str(tmp_path / "it.zip"))
    assert done.exit_code == 0, done.output
    files = read(tmp_path / "it.zip")
    assert json.loads(files["counts.json"]) == {"not_asked": "OperationalError"}
    assert '"python"' in files["versions.json"]
    assert '"reachable"' in files["findings.json"]
