"""Tandem from its wheel, in an environment without the tree: it serves, is well, and does its main job."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from tests import soaking
from tests.databases import with_login
from tests.settings import ENVIRONMENT, make_settings
from tests.system.waiting import until
from tests.workshop.conftest import Installed
from webapp.app import create_app
from webapp.demo.run import portal as processes_of_portal
from webapp.embedded.folder import port_near
from webapp.extensions import db
from webapp.services import portals
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory
from webapp.supervisor import Supervisor
from webapp.walls import inside

DATABASE_OF_TESTS = ("database", "durability")
"""What the doctor does not like and is so in tests alone: their server forgets what it may to be quick."""


@dataclass(frozen=True, slots=True)
class Running:
    """Processes of an installed Tandem, and its commands."""

    installed: Installed
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """Where its pages are."""
        return self.environment["TANDEM_BASE_URL"]

    def tandem(self, *words: str) -> str:
        """Run a command to its good end; return what it printed."""
        ran = self.installed.run("tandem", *words, **self.environment)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def doctor(self) -> dict[tuple[str, str], str]:
        """Let the doctor look; return what is not well, by area and subject."""
        ran = self.installed.run("tandem", "doctor", "--json", **self.environment)
        found = json.loads(ran.stdout)["findings"]
        return {(each["area"], each["subject"]): each["says"] for each in found if each["level"] != "ok"}


@contextmanager
def running(installed: Installed, logs: Path, *names: str, **environment: str) -> Iterator[Running]:
    """Migrate a database by its owner's address, and start processes by their names."""
    owner = {"TANDEM_OWNER_DATABASE_URL": environment.pop("TANDEM_OWNER_DATABASE_URL")}
    own = {"TANDEM_BASE_URL": f"http://127.0.0.1:{port_near(0)}"}
    there = Running(installed, ENVIRONMENT | own | environment)
    replace(there, environment=there.environment | owner).tandem("db", "upgrade")
    with Supervisor(logs, say=lambda said: None) as supervisor:
        for process in processes_of_portal(there.environment):
            if process.name in names:
                words = process.argv[process.argv.index("webapp.cli") + 1 :]
                supervisor.start(replace(process, argv=[installed.program("tandem"), *words]))
        yield there


@pytest.fixture
def servers(empty_database_url: str, application_login: str, clean_redis_url: str) -> dict[str, str]:
    """The addresses of a database without any table and of an empty Valkey."""
    return {
        "TANDEM_OWNER_DATABASE_URL": empty_database_url,
        "DATABASE_URL": with_login(empty_database_url, application_login),
        "REDIS_URL": clean_redis_url,
    }


def test_it_serves_pages_and_the_doctor_finds_nothing_wrong_with_what_runs(
    installed: Installed, servers: dict[str, str], tmp_path: Path
):
    with running(installed, tmp_path, "web", **servers) as there:
        page = requests.get(f"{there.url}/login", timeout=20)
        assert (page.status_code, "Log in" in page.text) == (200, True)
        assert requests.get(f"{there.url}/readyz", timeout=20).json()["problems"] == []
        wrong = there.doctor()
    assert {area for area, _ in wrong} == {"processes", "database"}, wrong
    assert {each for each in wrong if each[0] == "database"} == {DATABASE_OF_TESTS}


@pytest.mark.soak
@pytest.mark.skipif(not soaking.NUMBER, reason="starts everything: `make soak` does")
def test_it_does_the_main_job_with_a_plugin_made_a_moment_ago(
    installed: Installed, servers: dict[str, str], fake, tmp_path: Path
):
    everything = ("worker-push", "worker-bulk", "schedule", "web")
    sandbox = {"TANDEM_SANDBOX_URL": fake.url}
    for name in ("Nordwind KG", "Rivage SARL", "Petrov & Sons"):
        fake.books.add_contact(fake.books.add_customer({"name": name})["id"], {"given_name": "Ida"})
    [nordwind, rivage, _] = fake.books.changes(0)["customers"]
    with running(installed, tmp_path, *everything, **servers, **sandbox) as there:
        connect(there, fake.new_token("refresh"))
        there.tandem("refresh", "--portal", "nordlicht")
        done = json.loads(
            there.tandem("import", "--portal", "nordlicht", "--all", "--duplicates", "merge", "--json")
        )
        assert (done["state"], done["created"]) == ("done", 3)
        fake.books.change_customer(nordwind["id"], {"website": "https://there.example"})
        write(there, "Rivage SARL", "https://here.example")
        there.tandem("refresh", "--portal", "nordlicht")
        there.tandem("sync", "--portal", "nordlicht")
        assert fake.books.customer(rivage["id"])["website"] == "https://here.example"
        assert website(there, "Nordwind KG") == "https://there.example"
        until(lambda: set(there.doctor()) == {DATABASE_OF_TESTS}, what="a doctor who finds all well")


def connect(there: Running, refresh_token: str) -> None:
    """Make a portal and connect it."""
    there.tandem("portal", "add", "nordlicht", "Nordlicht Studio")
    given = ("--client-id", "a", "--client-secret", "b", "--refresh-token", refresh_token)
    place = ("--portal", "nordlicht", "--provider", "acme_books", "--region", "sandbox")
    assert "is connected to Practice in Acme Books" in there.tandem("connection", "add", *place, *given)


def write(there: Running, name: str, website: str) -> None:
    """Give a customer of the portal another website."""
    with portal_of(there) as directory:
        directory.update_customer(id_of(name), {"website": website})
        directory.flush()
        db.session.commit()


def website(there: Running, name: str) -> str:
    """Read a customer's website in the portal."""
    with portal_of(there) as directory:
        return directory.customer(id_of(name)).customer.data.website


def id_of(name: str) -> str:
    """Find a customer by name."""
    return str(db.session.scalar(select(Customer.id).where(Customer.name == name)))


@contextmanager
def portal_of(there: Running) -> Iterator[PortalDirectory]:
    """Open the customers of the one portal there is."""
    with create_app(make_settings(**there.environment)).app_context():
        portal_id = portals.portal("nordlicht").id
        with inside(portal_id):
            yield PortalDirectory(portal_id)
        db.session.remove()
        db.engine.dispose()
