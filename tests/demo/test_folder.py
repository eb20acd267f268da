"""The demo's folder and database: kept, its own, and never somebody else's."""

import socket
from pathlib import Path

import psycopg
import pytest

from webapp.config import Settings
from webapp.demo.folder import DemoError, DemoFolder, claim_database


@pytest.fixture
def folder(tmp_path: Path) -> DemoFolder:
    """A demo's folder, opened once."""
    folder = DemoFolder(tmp_path)
    folder.open()
    return folder


def test_keeps_its_keys_and_lets_nobody_else_read_them(folder: DemoFolder):
    assert folder.keys() == DemoFolder(folder.path).keys()
    assert (folder.path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_makes_keys_the_settings_accept(folder: DemoFolder):
    rest = {
        "DATABASE_URL": "postgresql://u@127.0.0.1/d",
        "REDIS_URL": "redis://127.0.0.1/0",
        "TANDEM_BASE_URL": "http://127.0.0.1:5000",
    }
    assert list(Settings.from_environment(folder.keys() | rest).keys) == ["1"]


def test_forgets_everything_when_emptied(folder: DemoFolder):
    keys = folder.keys()
    (folder.path / "postgres").mkdir()
    folder.practice_zoho.touch()
    folder.empty()
    assert not (folder.path / "postgres").exists()
    assert not folder.practice_zoho.exists()
    assert folder.keys() != keys


@pytest.mark.parametrize("step", [DemoFolder.open, DemoFolder.empty])
def test_leaves_a_folder_alone_that_holds_something_else(tmp_path: Path, step):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DemoError, match="name another folder with TANDEM_DEMO_DIR"):
        step(DemoFolder(tmp_path))
    assert (tmp_path / "thesis.txt").exists()


def test_finds_the_practice_zoho_at_its_port_again(folder: DemoFolder):
    first = folder.sandbox_port(print)
    assert DemoFolder(folder.path).sandbox_port(print) == first


def test_says_so_when_the_port_of_the_practice_zoho_is_taken(folder: DemoFolder):
    said: list[str] = []
    first = folder.sandbox_port(said.append)
    with socket.create_server(("127.0.0.1", first)):
        other = folder.sandbox_port(said.append)
    assert other != first
    assert f"Port {first}" in said[0]
    assert folder.sandbox_port(said.append) == first


def test_takes_an_empty_database_and_knows_it_again(empty_database_url: str):
    claim_database(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE TABLE portals ()")
    claim_database(empty_database_url.replace("postgresql://", "postgresql+psycopg://"))


def test_leaves_a_database_alone_that_holds_something_else(empty_database_url: str):
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE TABLE invoices ()")
    with pytest.raises(DemoError, match="name an empty database"):
        claim_database(empty_database_url)


def test_says_what_to_check_when_the_database_is_out_of_reach():
    with pytest.raises(DemoError, match="check DATABASE_URL"):
        claim_database("postgresql://nobody@127.0.0.1:1/none")
