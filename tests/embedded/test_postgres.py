"""The embedded PostgreSQL: what it can do, whom it lets in, and that it never outlives its owner."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from webapp.embedded import EmbeddedError, EmbeddedPostgres

OWNER = """
import sys, time
from pathlib import Path
from webapp.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=True).start()
print(server.owner_url, flush=True)
time.sleep(600)
"""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that owns a server in `tmp_path / "kept"` and has said its address."""
    command = [sys.executable, "-c", OWNER, str(tmp_path / "kept")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_makes_the_extensions_the_search_needs(empty_database_url: str):
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION btree_gin")
        assert connection.execute("SELECT similarity('Ærø', 'Ærø')").fetchone() == (1.0,)


def test_gives_two_roles_of_which_neither_is_a_superuser_and_one_owns_nothing(tmp_path: Path):
    mine = "SELECT rolsuper, pg_has_role(datdba, 'MEMBER') FROM pg_roles, pg_database"
    mine += " WHERE rolname = current_user AND datname = current_database()"
    with EmbeddedPostgres(tmp_path / "kept", durable=False) as server:
        with psycopg.connect(server.owner_url) as connection:
            assert connection.execute(mine).fetchone() == (False, True)
        with psycopg.connect(server.url) as connection:
            assert connection.execute(mine).fetchone() == (False, False)


def test_gives_the_application_a_role_where_there_was_only_an_owner(tmp_path: Path):
    server = EmbeddedPostgres(tmp_path / "kept", durable=True)
    with server, psycopg.connect(server.owner_url.replace("//tandem:", "//postgres:")) as connection:
        connection.execute("DROP ROLE tandem_app")
    (tmp_path / "kept" / "application-password").unlink()
    with server:
        psycopg.connect(server.url).close()


def test_lets_nobody_in_without_the_password(postgres_url: str):
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres_url, password="guess")


def test_keeps_its_data_from_one_start_to_the_next(tmp_path: Path):
    server = EmbeddedPostgres(tmp_path / "kept", durable=True)
    with server, psycopg.connect(server.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with server, psycopg.connect(server.owner_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_refuses_a_folder_another_process_uses(tmp_path: Path, owner: subprocess.Popen[str]):
    owner.stdout.readline()
    with pytest.raises(EmbeddedError, match="stop the other process first"):
        EmbeddedPostgres(tmp_path / "kept", durable=True).start()


def test_ends_when_its_owner_is_killed_and_starts_again_at_once(tmp_path: Path, owner: subprocess.Popen[str]):
    url = owner.stdout.readline().strip()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server = psutil.Process(owner.pid).children()
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    with (
        EmbeddedPostgres(tmp_path / "kept", durable=True) as again,
        psycopg.connect(again.owner_url) as connection,
    ):
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert psutil.wait_procs(server, timeout=10)[1] == []


def test_starts_although_a_foreign_process_has_the_number_left_behind(tmp_path: Path):
    server = EmbeddedPostgres(tmp_path / "kept", durable=True)
    with server:
        pass
    (tmp_path / "kept" / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    with server, psycopg.connect(server.owner_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_begins_anew_after_being_killed_in_the_first_set_up(tmp_path: Path):
    (tmp_path / "kept" / "data.unfinished" / "base").mkdir(parents=True)
    with EmbeddedPostgres(tmp_path / "kept", durable=True) as server:
        psycopg.connect(server.owner_url).close()


def test_says_where_it_cannot_write(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="choose a folder you may write to"):
        EmbeddedPostgres(tmp_path / "file", durable=True).start()


def test_comes_back_with_its_data_when_it_is_killed(tmp_path: Path):
    with EmbeddedPostgres(tmp_path / "kept", durable=True) as server:
        with psycopg.connect(server.owner_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        assert server.revive() is False
        kill_server(tmp_path / "kept" / "data" / "postmaster.pid")
        assert server.revive() is True
        with connected_again(server.owner_url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def kill_server(pid_file: Path) -> None:
    """Kill the server that a file names, and wait until it is dead."""
    server = psutil.Process(int(pid_file.read_text().split()[0]))
    server.kill()
    server.wait(timeout=10)


def connected_again(url: str) -> psycopg.Connection:
    """Connect to a server that is on its way."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return psycopg.connect(url, connect_timeout=5)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
