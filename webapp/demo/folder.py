"""What the demo keeps from one start to the next, in a folder and a database that are its own."""

import base64
import json
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg

from webapp.embedded.folder import port_near

MARKER = "tandem-demo.txt"
MARKER_TEXT = "The data of `tandem demo`. `tandem demo --reset` deletes everything beside this file.\n"
LOCK = "lock"
SANDBOX_PORT = 5900
MARKER_SCHEMA = "tandem_demo"
TABLES_OF_OTHERS = """
    SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p') AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%' LIMIT 1
"""


class DemoError(RuntimeError):
    """The demo cannot run; the message says what to do."""


class DemoFolder:
    """The demo's folder: its servers' data, logs, keys and mails, its practice Zoho's port and data."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.logs = path / "log"
        self.outbox = path / "outbox"
        self.practice_zoho = path / "practice-zoho.json.gz"

    def open(self) -> None:
        """Make the folder ready for a new run; raise DemoError if something else lives in it."""
        self._mark()
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(mode=0o700)

    def empty(self) -> None:
        """Delete what the demo kept; raise DemoError if something else lives in the folder."""
        self._mark()
        try:
            for entry in self.path.iterdir():
                if entry.name not in {MARKER, LOCK}:
                    delete(entry)
        except PermissionError as error:
            raise DemoError(f"{error.filename} belongs to another user: start over as that user.") from error

    def keys(self) -> dict[str, str]:
        """Return the installation's own keys by their names in the environment, made at the first call."""
        path = self.path / "keys.json"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(json.dumps(new_keys()))
        keys: dict[str, str] = json.loads(path.read_text())
        return keys

    def sandbox_port(self, say: Callable[[str], None]) -> int:
        """Return the port of the practice Zoho: always the same, since connections remember it."""
        path = self.path / "sandbox-port"
        kept = int(path.read_text()) if path.exists() else None
        port = port_near(kept or SANDBOX_PORT)
        if kept is None:
            path.write_text(str(port))
        elif port != kept:
            say(
                f"Port {kept}, where the practice Zoho was, is taken. It is on {port} this time, so "
                f"connections made before do not reach it. End what uses port {kept} and start again."
            )
        return port

    def _mark(self) -> None:
        marker = self.path / MARKER
        if marker.exists():
            return
        if any(entry.name != LOCK for entry in self.path.iterdir()):
            raise DemoError(f"{self.path} holds something else: name another folder with TANDEM_DEMO_DIR.")
        marker.write_text(MARKER_TEXT)


def delete(entry: Path) -> None:
    """Delete a file, a link or a whole folder."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()


def new_keys() -> dict[str, str]:
    """Make the secrets that an installation needs."""
    return {
        "TANDEM_SECRET_KEY": secrets.token_urlsafe(48),
        "TANDEM_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }


def claim_database(url: str) -> None:
    """Mark an empty database as the demo's; raise DemoError if it holds what the demo did not put there."""
    try:
        with psycopg.connect(url.replace("+psycopg://", "://", 1), autocommit=True) as connection:
            if connection.execute("SELECT to_regnamespace(%s)", [MARKER_SCHEMA]).fetchone() != (None,):
                return
            if connection.execute(TABLES_OF_OTHERS).fetchone():
                raise DemoError(
                    "DATABASE_URL names a database with tables of its own, which the demo does not touch: "
                    "name an empty database, or unset DATABASE_URL."
                )
            connection.execute(f"CREATE SCHEMA {MARKER_SCHEMA}")
    except psycopg.Error as error:
        raise DemoError(
            f"The database cannot be used ({error}): check DATABASE_URL and TANDEM_OWNER_DATABASE_URL."
        ) from error
