"""A sandbox of Zoho over HTTP and an account at it, for every test of the Zoho plugins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from plugins.books.provider import BOOKS
from plugins.invoice.provider import INVOICE
from plugins.zoho.product import Product
from tests.plugins.zoho_world import World

StartWorld = Callable[..., World]


@pytest.fixture(params=[BOOKS, INVOICE], ids=lambda product: product.name)
def product(request: pytest.FixtureRequest) -> Product:
    """Each finance product of Zoho in turn."""
    found: Product = request.param
    return found


@pytest.fixture
def start_world() -> Iterator[StartWorld]:
    """Start sandboxes of any size, for Books unless another product is named; they stop with the test."""
    with ExitStack() as stack:
        yield lambda **sample: stack.enter_context(World(**sample))


@pytest.fixture
def world(start_world: StartWorld, product: Product) -> World:
    """A sandbox with a handful of customers, as each product shows them."""
    return start_world(product=product, customers=12)
