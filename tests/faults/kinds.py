"""The faults: what goes wrong with one call, played by the sandbox or around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from tests.faults.scenes import BY_AGE, PERSONS, Scene
from tests.faults.world import World
from webapp.outside import Caps

IMPATIENT = Caps(connect=0.5, total=0.5)
TOO_LATE_MS = 700
LONG_MS = 60_000
Play = Callable[[World, Scene], AbstractContextManager[None]]

BLOCKED = (
    "For security reasons you have been blocked for some time as you have exceeded the maximum number of "
    "requests per minute."
)
TOO_MANY = (
    "For security reasons your organization has been blocked as it have exceeded the maximum number of "
    "requests per minute that can originate from an organization."
)
DAY_OVER = "The API call for this organization has exceeded the maximum call rate limit of 1000."
TOO_MANY_AT_ONCE = (
    "You have reached the maximum number of in process requests allowed. Kindly try again after some time."
)
NO_RIGHT = "You are not authorized to perform this operation"
NAME_TAKEN = 'The customer "Harbour" already exists. Please specify a different name.'
TRANSACTIONS = "This contact cannot be deleted since you have recorded transactions for it"
VALUE_REFUSED = "Invalid value passed for email"
HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"
OTHER_SHAPE = {"code": 0, "message": "success", "result": {"items": []}}
EMPTY_PAGE = {
    "code": 0,
    "message": "success",
    "contacts": [],
    "contact_persons": [],
    "page_context": {"per_page": 200, "has_more_page": False},
}


def answering(**fault: Any) -> Play:
    """Let the call go wrong in the sandbox: once, unless told otherwise."""

    @contextmanager
    def play(world: World, scene: Scene) -> Iterator[None]:
        scene.fault(world, **fault)
        yield
        _assert_hit(world, fault.get("times", 1))

    return play


def too_late(**fault: Any) -> Play:
    """Let the call last longer than it is waited for."""

    @contextmanager
    def play(world: World, scene: Scene) -> Iterator[None]:
        patient = world.app.extensions["tandem_caps"]
        world.app.extensions["tandem_caps"] = IMPATIENT
        try:
            with answering(**fault)(world, scene):
                yield
        finally:
            world.app.extensions["tandem_caps"] = patient

    return play


@contextmanager
def refused(world: World, scene: Scene) -> Iterator[None]:
    """Let nobody listen when the call is made."""
    if scene.before:
        scene.fault(world, scene.before, refuse_ms=LONG_MS)
    else:
        world.server.state.outage.begin()
    yield
    world.server.state.outage.end()


@contextmanager
def revoked(world: World, scene: Scene) -> Iterator[None]:
    """End the authorisation right before the call."""
    if scene.before:
        scene.fault(world, scene.before, revoke=True)
    else:
        world.server.state.tokens.revoke_all()
    yield


def edited(action: str, **order: Any) -> Play:
    """Let someone at Zoho change something right before the call; it concerns the scene's customer."""

    @contextmanager
    def play(world: World, scene: Scene) -> Iterator[None]:
        scene.fault(world, edit={"action": action, "contact_id": world.subject, **order})
        yield
        _assert_hit(world, 1)

    return play


@contextmanager
def rows_twice(world: World, scene: Scene) -> Iterator[None]:
    """Let rows move from the page that was read to the one that is read next."""
    if scene.target.get("path") == PERSONS:
        first = min(world.register.persons)
        scene.fault(world, edit={"action": "delete_person", "contact_person_id": first}, skip=1)
    elif BY_AGE in scene.target.get("query", ""):
        first = min(each for each in world.register.contacts if each != world.subject)
        scene.fault(world, edit={"action": "delete_contact", "contact_id": first}, skip=1)
    else:
        fields = {"website": "https://moved.example"}
        oldest = min(world.register.contacts.values(), key=lambda each: (each.modified, each.id))
        scene.fault(world, edit={"action": "update_contact", "contact_id": oldest.id, "fields": fields})
    yield
    _assert_hit(world, 1)


@contextmanager
def short(world: World, scene: Scene) -> Iterator[None]:
    """Let a page leave out its last rows: where that can be told, one that says that more follow."""
    target, passed = scene.target, 0
    if target["path"] == PERSONS:
        passed = 1
    elif scene.before and BY_AGE not in target["query"]:
        target = scene.before
    scene.fault(world, target, short=2, skip=passed)
    yield
    _assert_hit(world, 1)


def clock_off(**by: float) -> Play:
    """Let the worker's clock be off; the database, Valkey and the sandbox go by their own."""

    @contextmanager
    def play(world: World, scene: Scene) -> Iterator[None]:
        with time_machine.travel(datetime.now(UTC) + timedelta(**by), tick=True):
            yield

    return play


def _assert_hit(world: World, times: int) -> None:
    waiting = world.server.state.faults.waiting()
    assert not any(fault["times"] == times for fault in waiting), "the call was never made"


FAULTS: Mapping[str, Play] = {
    "429 with 43 and Retry-After": answering(
        status=429, code=43, message=BLOCKED, headers={"Retry-After": "3600"}
    ),
    "429 with 44": answering(status=429, code=44, message=TOO_MANY),
    "429 with 45": answering(status=429, code=45, message=DAY_OVER),
    "429 with 1070": answering(status=429, code=1070, message=TOO_MANY_AT_ONCE),
    "500 with 1000": answering(status=500, code=1000),
    "500 with 1000, each time": answering(status=500, code=1000, times=100),
    "502 with HTML": answering(status=502, body=HTML),
    "200 with `error`": answering(status=200, body={"error": "server_error"}),
    "200 with a code": answering(status=200, code=1000),
    "empty body": answering(status=200, body=""),
    "cut JSON": answering(cut="json"),
    "JSON of another shape": answering(status=200, body=OTHER_SHAPE),
    "page shorter than it says": short,
    "rows twice across pages": rows_twice,
    "last page gone": answering(status=200, body=EMPTY_PAGE),
    "connection refused": refused,
    "connection reset": answering(cut="reset"),
    "stalled at 1 byte/s": too_late(drip_ms=1000),
    "time-out before the effect": too_late(delay_ms=TOO_LATE_MS, status=504),
    "time-out after the effect": too_late(delay_ms=TOO_LATE_MS),
    "401 with 57, once": answering(status=401, code=57, message=NO_RIGHT),
    "401 with 57, with a fresh token too": answering(status=401, code=57, message=NO_RIGHT, times=2),
    "refresh token revoked": revoked,
    "record gone": edited("delete_contact"),
    "name taken (3062)": answering(status=400, code=3062, message=NAME_TAKEN),
    "value refused (4)": answering(status=400, code=4, message=VALUE_REFUSED),
    "delete refused (3000)": answering(status=400, code=3000, message=TRANSACTIONS),
    "worker's clock 1 h ahead": clock_off(hours=1),
    "worker's clock 1 h behind": clock_off(hours=-1),
    "organization's zone changed": edited("set_time_zone", time_zone="Asia/Kolkata"),
}
