"""Rings that wait for a worker, as doctor and metrics ask for them; the queues are ``worker``'s."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many rings of a queue wait, how many seconds the oldest does, how many broke in the last hour."""

    number: int
    age: float
    failed: int


Ask = Callable[[], Mapping[str, Waiting]]


def bind(app: Flask, ask: Ask) -> None:
    """Say how an application finds out about its queues."""
    app.extensions["tandem_rings"] = ask


def waiting() -> Mapping[str, Waiting]:
    """Tell what waits in each queue; raises ``RedisError``."""
    return cast(Ask, current_app.extensions["tandem_rings"])()
