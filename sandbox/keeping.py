"""Keeps what a sandbox knows in a file, so that the next start goes on from there.

The file is gzipped JSON, a line for each contact (see `snapshot`). It begins with a part that is compressed
only once: all contacts as they were at the start. After it come those that changed since, so that saving
costs by what was changed and not by what there is.
"""

from __future__ import annotations

import fcntl
import gc
import gzip
import os
import time
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import count
from pathlib import Path
from threading import Event, Lock, Thread
from types import TracebackType
from typing import BinaryIO

from sandbox.register import Register
from sandbox.snapshot import Unfit, contact_line, head_line, rest_line, take_over
from sandbox.state import State

SAVE_EVERY = 1.0
# Of what a save takes, so much is left to the calls before the next: it matters from 100,000 changes on.
PAUSE_PER_SAVE = 5
QUICKEST = 1


class InUse(Exception):
    """Another sandbox keeps its data in the file."""


class Keeper:
    """Lets a state go on from a file and keeps it there; use it as a context manager around serving.

    Changes are saved within about a second, and at the end; a file is always replaced as a whole. A file
    that does not fit is moved aside, and `say` is told. Entering raises OSError when the file cannot be read
    or written, and InUse.
    """

    def __init__(
        self, state: State, path: Path, *, say: Callable[[str], None] = print, save_every: float = SAVE_EVERY
    ) -> None:
        self._state = state
        self._head = head_line(state.sample)
        self._path = path.resolve()
        self._say = say
        self._save_every = save_every
        self._registers: dict[str, Register] = {}
        self._start = b""
        self._changes: dict[tuple[str, str], str] = {}
        self._rest = ""
        self._is_saved = True
        self._file: BinaryIO | None = None
        self._saving = Lock()
        self._ending = Event()
        self._thread = Thread(target=self._keep_saving, name="keeper", daemon=True)

    def save(self) -> None:
        """Save what changed since the last time, if anything did."""
        with self._saving:
            with self._state.lock:
                self._collect()
            if not self._is_saved:
                self._write()
                self._is_saved = True

    def __enter__(self) -> Keeper:
        self._resume()
        self.save()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        self._save_or_say()
        if self._file is not None:
            self._file.close()

    def _resume(self) -> None:
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            _claim(file)
            # A collector that looks again and again at records that stay would double the time.
            gc.disable()
            try:
                take_over(self._state, _lines(file))
            except Unfit as reason:
                aside = _free_name(self._path)
                self._path.rename(aside)
                self._say(f"{self._path} {reason}. It is {aside.name} now, and the sandbox starts anew.")
            finally:
                gc.enable()

    def _keep_saving(self) -> None:
        pause = self._save_every
        while not self._ending.wait(pause):
            began = time.monotonic()
            self._save_or_say()
            pause = max(self._save_every, PAUSE_PER_SAVE * (time.monotonic() - began))

    def _save_or_say(self) -> None:
        try:
            self.save()
        except OSError as error:
            self._say(
                f"{self._path} cannot be written ({error.strerror}): make room, or let it be written to."
            )

    def _collect(self) -> None:
        """Write down what changed; a state that started over, or was just started, is written as a whole."""
        registers = self._state.registers
        if registers is not self._registers:
            self._registers, self._start, self._changes = registers, self._everything(), {}
            self._is_saved = False
        for register in registers.values():
            for contact_id in register.take_changed():
                self._changes[register.organization.id, contact_id] = contact_line(register, contact_id)
                self._is_saved = False
        rest = rest_line(self._state)
        if rest != self._rest:
            self._rest, self._is_saved = rest, False

    def _everything(self) -> bytes:
        packed = BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=QUICKEST) as lines:
            lines.write(self._head.encode())
            for register in self._state.registers.values():
                register.take_changed()
                for contact_id in register.contacts:
                    lines.write(contact_line(register, contact_id).encode())
        return packed.getvalue()

    def _write(self) -> None:
        draft = self._path.with_name(f"{self._path.name}.new")
        changes = "".join([*self._changes.values(), self._rest]).encode()
        # Tokens are in it: nobody else may read it.
        file = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        try:
            file.write(self._start)
            file.write(gzip.compress(changes, QUICKEST))
            file.flush()
            _claim(file)
            draft.replace(self._path)
        except BaseException:
            file.close()
            raise
        if self._file is not None:
            self._file.close()
        self._file = file


def _claim(file: BinaryIO) -> None:
    """Hold the file until it is closed or this process ends."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InUse from None


def _lines(file: BinaryIO) -> Iterator[str]:
    try:
        with gzip.GzipFile(fileobj=file) as lines:
            for line in lines:
                yield line.decode()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Unfit("is damaged") from error


def _free_name(path: Path) -> Path:
    numbered = (path.with_name(f"{path.name}.{number}") for number in count(1))
    return next(each for each in numbered if not each.exists())
