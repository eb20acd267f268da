"""Archives: a ZIP that comes in pieces, whole or not at all."""

from __future__ import annotations

import io
import os
from zipfile import BadZipFile, ZipFile

import pytest

from webapp.services.archives import AT_ONCE, zipped

PIECE = 8_000


def noise(pieces):
    """So much that no archive makes smaller."""
    return (os.urandom(PIECE) for _ in range(pieces))


def test_holds_every_file_that_has_something_in_it():
    files = [("a.json", iter([b"[1,", b"2]"])), ("none.json", iter([])), ("b/c.json", iter([b"{}"]))]
    with ZipFile(io.BytesIO(b"".join(zipped(files)))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a.json": b"[1,2]",
            "b/c.json": b"{}",
        }


def test_keeps_little_of_what_was_not_taken_yet():
    sizes = [len(piece) for piece in zipped([("a", noise(100))])]
    assert sum(sizes) > 100 * PIECE
    assert max(sizes) < AT_ONCE + 4 * PIECE


def test_reads_no_further_than_what_is_taken():
    read = []
    pieces = (read.append(1) or each for each in noise(100))
    next(zipped([("a", pieces)]))
    assert len(read) < 20


def test_what_breaks_off_opens_as_no_archive():
    taken = list(zipped([("a", noise(100))]))
    with pytest.raises(BadZipFile):
        ZipFile(io.BytesIO(b"".join(taken[:-1])))
