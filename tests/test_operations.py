"""What docs/operations.md says is so: settings, metrics and events exist, and its backup can be restored."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.databases import temporary_database, with_login, with_path
from tests.settings import make_settings
from webapp.app import create_app
from webapp.cli.root import tandem
from webapp.embedded.programs import find_programs
from webapp.extensions import db
from webapp.sdk import CustomerData
from webapp.services import metrics, portals
from webapp.services.doctor import examine
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory
from webapp.walls import across_portals, inside

ROOT = Path(__file__).resolve().parent.parent
ALERTS = (ROOT / "deploy" / "alerts.yaml").read_text("utf-8")
GUIDE = (ROOT / "docs" / "operations.md").read_text("utf-8")
SOURCES = "\n".join(
    path.read_text("utf-8") for part in ("webapp", "plugins") for path in (ROOT / part).rglob("*.py")
)
OF_COMMANDS = {"TANDEM_DEMO_DIR", "TANDEM_DEMO_BOUND", "TANDEM_CLIENT_SECRET", "TANDEM_REFRESH_TOKEN"}
"""What single commands read, and say so themselves."""

EXPOSED = re.compile(r"^# TYPE (\S+) (\S+)$", re.M)
SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def named(pattern: str, text: str = GUIDE) -> set[str]:
    """Return what a pattern finds."""
    return set(re.findall(pattern, text))


def section(title: str) -> str:
    """Return one section of the guide."""
    return GUIDE.split(f"## {title}\n")[1].split("\n## ")[0]


@pytest.fixture
def exposed(database_url: str, clean_redis_url: str) -> set[str]:
    """The names of all metrics, as queries name them."""
    app = create_app(make_settings(DATABASE_URL=database_url, REDIS_URL=clean_redis_url))
    with app.app_context():
        told = metrics.exposition("")[0].decode()
        db.engine.dispose()
    return {name + end for name, kind in EXPOSED.findall(told) for end in SUFFIXES[kind]}


def test_every_setting_is_documented_and_every_documented_one_exists():
    settings = section("Settings")
    documented = named(r"`((?:TANDEM_|DATABASE_|REDIS_)[A-Z_]+)`", settings)
    read = named(r'"(TANDEM_[A-Z_]*[A-Z]|DATABASE_URL|REDIS_URL)"', SOURCES)
    assert read - OF_COMMANDS == documented


def test_every_metric_of_the_guide_and_of_the_alerts_exists(exposed):
    asked = named(r"\btandem_[a-z_]+\b", GUIDE + ALERTS) - {"tandem_app", "tandem_search"}
    assert asked - exposed == set()
    assert len(asked) > 10


def test_every_event_of_the_guide_is_logged_somewhere():
    rows = re.findall(r"^\| (`[a-z_.`, ]+) \|", section("What to watch"), re.M)
    events = {event for row in rows for event in re.findall(r"`([a-z_.]+)`", row)}
    # The end of a run is logged by the state it came to.
    logged = named(r'"([a-z_]+(?:\.[a-z_]+)*)"', SOURCES) | {"run.done"}
    assert events - logged == set()
    assert len(events) > 15


def test_every_command_of_the_guide_exists():
    for words in named(r"`?tandem ((?:[a-z]+ ?)+)"):
        first = words.split()[0]
        assert first in tandem.commands or first in {"is"}, words


def test_a_backup_made_as_documented_can_be_restored(
    postgres_url: str, database_url: str, application_login: str, tmp_path: Path
):
    kept = fill(database_url)
    owner = with_path(postgres_url, "/" + database_url.rpartition("/")[2])
    programs = os.environ | {"PATH": f"{find_programs(Path('none')).folder}:{os.environ['PATH']}"}
    dump = re.findall(r"`(PGOPTIONS=[^`]+)`", GUIDE)[0]
    shell(dump, tmp_path, programs | {"TANDEM_OWNER_DATABASE_URL": owner})
    with temporary_database(postgres_url) as back:
        restore = re.findall(r"`(pg_restore [^`]+)`", GUIDE)[0]
        said = shell(f"{restore} || true", tmp_path, programs | {"TANDEM_OWNER_DATABASE_URL": back})
        assert [line for line in said.splitlines() if "Command was" in line and "searched_" not in line] == []
        addresses = {
            "TANDEM_OWNER_DATABASE_URL": back,
            "DATABASE_URL": with_login(back, application_login),
        }
        shell(f"{sys.executable} -m webapp.cli db upgrade", ROOT, os.environ | addresses)
        assert customers(addresses["DATABASE_URL"]) == kept


def fill(database_url: str) -> list[str]:
    """Put a customer into a portal; return the names of all."""
    with create_app(make_settings(DATABASE_URL=database_url)).app_context():
        portal = portals.add_portal("nordlicht", "Nordlicht Studio")
        with inside(portal.id):
            directory = PortalDirectory(portal.id)
            directory.create_customer(CustomerData(name="Harbour Ltd", currency="EUR"))
            directory.flush()
            db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return ["Harbour Ltd"]


def customers(database_url: str) -> list[str]:
    """Return the names of all customers of a database the doctor finds well."""
    with create_app(make_settings(DATABASE_URL=database_url)).app_context():
        with across_portals():
            names = list(db.session.scalars(select(Customer.name)))
        faults = [each for each in examine() if each.area == "database" and each.level == "fault"]
        db.session.remove()
        db.engine.dispose()
    assert faults == []
    return names


def shell(line: str, folder: Path, environment: dict[str, str]) -> str:
    """Run a command line as an operator would; return what it said."""
    done = subprocess.run(
        line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stderr
