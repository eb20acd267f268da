"""Archives: a ZIP that is written while it is taken, so that nobody's data lies about in a file meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZipFile

AT_ONCE = 64 * 1024
"""Bytes that are kept before they are handed on."""


def zipped(files: Iterable[tuple[str, Iterator[bytes]]]) -> Iterator[bytes]:
    """Give a ZIP of files, each by its name and its pieces, as it grows; a file without pieces is left out.

    One that is not taken to its end lacks the list of what is in it, and no program opens it.
    """
    written = _Written()
    with ZipFile(cast(IO[bytes], written), "w", ZIP_DEFLATED) as archive:
        for name, pieces in files:
            first = next(pieces, None)
            if first is None:
                continue
            with archive.open(name, "w", force_zip64=True) as file:
                for piece in chain([first], pieces):
                    file.write(piece)
                    if written.size >= AT_ONCE:
                        yield written.taken()
    yield written.taken()


class _Written:
    """What a ZIP was written into and nobody took yet; there is no way back in it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing waits behind it."""

    def taken(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces, self.size = [], 0
        return taken
