"""Files people take with them: any list as CSV or Excel, whole, with flat memory, and never as formulas."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal
from unicodedata import bidirectional, category

import structlog
from flask import Response, g, request, stream_with_context
from flask_security import current_user
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from webapp import walls
from webapp.extensions import db
from webapp.services.reader import Reader
from webapp.web.formats import reader

ROWS_AT_ONCE = 500
BYTES_AT_ONCE = 64 * 1024
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the letters of another time."""

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
"""What a cell begins with that a spreadsheet may compute, in narrow and in wide letters."""

TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Directions that a name can force upon the cells beside it."""

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_OF_SHEET = 1_048_575
"""What a sheet of Excel holds below its head; more go on in another one."""

LONGEST_CELL = 32_767
CUT = " … (Excel holds no more; the CSV file has all of it)"

Kind = Literal["text", "number", "time", "yes"]
_WIDTHS: dict[Kind, int] = {"text": 28, "number": 11, "time": 18, "yes": 9}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, what its cells are, and how wide Excel shows it, in letters.

    Cells of a ``time`` are aware and are written as the reader's clock shows them, which the head says.
    """

    label: str
    kind: Kind = "text"
    width: int = 0


Rows = Iterable[Sequence[Any]]


def download(
    what: str, columns: Sequence[Column], rows: Rows, *, name: str = "", **about: object
) -> Response:
    """Answer with a file of these rows, and log that it was taken, by whom, and what it is ``about``.

    It is Excel's where the request says ``format=xlsx``, else CSV, and is called after the portal and
    ``name``, or else ``what`` it is. Rows are taken one after another and never kept. They are to be read
    beside the session, which is given up before: whoever takes the file slowly holds no transaction.
    """
    person, format = reader(), "xlsx" if request.values.get("format") == "xlsx" else "csv"
    file_name = f"{g.portal.key}-{name or what}.{format}"
    told = {key: str(each) for key, each in about.items()}
    log.info(f"{what}.downloaded", user=str(current_user.id), **told)
    db.session.close()
    if format == "xlsx":
        response = Response(_sent(_workbook(columns, rows, person)), mimetype=EXCEL)
    else:
        steps = walls.staying(_lines(columns, rows, person))
        response = Response(stream_with_context(steps), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=file_name)
    return response


def archive(name: str, pieces: Iterator[bytes]) -> Response:
    """Answer with a ZIP that is written while it is sent; meanwhile no transaction is held, as for lists."""
    response = Response(stream_with_context(_without_session(pieces)), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.zip")
    return response


def _without_session(pieces: Iterator[bytes]) -> Iterator[bytes]:
    # Not before the first piece is sent: until the end of the request others read from the session.
    db.session.close()
    yield from pieces


def neutral(cell: object) -> str:
    """Write a cell as text: one that would be a formula gets an apostrophe, and what hides or turns goes."""
    text = plain(cell)
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(FORMULA) else text


def plain(cell: object) -> str:
    """Write a cell as text, without what hides or turns."""
    return "".join(" " if _hides(each) else each for each in str(cell))


def _hides(letter: str) -> bool:
    """Tell whether a character is a control, or turns the direction of all that follows."""
    return (category(letter) == "Cc" and letter not in "\t\r\n") or bidirectional(letter) in TURNING


def _head(columns: Sequence[Column], person: Reader) -> list[str]:
    return [f"{each.label} ({person.zone})" if each.kind == "time" else each.label for each in columns]


def _lines(columns: Sequence[Column], rows: Rows, person: Reader) -> Iterator[str]:
    """Write rows a few at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow(_head(columns, person))
    for number, row in enumerate(rows, start=1):
        writer.writerow([_as_text(column, cell, person) for column, cell in zip(columns, row, strict=True)])
        if number % ROWS_AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _as_text(column: Column, cell: Any, person: Reader) -> str:
    if cell is None:
        return ""
    if column.kind == "time":
        return _local(cell, person).strftime("%Y-%m-%d %H:%M:%S")
    if column.kind == "number":
        return str(cell)
    return ("yes" if cell else "no") if column.kind == "yes" else neutral(cell)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _workbook(columns: Sequence[Column], rows: Rows, person: Reader) -> BinaryIO:
    """Write rows into a file of its own, row by row, and open it; it goes when it is closed."""
    with ExitStack() as undone:
        folder = undone.enter_context(tempfile.TemporaryDirectory(prefix="tandem-"))
        path = os.path.join(folder, "list.xlsx")
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with Workbook(path, {**options, "strings_to_numbers": False, "tmpdir": folder}) as book:
            _fill(book, columns, rows, person)
        # An open file outlives its folder, and nothing is left behind however the answer ends.
        return open(path, "rb")


def _fill(book: Workbook, columns: Sequence[Column], rows: Rows, person: Reader) -> None:
    bold, time = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet, line = _sheet(book, columns, bold, person), 0
    for row in rows:
        if line == ROWS_OF_SHEET:
            sheet, line = _sheet(book, columns, bold, person), 0
        line += 1
        for at, (column, cell) in enumerate(zip(columns, row, strict=True)):
            if cell is not None:
                _write(sheet, line, at, column, cell, time, person)


def _sheet(book: Workbook, columns: Sequence[Column], bold: Format, person: Reader) -> Worksheet:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width or _WIDTHS[column.kind])
    for at, label in enumerate(_head(columns, person)):
        sheet.write_string(0, at, label, bold)
    return sheet


def _write(
    sheet: Worksheet, line: int, at: int, column: Column, cell: Any, time: Format, person: Reader
) -> None:
    if column.kind == "time":
        sheet.write_datetime(line, at, _local(cell, person), time)
    elif column.kind == "number":
        sheet.write_number(line, at, cell)
    elif column.kind == "yes":
        sheet.write_string(line, at, "yes" if cell else "no")
    else:
        text = plain(cell)
        sheet.write_string(
            line, at, text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - len(CUT)] + CUT
        )


def _local(time: datetime, person: Reader) -> datetime:
    """Return a time as the reader's clock shows it; neither kind of file knows zones."""
    return time.astimezone(person.zone).replace(tzinfo=None, microsecond=0)


def _sent(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(BYTES_AT_ONCE):
            yield piece
