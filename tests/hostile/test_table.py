"""The table itself: complete, each cell explained, and the page about it true."""

from tests.hostile.deeds import DEEDS
from tests.hostile.plugin import CALLS, DIRECTORY
from tests.hostile.table import TABLE, End
from tools.hostile import PAGE, page
from webapp.sdk import Directory, Provider


def test_says_something_of_every_misdeed_at_every_call():
    assert list(TABLE) == list(DEEDS)
    assert all(list(row) == list(CALLS) for row in TABLE.values())


def test_every_call_a_plugin_gets_is_in_it():
    asked = {name for name in vars(Directory) if not name.startswith("_")}
    assert asked - {"create_customer"} == set(DIRECTORY)
    described = {name for name, kind in Provider.__annotations__.items() if kind.startswith("Callable")}
    assert described | {"tandem_provider", *DIRECTORY} == set(CALLS)


def test_every_cell_explains_itself():
    cells = {cell for row in TABLE.values() for cell in row.values()}
    assert all((cell.meaning if isinstance(cell, End) else cell.reason).endswith(".") for cell in cells)


def test_the_page_says_what_the_table_says():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tools.hostile"
