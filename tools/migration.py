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


def main() -> None:
    """Write the next script."""
    parser = argparse.ArgumentParser(prog="python -m tools.migration", description=__doc__)
    parser.add_argument("message", help="what the migration does, such as 'Add notes to customers'")
    print(write(parser.parse_args().message))


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
    text = tidy(script.read_text("utf-8"))
    if "op." not in text:
        script.unlink()
        sys.exit(
            f"The {len(TABLES)} modules of tables are as the migrations make them: there is nothing to write."
        )
    script.write_text(text, "utf-8")
    for command in (["format"], ["check", "--fix"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, "--quiet", script], check=True)
    return script


def tidy(text: str) -> str:
    """Take out the generator's remarks."""
    return re.sub(r"(?m)^ *# ###.*\n", "", text)


if __name__ == "__main__":
    main()
