"""Write a migration: the difference between the newest one and the tables as they are now."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from webapp.config import DatabaseOwner
from webapp.embedded import EmbeddedPostgres
from webapp.store import schema
from webapp.store.tables import TABLES

VERSIONS = schema.MIGRATIONS / "versions"
FIRST = "The first tables"
BEGINNING = '"""Go to this revision."""\n'
EXTENSIONS = """    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
"""


def main() -> None:
    """Write the next script, or with ``--initial`` the first one anew."""
    parser = argparse.ArgumentParser(prog="python -m tools.migration", description=__doc__)
    parser.add_argument(
        "message", nargs="?", help="what the migration does, such as 'Add notes to customers'"
    )
    parser.add_argument(
        "--initial", action="store_true", help="make the first migration anew (before a release)"
    )
    given = parser.parse_args()
    if bool(given.message) == given.initial:
        parser.error("give either a message or --initial")
    if given.initial:
        for script in VERSIONS.glob("*.py"):
            script.unlink()
    print(write(given.message or FIRST))


def write(message: str) -> Path:
    """Compare on a PostgreSQL of our own, and write the script."""
    number = f"{len(list(VERSIONS.glob('[0-9]*.py'))) + 1:04}"
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres(Path(folder) / "db", durable=False) as server,
    ):
        addresses = {"TANDEM_OWNER_DATABASE_URL": server.owner_url, "DATABASE_URL": server.url}
        owner = DatabaseOwner.from_environment(addresses)
        schema.upgrade(owner.url, application_role=owner.application_role)
        schema.write(owner.url, message, number)
    (script,) = VERSIONS.glob(f"{number}_*.py")
    text = tidy(script.read_text("utf-8"), first=message == FIRST)
    if "op." not in text:
        script.unlink()
        sys.exit(
            f"The {len(TABLES)} modules of tables are as the migrations make them: there is nothing to write."
        )
    script.write_text(text, "utf-8")
    for command in (["format"], ["check", "--fix"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, "--quiet", script], check=True)
    return script


def tidy(text: str, *, first: bool) -> str:
    """Take out the generator's remarks; the first script also makes the extensions that indexes need."""
    text = re.sub(r"(?m)^ *# ###.*\n", "", text)
    return text.replace(BEGINNING, BEGINNING + EXTENSIONS) if first else text


if __name__ == "__main__":
    main()
